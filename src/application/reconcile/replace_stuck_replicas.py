"""The use case that gets a workload going which waits in vain for a broken instance before it makes the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watch_cluster.application.ports.orchestrator import ChangeRejected, Orchestrator
from watch_cluster.application.state.event_deduplication import EventDeduplicator
from watch_cluster.domain.rollout.diagnosis import stuck_replicas
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class ReplaceStuckReplicas:
    """Removes what an ordered workload is stuck on, or tells a person to."""

    orchestrator: Orchestrator
    reports: EventDeduplicator

    def __call__(self, workload: Workload, record: RolloutRecord, replicas: Sequence[Replica] | None) -> None:
        """Look at a rollout in flight. Raises `OrchestratorUnavailable` and `NotifierUnavailable`."""
        if not workload.ordered:
            return
        for each in stuck_replicas(record, replicas or ()):
            try:
                self.orchestrator.remove(workload.key, each)
            except ChangeRejected as error:
                message = f"{workload.key} waits in vain for {each.name}, which must be deleted by hand: {error}"
                subject = f"{record.id}-stuck-{each.id}"
                self.reports.tell(Event(EventReason.IMAGE_UPDATE_FAILED, workload.key, workload.uid, message, subject))
