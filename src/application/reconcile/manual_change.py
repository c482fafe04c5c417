"""The use case that respects manual changes: an older image that was set manually, or a quarantined one."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.orchestrator.rollout_observer import OUR_NAME, RolloutObserver
from watch_cluster.application.ports.orchestrator.workload_writer import WorkloadWriter
from watch_cluster.application.reconcile.emit_events import EmitEvents
from watch_cluster.domain.rollout.manual_change import (
    ManualRevert,
    detect_manual_revert,
    detect_undo,
    may_have_been_undone,
    release_quarantined_images,
)
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class HandleManualChange:
    """Quarantines what was reverted, releases what was set manually, and emits one event about it."""

    writer: WorkloadWriter
    observer: RolloutObserver
    emit: EmitEvents

    def __call__(self, workload: Workload) -> bool:
        """Whether a manual change was found, so that the workload was written to and must be read again.

        Raises `OrchestratorUnavailable`, `ChangeConflict` or `ChangeRejected`.
        """
        if workload.annotations.get(annotation.ENABLED) != "true":
            return False
        revert = detect_manual_revert(workload)
        if revert is not None:
            self._record(workload, revert)
            return True
        release = release_quarantined_images(workload)
        if release is not None:
            self.writer.apply(workload.key, release)
        return release is not None

    def check_history(self, workload: Workload) -> bool:
        """Whether earlier revisions carry a later rollout than the workload, which was then undone.

        It queries the orchestrator, so it is called only when it matters: before a rollout starts, and when the record
        of one appears or disappears unexpectedly. Raises the same errors.
        """
        if workload.annotations.get(annotation.ENABLED) != "true" or not may_have_been_undone(workload):
            return False
        revert = detect_undo(workload, self.observer.revision_annotations(workload.key))
        if revert is not None:
            self._record(workload, revert)
        return revert is not None

    def _record(self, workload: Workload, revert: ManualRevert) -> None:
        changed_by = None
        if revert.container is not None:
            changed_by = self.observer.last_changed_by(workload.key, revert.container)
        if changed_by == OUR_NAME:
            changed_by = None
        event = revert.event(workload, changed_by)
        self.writer.apply(workload.key, revert.change(workload, event))
        self.emit.after(event)
