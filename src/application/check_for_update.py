"""The use case that finds out what a workload's images should become. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from watch_cluster.application.ask_registry import AskRegistry, Registries
from watch_cluster.application.ports.image_registry import (
    RegistryError,
    RegistryUnauthorised,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.ports.timing import Clock, Scheduler
from watch_cluster.application.windows import opening
from watch_cluster.domain import annotation
from watch_cluster.domain.by_digest import decide_digest, held_before_asking
from watch_cluster.domain.by_version import candidates
from watch_cluster.domain.decision import Decision, HeldBack, Hold, Update, UpToDate
from watch_cluster.domain.first_seen import MOST_CANDIDATES, FirstSeen
from watch_cluster.domain.holding_back import (
    held_back,
    held_by_age,
    held_by_owner,
    held_by_pause,
    held_by_platforms,
    held_by_rollout,
    not_built_for,
    rejecting,
    too_young,
    worth_a_look,
)
from watch_cluster.domain.notes import notes
from watch_cluster.domain.platform import lacking
from watch_cluster.domain.policy import Policy, PolicyReader, Target, wants_watching
from watch_cluster.domain.running import Published, RunningImage
from watch_cluster.domain.setting import InvalidConfiguration
from watch_cluster.domain.strategy import LatestStrategy
from watch_cluster.domain.workload import Workload, WorkloadKey

AnswerT = TypeVar("AnswerT")

_HOLDS: Final[tuple[tuple[type[RegistryError], Hold], ...]] = (
    (RegistryUnavailable, Hold.REGISTRY_UNREACHABLE),
    (RegistryUnauthorised, Hold.UNAUTHORISED),
    (RepositoryNotFound, Hold.REPOSITORY_NOT_FOUND),
    (RegistryError, Hold.REGISTRY_REFUSED),
)


@dataclass(frozen=True, slots=True)
class Check:
    """What a check came to: the workload and policy that it was made for, and a decision for each container.

    `workload` and `policy` are None when there is no such workload, or when its configuration is invalid. `notes` are
    the annotations that the next check needs, None for one that is to go.
    """

    key: WorkloadKey
    decisions: tuple[Decision, ...]
    workload: Workload | None = None
    policy: Policy | None = None
    notes: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Question:
    """One check under way, and what was learnt so far."""

    workload: Workload
    policy: Policy
    now: datetime
    first_seen: FirstSeen
    ask: AskRegistry
    seen: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckForUpdate:
    """Gathers what the registry has and asks the domain what follows from it."""

    orchestrator: Orchestrator
    registries: Registries
    read_policy: PolicyReader
    scheduler: Scheduler
    clock: Clock

    def __call__(self, key: WorkloadKey, due: datetime | None = None) -> Check:
        """Check the workload as it is now. Whatever goes wrong is a decision with its reason.

        `due` is the moment since which it is to be checked, None for now: what another check has asked a registry
        since then is not asked again.
        Raises `OrchestratorUnavailable` while it is not known yet what the workload's instances run.
        """
        workload = self.orchestrator.find(key)
        if workload is None or not wants_watching(workload):
            return Check(key, (HeldBack(Hold.NOT_WATCHED, "the workload is gone or opted out"),), workload)
        try:
            policy = self.read_policy(workload)
        except InvalidConfiguration as error:
            return Check(key, (HeldBack(Hold.INVALID_CONFIGURATION, str(error)),), workload)
        held = held_by_rollout(workload) or held_by_owner(workload) or held_by_pause(workload)
        if held is not None:
            return Check(key, (held,), workload, policy)
        now = self.clock.now()
        at_once = due is None or annotation.CHECK_NOW in workload.annotations
        ask = self.registries.asked_for(workload, now if due is None or at_once else due)
        question = _Question(workload, policy, now, FirstSeen.of(workload), ask)
        decisions = tuple(self._decide(question, target) for target in policy.targets)
        return Check(key, decisions, workload, policy, notes(workload, decisions, question.seen, question.now))

    def _decide(self, question: _Question, target: Target) -> Decision:
        strategy = target.strategy
        try:
            if isinstance(strategy, LatestStrategy):
                found = self._by_digest(question, target)
            else:
                found = candidates(target, strategy, question.ask.tags(target.image))
            if isinstance(found, tuple):
                return self._first_that_may(question, target, worth_a_look(question.policy, found))
        except RegistryError as error:
            hold = next(hold for kind, hold in _HOLDS if isinstance(error, kind))
            return HeldBack(hold, f"container {target.container}: {error}", target.container)
        return found

    def _first_that_may(self, question: _Question, target: Target, updates: tuple[Update, ...]) -> Decision:
        rejected: dict[str, str] = {}
        first: Callable[[Update], HeldBack] | None = None
        for update in updates[:MOST_CANDIDATES]:
            young = self._too_young(question, target, update)
            why = young or self._not_built_for(question, target, update)
            if why is not None:
                rejected[update.candidate.effective_tag or ""] = why
                first = first or partial(held_by_platforms if young is None else held_by_age, why=why)
                continue
            chosen = rejecting(update, rejected)
            windows = opening(question.policy, question.now, self.scheduler)
            held = held_back(chosen, question.workload, question.policy, windows)
            if held is not None:
                return held
            if target.pinned and chosen.candidate.digest is None:
                return chosen.pinned(question.ask.digest(chosen.candidate))
            return chosen
        best = rejecting(updates[0], rejected)
        return best if first is None else first(best)

    def _too_young(self, question: _Question, target: Target, update: Update) -> str | None:
        if not question.policy.min_age:
            return None
        digest = update.digest or update.candidate.digest or question.ask.digest(update.candidate)
        candidate = f"{update.candidate.effective_tag}@{digest}"
        question.seen.setdefault(target.container, []).append(candidate)
        return too_young(question.first_seen.age(candidate, question.now), question.policy)

    def _not_built_for(self, question: _Question, target: Target, update: Update) -> str | None:
        candidate = update.digest or update.candidate.digest or question.ask.digest(update.candidate)
        runs = update.ran or self._digest_of_current(question, target)
        if runs is None:
            return None
        built_for = question.ask.platforms(target.image, candidate)
        current = question.ask.platforms(target.image, runs)
        if not (built_for and current):
            return None
        nodes = self.orchestrator.nodes()
        return not_built_for(lacking(built_for, current, question.workload.needs, nodes))

    def _digest_of_current(self, question: _Question, target: Target) -> str | None:
        """What the current tag stands for; None when the registry has it no longer."""
        try:
            return question.ask.digest(target.image)
        except RepositoryNotFound:
            return None

    def _by_digest(self, question: _Question, target: Target) -> tuple[Update, ...] | UpToDate | HeldBack:
        workload = question.workload
        pin = target.image.digest
        told = self.orchestrator.running(workload.key, target.container) if pin is None else (RunningImage(pin),)
        held = held_before_asking(target, told)
        if held is not None:
            return held
        running = told or ()
        published = Published(question.ask.digest(target.image.without_digest()))
        if not all(each is not None and published.includes(each.digest) for each in running):
            digest, configs = published.digest, any(each is not None and each.bare for each in running)
            contents = question.ask.contents(target.image, digest, configs=configs)
            published = Published(published.digest, contents)
        decision = decide_digest(target, workload, running, published)
        return (decision,) if isinstance(decision, Update) else decision
