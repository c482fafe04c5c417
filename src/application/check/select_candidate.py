"""Takes the best of a container's candidates that nothing speaks against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from watch_cluster.application.check.windows import window_opening
from watch_cluster.application.ports.clock import Scheduler
from watch_cluster.application.ports.image_registry import RepositoryNotFound
from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.registry_queries.queries import RegistryQueries
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.domain.images.platform import missing_platforms
from watch_cluster.domain.policy.policy import Policy, Target
from watch_cluster.domain.update.decision import Decision, Held, Update
from watch_cluster.domain.update.first_seen import MOST_CANDIDATES, FirstSeen
from watch_cluster.domain.update.rejections import (
    Rejection,
    built_before,
    failing_elsewhere,
    hold_for_owner,
    not_built_for,
    quarantined,
    rejecting,
    too_young,
    tried_too_lately,
)
from watch_cluster.domain.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class CheckContext:
    """One check under way, and what was learnt so far: `seen` has the candidates whose age was looked at."""

    workload: Workload
    policy: Policy
    now: datetime
    first_seen: FirstSeen
    ask: RegistryQueries
    seen: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SelectCandidate:
    """Asks of each candidate, the best first, what speaks against it, and of the one that may, what its owner wants."""

    orchestrator: Orchestrator
    scheduler: Scheduler
    outcomes: ImageOutcomes

    def __call__(self, question: CheckContext, target: Target, updates: tuple[Update, ...]) -> Decision:
        """Decide on the candidates, of which there is at least one. Raises `RegistryError`."""
        rejected: dict[str, str] = {}
        first: Rejection | None = None
        for update in updates[:MOST_CANDIDATES]:
            objection = next(self._objections(question, target, update), None)
            if objection is None:
                return self._allowed(question, target, rejecting(update, rejected))
            rejected[update.candidate.effective_tag or ""] = objection.why
            if objection.final:
                return objection.hold(rejecting(update, rejected))
            first = first or objection
        best = rejecting(updates[0], rejected)
        return best if first is None else first.hold(best)

    def _allowed(self, question: CheckContext, target: Target, chosen: Update) -> Update | Held:
        windows = window_opening(question.policy, question.now, self.scheduler)
        held = hold_for_owner(chosen, question.workload, question.policy, windows)
        if held is not None:
            return held
        if target.pinned and chosen.candidate.digest is None:
            return chosen.pinned(question.ask.digest(chosen.candidate))
        return chosen

    def _objections(self, question: CheckContext, target: Target, update: Update) -> Iterator[Rejection]:
        """Everything that speaks against a candidate; what costs no question to the registry first."""
        workload = question.workload
        looks: tuple[Callable[[], Rejection | None], ...] = (
            lambda: quarantined(workload, question.policy, update),
            lambda: failing_elsewhere(self.outcomes.failing(update.image, workload.key)),
            lambda: tried_too_lately(workload, update, question.now),
            lambda: self._too_young(question, target, update),
            lambda: self._not_built_for(question, target, update),
            lambda: self._built_before(question, target, update),
        )
        for look in looks:
            objection = look()
            if objection is not None:
                yield objection

    def _too_young(self, question: CheckContext, target: Target, update: Update) -> Rejection | None:
        if not question.policy.min_age:
            return None
        digest = update.digest or update.candidate.digest or question.ask.digest(update.candidate)
        candidate = f"{update.candidate.effective_tag}@{digest}"
        question.seen.setdefault(target.container, []).append(candidate)
        return too_young(question.first_seen.age(candidate, question.now), question.policy)

    def _not_built_for(self, question: CheckContext, target: Target, update: Update) -> Rejection | None:
        candidate = update.digest or update.candidate.digest or question.ask.digest(update.candidate)
        runs = update.ran or self._digest_of_current(question, target)
        if runs is None:
            return None
        built_for = question.ask.platforms(target.image, candidate)
        current = question.ask.platforms(target.image, runs)
        if not (built_for and current):
            return None
        nodes = self.orchestrator.nodes()
        return not_built_for(missing_platforms(built_for, current, question.workload.scheduling, nodes))

    def _built_before(self, question: CheckContext, target: Target, update: Update) -> Rejection | None:
        if update.approval in question.policy.approved:
            return None
        candidate = update.digest or update.candidate.digest or question.ask.digest(update.candidate)
        runs = update.ran or self._digest_of_current(question, target)
        if runs is None:
            return None
        built, running = (question.ask.created(target.image, digest) for digest in (candidate, runs))
        return built_before(built, running, question.now)

    def _digest_of_current(self, question: CheckContext, target: Target) -> str | None:
        """What the current tag stands for; None when the registry has it no longer."""
        try:
            return question.ask.digest(target.image)
        except RepositoryNotFound:
            return None
