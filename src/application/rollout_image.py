"""The use case that starts a rollout: every image that changes and the record of it, in one change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.ports.timing import Clock
from watch_cluster.domain.decision import Update
from watch_cluster.domain.policy import Policy
from watch_cluster.domain.recording import begin, opening
from watch_cluster.domain.rollout import RolloutRecord
from watch_cluster.domain.workload import ImageChange, Workload


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
        record = begin(workload, images, policy.terms, self.clock.now())
        self.orchestrator.apply(workload.key, opening(record, notes))
        return record
