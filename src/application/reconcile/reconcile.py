"""The use case that reconciles one workload: it reads it once, acts at most once, and says when to run again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.application.ports.reporting.notifier import NotifierUnavailable
from watch_cluster.application.reconcile.deliver_notifications import DeliverNotifications
from watch_cluster.application.reconcile.detect_deployment import DetectDeployment, Detection
from watch_cluster.application.reconcile.follow_proposal import FollowedProposal, FollowProposal
from watch_cluster.application.reconcile.follow_rollout import FollowRollout
from watch_cluster.application.reconcile.manual_change import HandleManualChange
from watch_cluster.application.state.fleet_state import FleetState
from watch_cluster.domain.policy.policy import is_opted_in
from watch_cluster.domain.rollout.evaluation.in_progress import InProgress
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.rollout.transition import Transition
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

REMINDER: Final = timedelta(hours=1)
"""How often the owner of a misconfigured workload is reminded."""
AT_ONCE: Final = timedelta()


@dataclass(frozen=True, slots=True)
class ReconcileResult:
    """What a reconcile did. `requeue_after` is when to reconcile again at the latest, None when only on a change.

    `rollout` is the rollout that was in flight, `transition` what became of it. `undelivered` says why people could
    not be told something yet.
    """

    detection: Detection
    requeue_after: timedelta | None = None
    rollout: RolloutRecord | None = None
    transition: Transition | None = None
    undelivered: NotifierUnavailable | None = None


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Brings everything in line with one workload: its rollout, manual changes, what it owes, its schedule."""

    reader: WorkloadReader
    fleet: FleetState
    proposals: FollowProposal
    follow: FollowRollout
    manual_changes: HandleManualChange
    deliver: DeliverNotifications
    detect: DetectDeployment

    def __call__(self, key: WorkloadKey) -> ReconcileResult:
        """Reconcile the workload. Raises `OrchestratorUnavailable`, `ChangeConflict` or `ChangeRejected`."""
        workload = self.reader.find(key)
        self.fleet.update(key, workload)
        if workload is None:
            return ReconcileResult(Detection.NOT_WATCHED)
        record = RolloutRecord.of(workload)
        rollout = record if record is not None and record.running else None
        proposal = self.proposals(workload)
        if proposal.changed:
            return ReconcileResult(Detection.WATCHED, AT_ONCE)
        followed = self.follow(workload)
        if isinstance(followed, Transition):
            if rollout is not None:
                self.fleet.observe(key, rollout, followed.record)
            return ReconcileResult(Detection.WATCHED, AT_ONCE, rollout, followed)
        if self.manual_changes(workload):
            return ReconcileResult(Detection.WATCHED, AT_ONCE, rollout)
        return self._deliver(workload, rollout, followed, proposal)

    def _deliver(
        self,
        workload: Workload,
        rollout: RolloutRecord | None,
        followed: InProgress | None,
        proposal: FollowedProposal,
    ) -> ReconcileResult:
        pauses = [] if followed is None else [followed.pause]
        pauses += [] if proposal.pause is None else [proposal.pause]
        unavailable: NotifierUnavailable | None = None
        try:
            delivered = self.deliver(workload)
            if delivered.pause is not None:
                pauses.append(delivered.pause)
        except NotifierUnavailable as error:
            unavailable = error
        detection = Detection.NOT_WATCHED
        if is_opted_in(workload):
            try:
                detection = self.detect(workload)
            except NotifierUnavailable as error:
                detection, unavailable = Detection.MISCONFIGURED, error
            if detection is Detection.MISCONFIGURED:
                pauses.append(REMINDER)
        elif not pauses and unavailable is None and not proposal.due:
            self.fleet.forget(workload.key)
        if proposal.due:
            detection = Detection.CHECK_DUE
        return ReconcileResult(detection, min(pauses, default=None), rollout, undelivered=unavailable)
