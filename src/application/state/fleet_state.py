"""What one workload's check has to know of all others: how many roll out now, and which images have failed."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.application.state.rollout_limiter import RolloutLimiter
from watch_cluster.domain.policy.policy import is_opted_in
from watch_cluster.domain.workload.workload import WorkloadKey


@dataclass(frozen=True, slots=True)
class FleetState:
    """Keeps the counts in line with the workloads."""

    orchestrator: Orchestrator
    slots: RolloutLimiter
    outcomes: ImageOutcomes

    def take(self) -> tuple[WorkloadKey, ...]:
        """Look at every workload, before anything is done to any; the names of all."""
        workloads = tuple(self.orchestrator.workloads())
        for each in workloads:
            self.slots.see(each)
            self.outcomes.note(each)
        return tuple(each.key for each in workloads)

    def see(self, key: WorkloadKey) -> None:
        """Look at one workload."""
        workload = self.orchestrator.find(key)
        if workload is None or not is_opted_in(workload):
            self.outcomes.forget(key)
        else:
            self.outcomes.note(workload)
        if workload is None:
            self.slots.forget(key)
        else:
            self.slots.see(workload)

    def drop(self) -> None:
        """Forget who waits: another process leads."""
        self.slots.clear()
