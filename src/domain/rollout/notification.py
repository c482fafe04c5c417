"""What is announced to programs outside: that a workload is watched, and how its rollouts go."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from watch_cluster.domain.rollout.record import Milestone, RolloutRecord
from watch_cluster.domain.workload.workload import Container, ImageChange, Workload, WorkloadKey


class NotificationType(StrEnum):
    """Why something is announced."""

    DEPLOYMENT_DETECTED = "DEPLOYMENT_DETECTED"
    IMAGE_ROLLOUT_STARTED = "IMAGE_ROLLOUT_STARTED"
    IMAGE_ROLLOUT_COMPLETED = "IMAGE_ROLLOUT_COMPLETED"
    IMAGE_ROLLOUT_FAILED = "IMAGE_ROLLOUT_FAILED"
    IMAGE_ROLLED_BACK = "IMAGE_ROLLED_BACK"


@dataclass(frozen=True, slots=True)
class Notification:
    """One announcement. `id` is the same for the same fact, also when another process announces it again.

    `containers` are those that it is about, with the images that they have, or get, in the workload.
    """

    id: str
    notification_type: NotificationType
    workload: WorkloadKey
    containers: tuple[Container, ...]
    at: datetime
    details: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_detection(cls, workload: Workload, containers: tuple[Container, ...], at: datetime) -> Self:
        """Announce that the workload is watched, as it is now."""
        state = "".join(f"\0{each.name}\0{each.image}" for each in containers)
        identity = hashlib.sha256(f"{workload.uid}\0{at.isoformat()}{state}".encode()).hexdigest()[:16]
        return cls(identity, NotificationType.DEPLOYMENT_DETECTED, workload.key, containers, at)

    @classmethod
    def of_start(cls, key: WorkloadKey, record: RolloutRecord) -> Self:
        """Announce that the rollout has started."""
        return cls(
            f"{record.id}-started",
            NotificationType.IMAGE_ROLLOUT_STARTED,
            key,
            _containers(record.images),
            record.started,
        )

    @classmethod
    def of_stage(cls, key: WorkloadKey, record: RolloutRecord, stage: Milestone) -> Self:
        """Announce how the rollout has gone: well, or with what went wrong in one line for a person."""
        at = record.ended or record.started
        reason = record.message
        if record.failure is not None and stage is not Milestone.ROLLBACK_FAILED:
            reason = record.failure.message
            at = record.failure.at if stage is Milestone.FAILED else at
        milliseconds = max(0, round((at - record.started).total_seconds() * 1000))
        details = {"rolloutDuration": f"{milliseconds}ms"}
        if stage is not Milestone.COMPLETED:
            details["reason"] = reason or record.state.value
        steps = (
            record.images
            if stage in {Milestone.COMPLETED, Milestone.FAILED}
            else record.rollback_changes or record.images
        )
        return cls(f"{record.id}-{stage}", notification_type_of(stage), key, _containers(steps), at, details)


def notification_type_of(stage: Milestone) -> NotificationType:
    """The occasion by which the world outside hears of a stage."""
    return _OCCASIONS[stage]


_OCCASIONS: Final = {
    Milestone.COMPLETED: NotificationType.IMAGE_ROLLOUT_COMPLETED,
    Milestone.FAILED: NotificationType.IMAGE_ROLLOUT_FAILED,
    Milestone.ROLLED_BACK: NotificationType.IMAGE_ROLLED_BACK,
    Milestone.ROLLBACK_FAILED: NotificationType.IMAGE_ROLLOUT_FAILED,
}


def _containers(steps: tuple[ImageChange, ...]) -> tuple[Container, ...]:
    return tuple(Container(step.container, step.after) for step in steps)
