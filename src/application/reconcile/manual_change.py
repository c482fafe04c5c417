"""The use case that gives way to somebody else's hand: who goes back to an older image, or takes one in quarantine."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.notifier import Notifier
from watch_cluster.application.ports.orchestrator import OURSELVES, Orchestrator
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.manual_change import (
    ManualRevert,
    detect_manual_revert,
    detect_undo,
    may_have_been_undone,
    release_quarantined_images,
)
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


@dataclass(frozen=True, slots=True)
class HandleManualChange:
    """Quarantines what was taken back, releases what was set by hand, and says so once."""

    orchestrator: Orchestrator
    notifier: Notifier

    def __call__(self, key: WorkloadKey) -> bool:
        """Look at the workload as it is; whether somebody's hand was found, and the workload written to.

        Raises `NotifierUnavailable`, `OrchestratorUnavailable`, `ChangeConflict` and `ChangeRejected`.
        """
        workload = self.orchestrator.find(key)
        if workload is None or workload.annotations.get(annotation.ENABLED) != "true":
            return False
        found = detect_manual_revert(workload)
        if found is not None:
            self._respect(workload, found)
            return True
        release = release_quarantined_images(workload)
        if release is not None:
            self.orchestrator.apply(key, release)
        return release is not None

    def check_history(self, workload: Workload) -> bool:
        """Look at what earlier revisions remember as well; whether they know of a later rollout than the workload.

        It asks the orchestrator, so it is for the moments at which it matters: before a rollout starts, and when the
        record of one appears or is gone that was not looked for. Raises as above.
        """
        if workload.annotations.get(annotation.ENABLED) != "true" or not may_have_been_undone(workload):
            return False
        found = detect_undo(workload, self.orchestrator.revision_annotations(workload.key))
        if found is not None:
            self._respect(workload, found)
        return found is not None

    def _respect(self, workload: Workload, found: ManualRevert) -> None:
        """Tell first: a process that dies in between is followed by one that tells the same event again."""
        message = found.message
        if found.container is not None:
            hand = self.orchestrator.last_changed_by(workload.key, found.container)
            message = message if hand in {None, OURSELVES} else f"{message} (by {hand})"
        reason = EventReason.IMAGE_UPDATE_FAILED if found.record.running else EventReason.UPDATE_HELD
        subject = f"{found.record.id}-other-hand"
        self.notifier.notify(Event(reason, workload.key, workload.uid, message, subject, found.record))
        self.orchestrator.apply(workload.key, found.change)
