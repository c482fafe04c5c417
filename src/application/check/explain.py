"""Explains why a workload is updated or not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from watch_cluster.application.check.candidates.predecessors import Link, Predecessors
from watch_cluster.application.check.candidates.windows import window_state
from watch_cluster.application.check.check_for_update import Check, CheckForUpdate
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.failure_memory import FailureMemoryUnavailable
from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.application.state.check_timing import CheckTiming, fires_too_often
from watch_cluster.application.state.fleet_state import FleetState
from watch_cluster.domain.policy.caps import Caps, limited_checks
from watch_cluster.domain.schedule.window import WindowState
from watch_cluster.domain.update.decision import Update
from watch_cluster.domain.update.holds import hold_for_slot
from watch_cluster.domain.workload.workload import WorkloadKey


@dataclass(frozen=True, slots=True)
class Explanation:
    """A check with the time of the next one. `windows` is None if rollouts may start at any time.

    `limited` explains that the schedule fires more often than the operator allows, else None. `chain` are the workloads
    on which an image must have run before, each followed by its own. `unknown` says why it is not known which images
    failed in other namespaces, else None.
    """

    check: Check
    next_check: datetime | None
    windows: WindowState | None
    limited: str | None = None
    chain: tuple[Link, ...] = ()
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class Explain:
    """Checks one workload and returns everything that the decision is based on."""

    check: CheckForUpdate
    predecessors: Predecessors
    scheduler: Scheduler
    clock: Clock
    caps: Caps
    fleet: FleetState

    def __call__(self, key: WorkloadKey) -> Explanation:
        """Explain the workload. The orchestrator must be loaded. Raises `OrchestratorUnavailable`."""
        self.fleet.load()
        unknown = self._recall()
        check = self._waiting(self.check(key))
        policy = check.policy
        if policy is None:
            return Explanation(check, None, None, unknown=unknown)
        now = self.clock.now()
        next_check = self.scheduler.next_after(policy.schedule, policy.zone, now)
        timing = CheckTiming(policy.schedule, policy.zone, interval=self.caps.check_interval)
        often = fires_too_often(timing, self.scheduler, now)
        return Explanation(
            check,
            None if next_check is None else next_check.astimezone(policy.zone),
            window_state(policy, now, self.scheduler),
            limited_checks(timing.interval) if often else None,
            self.predecessors.chain(key, policy, now),
            unknown,
        )

    def _recall(self) -> str | None:
        try:
            self.fleet.recall()
        except FailureMemoryUnavailable as error:
            return str(error)
        return None

    def _waiting(self, check: Check) -> Check:
        """Hold the updates for which no slot is free now, as far as workloads show it."""
        why = self.fleet.limiter.why_full(check.key)
        if why is None:
            return check
        decisions = (hold_for_slot(each, why) if isinstance(each, Update) else each for each in check.decisions)
        return replace(check, decisions=tuple(decisions))
