"""The use case that replaces the broken replica on which an ordered workload is stuck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watch_cluster.application.ports.orchestrator.rollout_observer import RolloutObserver
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeRejected
from watch_cluster.application.ports.reporting.notifier import NotifierUnavailable
from watch_cluster.application.reconcile.emit_events import EmitEvents
from watch_cluster.domain.rollout.evaluation.diagnosis import stuck_replicas
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class ReplaceStuckReplicas:
    """Replaces the broken replicas that an ordered workload waits for, or emits an event that asks people to."""

    observer: RolloutObserver
    emit: EmitEvents

    def __call__(self, workload: Workload, record: RolloutRecord, replicas: Sequence[Replica] | None) -> None:
        """Reconcile a rollout in flight. Raises `OrchestratorUnavailable`."""
        if not workload.ordered:
            return
        for replica in stuck_replicas(record, replicas or ()):
            try:
                self.observer.replace(workload.key, replica)
            except ChangeRejected as error:
                message = f"{workload.key} is stuck on {replica.name}; delete it by hand: {error}"
                subject = f"{record.id}-stuck-{replica.id}"
                event = Event(EventReason.IMAGE_UPDATE_FAILED, workload.key, workload.uid, message, subject)
                try:
                    self.emit.if_new(event)
                except NotifierUnavailable:
                    # It is emitted at the next evaluation, if the workload is still stuck.
                    continue
