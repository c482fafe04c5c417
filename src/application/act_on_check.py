"""The use case that acts on a check: tell the owner what holds it back, start what is to be started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from watch_cluster.application.check_for_update import Check
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.notifier import Notifier
from watch_cluster.application.ports.orchestrator import ChangeRejected
from watch_cluster.application.ports.outbox import Outbox
from watch_cluster.application.reports import Reports
from watch_cluster.application.rollout_image import RolloutImage
from watch_cluster.domain.announcement import Announcement
from watch_cluster.domain.decision import HeldBack, Hold, Update
from watch_cluster.domain.events import Event, Reason
from watch_cluster.domain.rollout import RolloutRecord
from watch_cluster.domain.workload import Workload

_TOLD_AS: Final = {
    Hold.INVALID_CONFIGURATION: Reason.UPDATE_HELD,
    Hold.NO_TAG: Reason.UPDATE_HELD,
    Hold.RUNNING_DIGEST_UNKNOWN: Reason.UPDATE_HELD,
    Hold.TAG_NOT_A_VERSION: Reason.UPDATE_HELD,
    Hold.UNPINNED_AGAIN: Reason.UPDATE_HELD,
    Hold.REGISTRY_REFUSED: Reason.REGISTRY_ERROR,
    Hold.REGISTRY_UNREACHABLE: Reason.REGISTRY_ERROR,
    Hold.REPOSITORY_NOT_FOUND: Reason.REGISTRY_ERROR,
    Hold.UNAUTHORISED: Reason.REGISTRY_ERROR,
}
"""The holds that the owner is told of. The others pass by themselves, or were told when the workload was detected."""


@dataclass(frozen=True, slots=True)
class ActOnCheck:
    """Turns the decisions for one workload into Events and at most one rollout."""

    rollout: RolloutImage
    reports: Reports
    leadership: Leadership
    notifier: Notifier
    outbox: Outbox

    def __call__(self, check: Check) -> RolloutRecord | None:
        """Act on a check: the record of the rollout that was started, None when none was.

        Raises `OrchestratorUnavailable`, `ChangeConflict` and `NotifierUnavailable`: check again later.
        """
        workload, policy = check.workload, check.policy
        if workload is None or policy is None:
            return None
        holds = [each for each in check.decisions if isinstance(each, HeldBack)]
        if any(each.reason is Hold.ROLLOUT_IN_PROGRESS for each in holds):
            return None
        self._tell(workload, holds)
        updates = [each for each in check.decisions if isinstance(each, Update)]
        # The registry may have taken its time: another process may lead by now.
        if not updates or not self.leadership.leads():
            return None
        try:
            record = self.rollout(workload, policy, updates)
        except ChangeRejected as error:
            images = ", ".join(str(each).removeprefix("update to ") for each in updates)
            message = f"Could not update to {images}: {error}"
            self.reports.tell(Event(Reason.IMAGE_UPDATE_FAILED, workload.key, workload.uid, message, images))
            return None
        self.reports.settle(workload.key, Reason.IMAGE_UPDATE_FAILED)
        self.outbox.put(Announcement.of_start(workload.key, record))
        self.notifier.notify(
            Event(
                Reason.IMAGE_UPDATE_STARTED, workload.key, workload.uid, f"Updating {record.change}", record.id, record
            )
        )
        return record

    def _tell(self, workload: Workload, holds: list[HeldBack]) -> None:
        troubles: dict[Reason, list[HeldBack]] = {}
        for hold in holds:
            if hold.reason in _TOLD_AS:
                troubles.setdefault(_TOLD_AS[hold.reason], []).append(hold)
        self.reports.settle(workload.key, *({Reason.UPDATE_HELD, Reason.REGISTRY_ERROR} - troubles.keys()))
        for reason, together in troubles.items():
            message = "; ".join(each.message for each in together)
            subject = ",".join(_subject(workload, each) for each in together)
            self.reports.tell(Event(reason, workload.key, workload.uid, message, subject))


def _subject(workload: Workload, hold: HeldBack) -> str:
    return f"{hold.reason}/{hold.container}/{workload.image_of(hold.container or '')}"
