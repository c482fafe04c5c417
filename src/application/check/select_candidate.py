"""Takes the best of a container's candidates that nothing speaks against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from watch_cluster.application.check.windows import window_state
from watch_cluster.application.ports.orchestrator.node_inventory import NodeInventory
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryRefused,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.application.registry_queries.queries import RegistryQueries
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.domain.images.platform import Platform, missing_platforms
from watch_cluster.domain.policy.policy import Policy, Target
from watch_cluster.domain.update.decision import Decision, Held, HoldReason, Update
from watch_cluster.domain.update.digest_return import digest_to_go_back_to, replaced_lately
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

PERMANENT: Final = (RegistryRefused, RegistryUnauthorized, RepositoryNotFound)
"""The errors that asking again does not mend."""
_HOLDS: Final[tuple[tuple[type[RegistryError], HoldReason], ...]] = (
    (RegistryUnavailable, HoldReason.REGISTRY_UNREACHABLE),
    (RegistryUnauthorized, HoldReason.UNAUTHORIZED),
    (RepositoryNotFound, HoldReason.REPOSITORY_NOT_FOUND),
    (RegistryError, HoldReason.REGISTRY_REFUSED),
)


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

    nodes: NodeInventory
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
        windows = window_state(question.policy, question.now, self.scheduler)
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
            lambda: self._goes_back(question, target, update),
            lambda: self._not_built_for(question, target, update),
            lambda: self._built_before(question, target, update),
        )
        for look in looks:
            try:
                objection = look()
            except PERMANENT as error:
                # The trouble of one candidate says nothing against an older one.
                objection = unreadable(error)
            if objection is not None:
                yield objection

    def _too_young(self, question: CheckContext, target: Target, update: Update) -> Rejection | None:
        if not question.policy.min_age:
            return None
        digest = update.digest or update.candidate.digest or question.ask.digest(update.candidate)
        candidate = f"{update.candidate.effective_tag}@{digest}"
        question.seen.setdefault(target.container, []).append(candidate)
        return too_young(question.first_seen.age(candidate, question.now), question.policy)

    def _goes_back(self, question: CheckContext, target: Target, update: Update) -> Rejection | None:
        candidate = digest_to_go_back_to(question.workload, update, question.now)
        if candidate is None:
            return None
        name = f"{update.candidate.effective_tag}@{candidate}"
        question.seen.setdefault(target.container, []).append(name)
        return replaced_lately(question.first_seen.age(name, question.now))

    def _not_built_for(self, question: CheckContext, target: Target, update: Update) -> Rejection | None:
        candidate = update.digest or update.candidate.digest or question.ask.digest(update.candidate)
        # Read whatever runs: a tag whose own digest is not there could not be pulled.
        built_for = question.ask.platforms(target.image, candidate)
        current = self._platforms_of_current(question, target, update.ran)
        if not (built_for and current):
            return None
        nodes = self.nodes.nodes()
        return not_built_for(missing_platforms(built_for, current, question.workload.scheduling, nodes))

    def _built_before(self, question: CheckContext, target: Target, update: Update) -> Rejection | None:
        if update.approval in question.policy.approved:
            return None
        candidate = update.digest or update.candidate.digest or question.ask.digest(update.candidate)
        built = question.ask.created(target.image, candidate)
        return built_before(built, self._created_of_current(question, target, update.ran), question.now)

    def _created_of_current(self, question: CheckContext, target: Target, ran: str | None) -> datetime | None:
        """When the current image was built; None when the registry does not give it, or not any longer."""
        try:
            return question.ask.created(target.image, ran or question.ask.digest(target.image))
        except PERMANENT:
            return None

    def _platforms_of_current(self, question: CheckContext, target: Target, ran: str | None) -> frozenset[Platform]:
        """What the current image is built for; none when the registry does not give it, or not any longer."""
        try:
            return question.ask.platforms(target.image, ran or question.ask.digest(target.image))
        except PERMANENT:
            return frozenset()


def unreadable(error: RegistryError) -> Rejection:
    """Reject what the registry lists and does not give."""
    return Rejection(hold_reason(error), f"cannot be read: {error}", f"it cannot be read: {error}")


def hold_reason(error: RegistryError) -> HoldReason:
    """Name the reason to hold for an error of a registry."""
    return next(hold for kind, hold in _HOLDS if isinstance(error, kind))
