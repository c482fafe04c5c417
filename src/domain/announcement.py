"""What is announced to programs outside: that a workload is watched, and how its rollouts go."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

from watch_cluster.domain.rollout import RolloutRecord, RolloutState
from watch_cluster.domain.workload import Container, Workload, WorkloadKey


class Occasion(StrEnum):
    """Why something is announced."""

    DEPLOYMENT_DETECTED = "DEPLOYMENT_DETECTED"
    IMAGE_ROLLOUT_STARTED = "IMAGE_ROLLOUT_STARTED"
    IMAGE_ROLLOUT_COMPLETED = "IMAGE_ROLLOUT_COMPLETED"
    IMAGE_ROLLOUT_FAILED = "IMAGE_ROLLOUT_FAILED"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One announcement. `id` is the same for the same fact, also when another process announces it again.

    `containers` are those that it is about, with the images that they have, or get, in the workload.
    """

    id: str
    occasion: Occasion
    workload: WorkloadKey
    containers: tuple[Container, ...]
    at: datetime
    details: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_detection(cls, workload: Workload, containers: tuple[Container, ...], at: datetime) -> Self:
        """Announce that the workload is watched, as it is now."""
        state = "".join(f"\0{each.name}\0{each.image}" for each in containers)
        identity = hashlib.sha256(f"{workload.uid}\0{at.isoformat()}{state}".encode()).hexdigest()[:16]
        return cls(identity, Occasion.DEPLOYMENT_DETECTED, workload.key, containers, at)

    @classmethod
    def of_start(cls, key: WorkloadKey, record: RolloutRecord) -> Self:
        """Announce that the rollout has started."""
        return cls(f"{record.id}-started", Occasion.IMAGE_ROLLOUT_STARTED, key, _containers(record), record.started)

    @classmethod
    def of_end(cls, key: WorkloadKey, record: RolloutRecord) -> Self:
        """Announce that the rollout has ended: well, or with its failure in one line for a person."""
        ended = record.ended or record.started
        milliseconds = max(0, round((ended - record.started).total_seconds() * 1000))
        details = {"rolloutDuration": f"{milliseconds}ms"}
        occasion = Occasion.IMAGE_ROLLOUT_COMPLETED
        if record.state is not RolloutState.DONE:
            occasion = Occasion.IMAGE_ROLLOUT_FAILED
            details["reason"] = record.failure or record.state.value
        return cls(f"{record.id}-ended", occasion, key, _containers(record), ended, details)


def _containers(record: RolloutRecord) -> tuple[Container, ...]:
    return tuple(Container(step.container, step.after) for step in record.images)
