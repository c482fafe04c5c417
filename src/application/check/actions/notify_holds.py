"""How a hold is reported: as which event, and as which notification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from watch_cluster.application.reconcile.notify_fact import NotifyFact
from watch_cluster.domain.rollout.digest import HeldFact
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.domain.update.decision import Held, HoldReason
from watch_cluster.domain.workload.workload import Container, Workload

EMITTED_AS: Final = {
    HoldReason.BUILT_BEFORE_WHAT_RUNS: EventReason.UPDATE_HELD,
    HoldReason.CANNOT_BE_PROPOSED: EventReason.UPDATE_HELD,
    HoldReason.CONTROLLED_BY_OWNER: EventReason.UPDATE_HELD,
    HoldReason.FAILING_ELSEWHERE: EventReason.UPDATE_HELD,
    HoldReason.FROZEN: EventReason.UPDATE_HELD,
    HoldReason.INVALID_CONFIGURATION: EventReason.UPDATE_HELD,
    HoldReason.LEFT_BEHIND: EventReason.UPDATE_HELD,
    HoldReason.MAJOR_VERSION_OF_DATABASE: EventReason.UPDATE_HELD,
    HoldReason.MANAGED_FROM_GIT: EventReason.UPDATE_HELD,
    HoldReason.NO_TAG: EventReason.UPDATE_HELD,
    HoldReason.NOT_BUILT_FOR: EventReason.UPDATE_HELD,
    HoldReason.NOTIFY_ONLY: EventReason.UPDATE_AVAILABLE,
    HoldReason.NOT_PROVEN_ELSEWHERE: EventReason.UPDATE_AVAILABLE,
    HoldReason.NOT_SIGNED: EventReason.UPDATE_HELD,
    HoldReason.OUTSIDE_WINDOW: EventReason.UPDATE_AVAILABLE,
    HoldReason.PAUSED: EventReason.UPDATE_HELD,
    HoldReason.RUNNING_DIGEST_UNKNOWN: EventReason.UPDATE_HELD,
    HoldReason.TAG_NOT_A_VERSION: EventReason.UPDATE_HELD,
    HoldReason.TOO_YOUNG: EventReason.UPDATE_AVAILABLE,
    HoldReason.TRIED_LATELY: EventReason.UPDATE_HELD,
    HoldReason.TWO_VERSIONS: EventReason.UPDATE_HELD,
    HoldReason.UNPINNED_AGAIN: EventReason.UPDATE_HELD,
    HoldReason.WAITING_FOR_APPROVAL: EventReason.UPDATE_AVAILABLE,
    HoldReason.WAITING_FOR_SLOT: EventReason.UPDATE_AVAILABLE,
    HoldReason.REGISTRY_REFUSED: EventReason.REGISTRY_ERROR,
    HoldReason.REGISTRY_UNREACHABLE: EventReason.REGISTRY_ERROR,
    HoldReason.REPOSITORY_NOT_FOUND: EventReason.REGISTRY_ERROR,
    HoldReason.UNAUTHORIZED: EventReason.REGISTRY_ERROR,
}
"""The holds that are emitted. The others are temporary, or were emitted at the detection."""
_NOTIFIED_AS: Final = {
    EventReason.UPDATE_AVAILABLE: NotificationType.UPDATE_AVAILABLE,
    EventReason.UPDATE_HELD: NotificationType.UPDATE_HELD,
    EventReason.REGISTRY_ERROR: NotificationType.REGISTRY_ERROR,
}
_LONGEST_MESSAGE: Final = 300
"""How much of a hold is kept for digests."""
_NOTIFIED: Final = frozenset({*_NOTIFIED_AS.values(), NotificationType.APPROVAL_NEEDED})


@dataclass(frozen=True, slots=True)
class NotifyHolds:
    """Notifies receivers of what is held, with one notification for each type."""

    notify: NotifyFact

    def __call__(self, workload: Workload, holds: list[Held]) -> None:
        """Notify receivers of the holds of a check, and resolve the types that are over."""
        facts: dict[NotificationType, list[Held]] = {}
        for hold in holds:
            if hold.reason in EMITTED_AS:
                facts.setdefault(_notification_type(hold.reason), []).append(hold)
        self.notify.states.of(workload.key).held = tuple(
            HeldFact(notification_type, hold.message[:_LONGEST_MESSAGE])
            for notification_type, together in facts.items()
            for hold in together
        )
        self.notify.resolve(workload.key, *(_NOTIFIED - facts.keys()))
        for notification_type, together in facts.items():
            event = _event(workload, EMITTED_AS[together[0].reason], together)
            updates = (hold.update for hold in together if hold.update is not None)
            origins = {update.container: update.origin for update in updates if update.origin}
            self.notify(event, notification_type, _containers(workload, together), origins)


def subject_of(workload: Workload, hold: Held) -> str:
    """Identify a hold, whatever its words are."""
    candidate = "" if hold.update is None else hold.update.target
    detail = f"/{hold.detail}" if hold.detail else ""
    return f"{hold.reason}/{hold.container}/{workload.image_of(hold.container or '')}/{candidate}{detail}"


def _notification_type(reason: HoldReason) -> NotificationType:
    if reason is HoldReason.WAITING_FOR_APPROVAL:
        return NotificationType.APPROVAL_NEEDED
    return _NOTIFIED_AS[EMITTED_AS[reason]]


def _event(workload: Workload, reason: EventReason, holds: list[Held]) -> Event:
    message = "; ".join(hold.message for hold in holds)
    subject = ",".join(subject_of(workload, hold) for hold in holds)
    return Event(reason, workload.key, workload.uid, message, subject)


def _containers(workload: Workload, holds: list[Held]) -> tuple[Container, ...]:
    """The containers concerned, with the images that wait for them, else with those that they have."""
    waiting = {hold.container: hold.update.target for hold in holds if hold.update is not None}
    concerned = {hold.container for hold in holds}
    return tuple(
        Container(each.name, waiting.get(each.name, each.image))
        for each in workload.containers
        if each.name in concerned
    ) or tuple(Container(each.name, each.image) for each in workload.containers[:1])
