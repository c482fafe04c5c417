"""The use case that starts a rollout: every image that changes and the record of it, in one change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.rollout.changes import new_record, start_change
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.update.decision import Update
from watch_cluster.domain.workload.workload import ImageChange, Workload


@dataclass(frozen=True, slots=True)
class RolloutImage:
    """Writes new images to a workload, and lets the orchestrator do the rest."""

    orchestrator: Orchestrator
    clock: Clock

    def __call__(
        self,
        workload: Workload,
        policy: Policy,
        updates: Iterable[Update],
        notes: Mapping[str, str | None] | None = None,
    ) -> RolloutRecord:
        """Start the rollout, with what the check wants to note, and return its record.

        Raises `OrchestratorUnavailable`, `ChangeConflict` when the workload is no longer what the updates were
        decided for, `ChangeRejected` when the orchestrator will never take them.
        """
        images = tuple(
            ImageChange(each.container, str(each.current), str(each.candidate), each.ran, each.digest)
            for each in updates
        )
        record = new_record(workload, images, policy.rollout_settings, self.clock.now())
        self.orchestrator.apply(workload.key, start_change(record, notes))
        return record
