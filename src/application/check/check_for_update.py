"""The use case that checks a workload for updates. It changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from watch_cluster.application.check.candidates.predecessors import Predecessors
from watch_cluster.application.check.candidates.published_image import published_image
from watch_cluster.application.check.candidates.select_candidate import CheckContext, SelectCandidate, hold_reason
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.rollout_observer import RolloutObserver
from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
)
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.policy import Policy, Target, is_opted_in
from watch_cluster.domain.update.by_digest import decide_digest, held_before_query
from watch_cluster.domain.update.by_version import candidates
from watch_cluster.domain.update.decision import Decision, Held, HoldReason, Update, UpToDate
from watch_cluster.domain.update.first_seen import FirstSeen
from watch_cluster.domain.update.holds import hold_controlled, hold_during_rollout, hold_paused
from watch_cluster.domain.update.notes import notes
from watch_cluster.domain.update.rejections import candidates_to_check
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.replica import digests_running_in
from watch_cluster.domain.workload.running_digests import RunningDigests, RunningImage
from watch_cluster.domain.workload.workload import Workload, WorkloadKey
from watch_cluster.tools.fair_turns import FairTurns, acting_for
from watch_cluster.tools.time_limit import TimeLimitExceeded, time_limit

_LONG_LIST: Final = 5_000
"""A list of more tags takes more than a tenth of a second to evaluate."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of a check: the workload, its policy, and a decision for each container.

    `workload` is None if it does not exist, `policy` if the configuration is invalid. `notes` are the annotations that
    the next check needs; None removes one. `unverified` says which images are not signed as they should be.
    """

    key: WorkloadKey
    decisions: tuple[Decision, ...]
    workload: Workload | None = None
    policy: Policy | None = None
    notes: Mapping[str, str | None] = field(default_factory=dict)
    unverified: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckForUpdate:
    """Queries the registry and passes the results to the domain."""

    reader: WorkloadReader
    observer: RolloutObserver
    registries: RegistryAccess
    read_policy: PolicyCache
    predecessors: Predecessors
    select: SelectCandidate
    clock: Clock
    seconds: float = 120.0
    """How long a check may take in total."""
    long_lists: FairTurns = field(default_factory=lambda: FairTurns(1))
    """Turns to evaluate long lists of tags: it keeps the interpreter busy for seconds, so one at a time is as fast."""

    def __call__(self, key: WorkloadKey, due: datetime | None = None) -> Check:
        """Check the current workload. Every failure is a decision with its reason.

        `due` is the time since which it is due, None for now: queries that another check has sent since then are
        reused.
        Raises `OrchestratorUnavailable` while it is not known yet what the workload's replicas run.
        """
        workload = self.reader.find(key)
        if workload is None or not is_opted_in(workload):
            return Check(key, (Held(HoldReason.NOT_WATCHED, "the workload is gone or opted out"),), workload)
        try:
            policy = self.read_policy(workload)
        except InvalidConfiguration as error:
            return Check(key, (Held(HoldReason.INVALID_CONFIGURATION, str(error)),), workload)
        held = self._hold(workload, policy)
        if held is not None:
            return Check(key, (held,), workload, policy)
        return self._check(workload, policy, due)

    def _hold(self, workload: Workload, policy: Policy) -> Held | None:
        """Return what holds all updates of the workload, whatever the registry has."""
        return (
            hold_during_rollout(workload)
            or hold_controlled(workload)
            or hold_paused(workload)
            or self.predecessors.cycle(workload, policy)
        )

    def _check(self, workload: Workload, policy: Policy, due: datetime | None) -> Check:
        now = self.clock.now()
        at_once = due is None or annotation.CHECK_NOW in workload.annotations
        queries = self.registries.for_workload(workload, now if due is None or at_once else due)
        context = CheckContext(workload, policy, now, FirstSeen.of(workload), queries)
        with time_limit(self.seconds, self.clock.monotonic), acting_for(workload.key.namespace):
            decisions = tuple(self._decide(context, target) for target in policy.targets)
            running = tuple(self._unverified(context, target) for target in policy.targets)
        unverified = (*(each for each in running if each is not None), *context.unverified)
        written = notes(workload, decisions, context.seen, context.now)
        return Check(workload.key, decisions, workload, policy, written, unverified)

    def _decide(self, context: CheckContext, target: Target) -> Decision:
        strategy = target.strategy
        try:
            if strategy.follows_digest:
                found = self._by_digest(context, target)
            else:
                found = self._by_version(target, context.registry.tags(target.image))
            if isinstance(found, tuple):
                return self.select(context, target, candidates_to_check(context.policy, found))
        except RegistryError as error:
            return Held(hold_reason(error), f"container {target.container}: {error}", target.container)
        except TimeLimitExceeded:
            why = (
                f"the check took longer than {self.seconds:g} s (CHECK_TIMEOUT): a registry is slow, or there"
                " are too many credentials or candidates"
            )
            return Held(HoldReason.REGISTRY_UNREACHABLE, f"container {target.container}: {why}", target.container)
        return found

    def _unverified(self, context: CheckContext, target: Target) -> str | None:
        """Return what the signatures of the current image lack; None: nothing, or the registry does not respond."""
        if not self.select.verify.applies(context.policy, target.image):
            return None
        try:
            digest = target.image.digest or context.registry.digest(target.image)
            found = self.select.verify(context.workload, context.policy, context.registry, target.image, digest)
        except (RegistryError, TimeLimitExceeded):
            return None
        why = found.held or found.warning
        return (
            None
            if why is None
            else f"container {target.container}: {target.image} runs and is {why}; it is left as it is"
        )

    def _by_version(self, target: Target, tags: tuple[str, ...]) -> tuple[Update, ...] | UpToDate | Held:
        if len(tags) <= _LONG_LIST:
            return candidates(target, target.strategy, tags)
        with self.long_lists.turn():
            return candidates(target, target.strategy, tags)

    def _by_digest(self, context: CheckContext, target: Target) -> tuple[Update, ...] | UpToDate | Held:
        workload = context.workload
        pin = target.image.digest
        running_digests: RunningDigests | None = None if pin is None else (RunningImage(pin),)
        if pin is None:
            replicas = self.observer.replicas(workload.key)
            running_digests = None if replicas is None else digests_running_in(replicas, target.container)
        held = held_before_query(target, running_digests)
        if held is not None:
            return held
        running = running_digests or ()
        digest = context.registry.digest(target.image.without_digest())
        published = published_image(context.registry, target.image, digest, running)
        decision = decide_digest(target, workload, running, published)
        return (decision,) if isinstance(decision, Update) else decision
