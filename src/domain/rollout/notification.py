"""Notifications: what external receivers are sent when a workload is detected or its rollout reaches a milestone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from watch_cluster.domain.images.origin import ImageOrigin
from watch_cluster.domain.rollout.event import Event
from watch_cluster.domain.rollout.record.lifecycle import Milestone
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import Container, ImageChange, Workload, WorkloadKey


class NotificationType(StrEnum):
    """The type of a notification, as receivers filter by it."""

    DEPLOYMENT_DETECTED = "DEPLOYMENT_DETECTED"
    IMAGE_ROLLOUT_STARTED = "IMAGE_ROLLOUT_STARTED"
    IMAGE_ROLLOUT_COMPLETED = "IMAGE_ROLLOUT_COMPLETED"
    IMAGE_ROLLOUT_FAILED = "IMAGE_ROLLOUT_FAILED"
    IMAGE_ROLLED_BACK = "IMAGE_ROLLED_BACK"
    UPDATE_AVAILABLE = "UPDATE_AVAILABLE"
    APPROVAL_NEEDED = "APPROVAL_NEEDED"
    UPDATE_HELD = "UPDATE_HELD"
    CONFIGURATION_INVALID = "CONFIGURATION_INVALID"
    REGISTRY_ERROR = "REGISTRY_ERROR"


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification. `id` is the same for the same fact, also when another process sends it again.

    `containers` are those that it is about, with the images that they have or get. `origins` says by container where
    new images come from, as far as they say so.
    """

    id: str
    type: NotificationType
    workload: WorkloadKey
    containers: tuple[Container, ...]
    at: datetime
    details: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, ImageOrigin] = field(default_factory=dict)

    @classmethod
    def of_detection(cls, workload: Workload, containers: tuple[Container, ...], at: datetime) -> Self:
        """The workload is watched, as it is now."""
        state = "".join(f"\0{each.name}\0{each.image}" for each in containers)
        identity = hashlib.sha256(f"{workload.uid}\0{at.isoformat()}{state}".encode()).hexdigest()[:16]
        return cls(identity, NotificationType.DEPLOYMENT_DETECTED, workload.key, containers, at)

    @classmethod
    def of_event(
        cls,
        event: Event,
        notification_type: NotificationType,
        containers: tuple[Container, ...],
        at: datetime,
        origins: Mapping[str, ImageOrigin] | None = None,
    ) -> Self:
        """A fact about the workload that lasts; the same fact on another day is another notification."""
        identity = f"{event.identity}-{at.date().isoformat()}-{notification_type.value.lower()}"
        details = {"reason": event.message}
        return cls(identity, notification_type, event.workload, containers, at, details, origins or {})

    @classmethod
    def of_start(cls, key: WorkloadKey, record: RolloutRecord) -> Self:
        """The rollout has started."""
        return cls(
            f"{record.id}-started",
            NotificationType.IMAGE_ROLLOUT_STARTED,
            key,
            _containers(record.images),
            record.started,
            origins=_origins(record.images),
        )

    @classmethod
    def of_milestone(cls, key: WorkloadKey, record: RolloutRecord, milestone: Milestone) -> Self:
        """The rollout has reached the milestone; the reason of a failure is one line for a person."""
        at = record.ended or record.started
        reason = record.message
        if record.failure is not None and milestone is not Milestone.ROLLBACK_FAILED:
            reason = record.failure.message
            at = record.failure.at if milestone is Milestone.FAILED else at
        milliseconds = max(0, round((at - record.started).total_seconds() * 1000))
        details = {"rolloutDuration": f"{milliseconds}ms"}
        if milestone is not Milestone.COMPLETED:
            details["reason"] = reason or record.state.value
        changes = (
            record.images
            if milestone in {Milestone.COMPLETED, Milestone.FAILED}
            else record.rollback_changes or record.images
        )
        return cls(
            f"{record.id}-{milestone}",
            notification_type_of(milestone),
            key,
            _containers(changes),
            at,
            details,
            _origins(changes),
        )


def notification_type_of(milestone: Milestone) -> NotificationType:
    """The type of the notification about a milestone."""
    return _TYPES[milestone]


_TYPES: Final = {
    Milestone.COMPLETED: NotificationType.IMAGE_ROLLOUT_COMPLETED,
    Milestone.FAILED: NotificationType.IMAGE_ROLLOUT_FAILED,
    Milestone.ROLLED_BACK: NotificationType.IMAGE_ROLLED_BACK,
    Milestone.ROLLBACK_FAILED: NotificationType.IMAGE_ROLLOUT_FAILED,
}


def _containers(changes: tuple[ImageChange, ...]) -> tuple[Container, ...]:
    return tuple(Container(change.container, change.after) for change in changes)


def _origins(changes: tuple[ImageChange, ...]) -> dict[str, ImageOrigin]:
    return {change.container: change.origin for change in changes if change.origin}
