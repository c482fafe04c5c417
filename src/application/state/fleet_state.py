"""What the process knows of all workloads together, and the one place where a workload is forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.failure_memory import FailureMemory
from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.application.state.rollout_limiter import RolloutLimiter
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.policy.policy import is_opted_in
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


@dataclass(frozen=True, slots=True)
class FleetState:
    """Keeps the counts over all workloads in line with each of them."""

    reader: WorkloadReader
    limiter: RolloutLimiter
    outcomes: ImageOutcomes
    check_schedule: CheckSchedule
    states: WorkloadStates
    memory: FailureMemory

    def load(self) -> tuple[WorkloadKey, ...]:
        """Count every workload before any is reconciled; the keys of all."""
        workloads = tuple(self.reader.workloads())
        self.limiter.load(workloads)
        for workload in workloads:
            self.outcomes.note(workload)
        return tuple(workload.key for workload in workloads)

    def recall(self) -> None:
        """Learn which failures earlier leaders have observed. Raises `FailureMemoryUnavailable`."""
        self.outcomes.recall(self.memory.failures())

    def remember(self) -> None:
        """Keep the failures that this process has observed for the next leader; learn those of earlier ones first.

        A process that is killed before loses what it has not kept: that counts in its own namespace alone.
        Raises `FailureMemoryUnavailable`.
        """
        if not self.outcomes.recalled:
            self.recall()
        unwritten = self.outcomes.unwritten()
        if unwritten:
            self.memory.add(unwritten)
            self.outcomes.written(unwritten)

    def update(self, key: WorkloadKey, workload: Workload | None) -> None:
        """Take in the workload as it is now, None when it is gone."""
        if workload is None:
            self.limiter.forget(key)
            self.forget(key)
            return
        self.limiter.observe(workload)
        if is_opted_in(workload):
            self.outcomes.note(workload)
        else:
            self.outcomes.forget(key)
            self.check_schedule.drop(key)
            state = self.states.find(key)
            if state is not None:
                state.opt_out()

    def observe(self, key: WorkloadKey, before: RolloutRecord, after: RolloutRecord) -> None:
        """The rollout has come to its end or failed, as this process has seen; what its record said before and says."""
        self.outcomes.observe(key, before, after)

    def forget(self, key: WorkloadKey) -> None:
        """The workload is gone, or opted out and owes nothing: when it comes back, it is new."""
        self.outcomes.forget(key)
        self.check_schedule.drop(key)
        self.states.forget(key)

    def stop_leading(self) -> None:
        """Forget everything: another process leads."""
        self.limiter.clear()
        self.outcomes.stop_leading()
