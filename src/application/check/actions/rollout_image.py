"""The use case that starts a rollout: one change with all new images and the rollout record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.workload_writer import WorkloadWriter
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.rollout.changes import new_record, start_change
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.update.decision import Update
from watch_cluster.domain.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class RolloutImage:
    """Writes new images to a workload."""

    writer: WorkloadWriter
    clock: Clock

    def __call__(
        self,
        workload: Workload,
        policy: Policy,
        updates: Iterable[Update],
        notes: Mapping[str, str | None] | None = None,
    ) -> RolloutRecord:
        """Start the rollout, together with the notes of the check, and return its record.

        Raises `OrchestratorUnavailable`, `ChangeConflict` if the workload has changed since the decision, or
        `ChangeRejected` if the orchestrator rejects the change.
        """
        images = tuple(update.change for update in updates)
        record = new_record(workload, images, policy.rollout_settings, self.clock.now())
        self.writer.apply(workload.key, start_change(record, notes))
        return record
