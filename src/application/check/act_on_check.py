"""The use case that acts on a check: tell the owner what holds it back, start what is to be started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from watch_cluster.application.check.check_for_update import Check
from watch_cluster.application.check.rollout_image import RolloutImage
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.notifier import NotifierUnavailable
from watch_cluster.application.ports.orchestrator import ChangeConflict, ChangeRejected, Orchestrator
from watch_cluster.application.ports.outbox import Outbox
from watch_cluster.application.reconcile.manual_change import HandleManualChange
from watch_cluster.application.state.event_deduplication import EventDeduplicator
from watch_cluster.application.state.rollout_limiter import RolloutLimiter
from watch_cluster.application.state.rollout_observations import RolloutObservations
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.notification import Notification
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.update.decision import Held, HoldReason, Update
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, Workload

_TOLD_AS: Final = {
    HoldReason.BUILT_BEFORE_WHAT_RUNS: EventReason.UPDATE_HELD,
    HoldReason.CONTROLLED_BY_OWNER: EventReason.UPDATE_HELD,
    HoldReason.FAILING_ELSEWHERE: EventReason.UPDATE_HELD,
    HoldReason.FROZEN: EventReason.UPDATE_HELD,
    HoldReason.INVALID_CONFIGURATION: EventReason.UPDATE_HELD,
    HoldReason.LEFT_BEHIND: EventReason.UPDATE_HELD,
    HoldReason.MAJOR_VERSION_OF_DATABASE: EventReason.UPDATE_HELD,
    HoldReason.NO_TAG: EventReason.UPDATE_HELD,
    HoldReason.NOT_BUILT_FOR: EventReason.UPDATE_HELD,
    HoldReason.NOTIFY_ONLY: EventReason.UPDATE_AVAILABLE,
    HoldReason.OUTSIDE_WINDOW: EventReason.UPDATE_AVAILABLE,
    HoldReason.PAUSED: EventReason.UPDATE_HELD,
    HoldReason.RUNNING_DIGEST_UNKNOWN: EventReason.UPDATE_HELD,
    HoldReason.TAG_NOT_A_VERSION: EventReason.UPDATE_HELD,
    HoldReason.TOO_YOUNG: EventReason.UPDATE_AVAILABLE,
    HoldReason.TRIED_LATELY: EventReason.UPDATE_HELD,
    HoldReason.TWO_VERSIONS: EventReason.UPDATE_HELD,
    HoldReason.UNPINNED_AGAIN: EventReason.UPDATE_HELD,
    HoldReason.WAITING_FOR_APPROVAL: EventReason.UPDATE_AVAILABLE,
    HoldReason.REGISTRY_REFUSED: EventReason.REGISTRY_ERROR,
    HoldReason.REGISTRY_UNREACHABLE: EventReason.REGISTRY_ERROR,
    HoldReason.REPOSITORY_NOT_FOUND: EventReason.REGISTRY_ERROR,
    HoldReason.UNAUTHORIZED: EventReason.REGISTRY_ERROR,
}
"""The holds that the owner is told of. The others pass by themselves, or were told when the workload was detected."""
_TOLD_ONCE: Final = frozenset({HoldReason.NOTIFY_ONLY, HoldReason.WAITING_FOR_APPROVAL})
"""Those of which the annotation `pending` says that they were told."""
_PASSING: Final = frozenset({EventReason.REGISTRY_ERROR, EventReason.UPDATE_AVAILABLE, EventReason.UPDATE_HELD})


@dataclass(frozen=True, slots=True)
class ActOnCheck:
    """Turns the decisions for one workload into Events and at most one rollout."""

    orchestrator: Orchestrator
    rollout: RolloutImage
    slots: RolloutLimiter
    hands: HandleManualChange
    reports: EventDeduplicator
    leadership: Leadership
    outbox: Outbox
    observations: RolloutObservations

    def __call__(self, check: Check) -> RolloutRecord | None:
        """Act on a check: the record of the rollout that was started, None when none was.

        Raises `OrchestratorUnavailable`, `ChangeConflict` and `NotifierUnavailable`: check again later.
        """
        workload, policy = check.workload, check.policy
        if workload is None or policy is None:
            return None
        holds = [each for each in check.decisions if isinstance(each, Held)]
        if any(each.reason is HoldReason.ROLLOUT_IN_PROGRESS for each in holds):
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
            if self.hands.check_history(workload):
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
            self.reports.tell(Event(EventReason.IMAGE_UPDATE_FAILED, workload.key, workload.uid, message, images))
            return None
        self.observations.begin(workload.key, record)
        self.reports.settle(workload.key, EventReason.IMAGE_UPDATE_FAILED)
        self.outbox.put(Notification.of_start(workload.key, record))
        return record

    def _note(self, workload: Workload, notes: Mapping[str, str | None]) -> None:
        if not notes:
            return
        change = Change(workload.uid, notes, {annotation.ENABLED: "true"})
        try:
            self.orchestrator.apply(workload.key, change)
        except ChangeRejected as error:
            message = f"Could not note what was found: {error}"
            self.reports.tell(Event(EventReason.UPDATE_HELD, workload.key, workload.uid, message, "notes"))

    def _tell(self, workload: Workload, holds: list[Held]) -> None:
        troubles: dict[EventReason, list[Held]] = {}
        for hold in holds:
            if hold.reason in _TOLD_AS:
                troubles.setdefault(_TOLD_AS[hold.reason], []).append(hold)
        self.reports.settle(workload.key, *(_PASSING - troubles.keys()))
        for reason, together in troubles.items():
            message = "; ".join(each.message for each in together)
            subject = ",".join(_subject(workload, each) for each in together)
            self.reports.tell(Event(reason, workload.key, workload.uid, message, subject))


def _subject(workload: Workload, hold: Held) -> str:
    candidate = "" if hold.update is None else hold.update.target
    return f"{hold.reason}/{hold.container}/{workload.image_of(hold.container or '')}/{candidate}"
