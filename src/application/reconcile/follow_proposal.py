"""The use case that waits until a proposal is applied: its rollout then begins, without a query to anything outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.workload_writer import WorkloadWriter
from watch_cluster.application.ports.reporting.outbox import Outbox
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.rollout.changes import record_change
from watch_cluster.domain.rollout.notification import Notification
from watch_cluster.domain.rollout.proposing import Applied, Moot, evaluate_proposal, overdue, started_record
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import Change, Workload


@dataclass(frozen=True, slots=True)
class FollowedProposal:
    """What is to be done about a proposal. `changed` is whether the workload was written to.

    `due` is whether a check must follow up on it now, `pause` the latest time to requeue it.
    """

    changed: bool = False
    due: bool = False
    pause: timedelta | None = None


@dataclass(frozen=True, slots=True)
class FollowProposal:
    """Compares a proposal with the workload alone; what must be read or written elsewhere is left to a check."""

    writer: WorkloadWriter
    outbox: Outbox
    clock: Clock
    states: WorkloadStates

    def __call__(self, workload: Workload) -> FollowedProposal:
        """Follow the workload's proposal, if it has one.

        Raises `OrchestratorUnavailable`, `ChangeConflict` or `ChangeRejected`.
        """
        record = RolloutRecord.of(workload)
        proposal = None if record is None else record.proposed
        if record is None or proposal is None:
            return FollowedProposal()
        evaluation = evaluate_proposal(record, workload)
        if isinstance(evaluation, Applied):
            return self._start(workload, record)
        due = isinstance(evaluation, Moot) or proposal.reference is None
        if proposal.overdue:
            return FollowedProposal(due=due)
        pause = proposal.deadline - self.clock.now()
        if pause > timedelta():
            return FollowedProposal(due=due, pause=pause)
        return self._apply(workload, overdue(workload, record, proposal))

    def _start(self, workload: Workload, record: RolloutRecord) -> FollowedProposal:
        started = started_record(record, self.clock.now())
        followed = self._apply(workload, record_change(workload, started))
        self.states.of(workload.key).started = record.id
        if record.failure is None:
            self.outbox.put(Notification.of_start(workload.key, started))
        return followed

    def _apply(self, workload: Workload, change: Change) -> FollowedProposal:
        self.writer.apply(workload.key, change)
        return FollowedProposal(changed=True)
