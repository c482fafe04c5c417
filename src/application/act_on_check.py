"""The use case that acts on a check: tell the owner what holds it back, start what is to be started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from watch_cluster.application.check_for_update import Check
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.notifier import NotifierUnavailable
from watch_cluster.application.ports.orchestrator import ChangeConflict, ChangeRejected, Orchestrator
from watch_cluster.application.ports.outbox import Outbox
from watch_cluster.application.reports import Reports
from watch_cluster.application.respect_other_hands import RespectOtherHands
from watch_cluster.application.rollout_image import RolloutImage
from watch_cluster.application.rollout_slots import RolloutSlots
from watch_cluster.application.sightings import Sightings
from watch_cluster.domain import annotation
from watch_cluster.domain.announcement import Announcement
from watch_cluster.domain.decision import HeldBack, Hold, Update
from watch_cluster.domain.events import Event, Reason
from watch_cluster.domain.policy import Policy
from watch_cluster.domain.rollout import RolloutRecord
from watch_cluster.domain.workload import Change, Workload

_TOLD_AS: Final = {
    Hold.CONTROLLED_BY_OWNER: Reason.UPDATE_HELD,
    Hold.FAILING_ELSEWHERE: Reason.UPDATE_HELD,
    Hold.FROZEN: Reason.UPDATE_HELD,
    Hold.INVALID_CONFIGURATION: Reason.UPDATE_HELD,
    Hold.NO_TAG: Reason.UPDATE_HELD,
    Hold.NOT_BUILT_FOR: Reason.UPDATE_HELD,
    Hold.NOTIFY_ONLY: Reason.UPDATE_AVAILABLE,
    Hold.OUTSIDE_WINDOW: Reason.UPDATE_AVAILABLE,
    Hold.PAUSED: Reason.UPDATE_HELD,
    Hold.RUNNING_DIGEST_UNKNOWN: Reason.UPDATE_HELD,
    Hold.TAG_NOT_A_VERSION: Reason.UPDATE_HELD,
    Hold.TOO_YOUNG: Reason.UPDATE_AVAILABLE,
    Hold.TRIED_LATELY: Reason.UPDATE_HELD,
    Hold.UNPINNED_AGAIN: Reason.UPDATE_HELD,
    Hold.WAITING_FOR_APPROVAL: Reason.UPDATE_AVAILABLE,
    Hold.REGISTRY_REFUSED: Reason.REGISTRY_ERROR,
    Hold.REGISTRY_UNREACHABLE: Reason.REGISTRY_ERROR,
    Hold.REPOSITORY_NOT_FOUND: Reason.REGISTRY_ERROR,
    Hold.UNAUTHORISED: Reason.REGISTRY_ERROR,
}
"""The holds that the owner is told of. The others pass by themselves, or were told when the workload was detected."""
_TOLD_ONCE: Final = frozenset({Hold.NOTIFY_ONLY, Hold.WAITING_FOR_APPROVAL})
"""Those of which the annotation `pending` says that they were told."""
_PASSING: Final = frozenset({Reason.REGISTRY_ERROR, Reason.UPDATE_AVAILABLE, Reason.UPDATE_HELD})


@dataclass(frozen=True, slots=True)
class ActOnCheck:
    """Turns the decisions for one workload into Events and at most one rollout."""

    orchestrator: Orchestrator
    rollout: RolloutImage
    slots: RolloutSlots
    hands: RespectOtherHands
    reports: Reports
    leadership: Leadership
    outbox: Outbox
    sightings: Sightings

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
        pending_changes = annotation.PENDING in check.notes
        self._tell(workload, [each for each in holds if pending_changes or each.reason not in _TOLD_ONCE])
        updates = [each for each in check.decisions if isinstance(each, Update)]
        # The registry may have taken its time: another process may lead by now.
        if not self.leadership.leads():
            return None
        if updates and self.hands(workload.key):
            # The workload was written to, and is decided on afresh.
            return None
        if not updates or not self.slots.take(workload.key):
            self._note(workload, check.notes)
            return None
        return self._start(workload, policy, updates, check.notes)

    def _start(
        self, workload: Workload, policy: Policy, updates: list[Update], notes: Mapping[str, str | None]
    ) -> RolloutRecord | None:
        try:
            if self.hands.in_history(workload):
                self.slots.give_back(workload.key)
                return None
            record = self.rollout(workload, policy, updates, notes)
        except (ChangeConflict, NotifierUnavailable):
            self.slots.give_back(workload.key)
            raise
        except ChangeRejected as error:
            self.slots.give_back(workload.key)
            images = ", ".join(each.target for each in updates)
            message = f"Could not update to {images}: {error}"
            self.reports.tell(Event(Reason.IMAGE_UPDATE_FAILED, workload.key, workload.uid, message, images))
            return None
        self.sightings.begin(workload.key, record)
        self.reports.settle(workload.key, Reason.IMAGE_UPDATE_FAILED)
        self.outbox.put(Announcement.of_start(workload.key, record))
        return record

    def _note(self, workload: Workload, notes: Mapping[str, str | None]) -> None:
        if not notes:
            return
        change = Change(workload.uid, notes, {annotation.ENABLED: "true"})
        try:
            self.orchestrator.apply(workload.key, change)
        except ChangeRejected as error:
            message = f"Could not note what was found: {error}"
            self.reports.tell(Event(Reason.UPDATE_HELD, workload.key, workload.uid, message, "notes"))

    def _tell(self, workload: Workload, holds: list[HeldBack]) -> None:
        troubles: dict[Reason, list[HeldBack]] = {}
        for hold in holds:
            if hold.reason in _TOLD_AS:
                troubles.setdefault(_TOLD_AS[hold.reason], []).append(hold)
        self.reports.settle(workload.key, *(_PASSING - troubles.keys()))
        for reason, together in troubles.items():
            message = "; ".join(each.message for each in together)
            subject = ",".join(_subject(workload, each) for each in together)
            self.reports.tell(Event(reason, workload.key, workload.uid, message, subject))


def _subject(workload: Workload, hold: HeldBack) -> str:
    candidate = "" if hold.update is None else hold.update.target
    return f"{hold.reason}/{hold.container}/{workload.image_of(hold.container or '')}/{candidate}"
