"""The use case that gets a workload going which waits in vain for a broken instance before it makes the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watch_cluster.application.ports.orchestrator import ChangeRejected, Orchestrator
from watch_cluster.application.reports import Reports
from watch_cluster.domain.blame import stuck
from watch_cluster.domain.events import Event, Reason
from watch_cluster.domain.instance import Instance
from watch_cluster.domain.rollout import RolloutRecord
from watch_cluster.domain.workload import Workload


@dataclass(frozen=True, slots=True)
class UnstickInstances:
    """Removes what an ordered workload is stuck on, or tells a person to."""

    orchestrator: Orchestrator
    reports: Reports

    def __call__(self, workload: Workload, record: RolloutRecord, instances: Sequence[Instance] | None) -> None:
        """Look at a rollout in flight. Raises `OrchestratorUnavailable` and `NotifierUnavailable`."""
        if not workload.ordered:
            return
        for each in stuck(record, instances or ()):
            try:
                self.orchestrator.remove(workload.key, each)
            except ChangeRejected as error:
                message = f"{workload.key} waits in vain for {each.name}, which must be deleted by hand: {error}"
                subject = f"{record.id}-stuck-{each.id}"
                self.reports.tell(Event(Reason.IMAGE_UPDATE_FAILED, workload.key, workload.uid, message, subject))
