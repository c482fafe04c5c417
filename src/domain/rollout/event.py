"""What is told to people: one value for each fact, whatever channel carries it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.workload.workload import WorkloadKey


class EventReason(StrEnum):
    """The reasons under which events are told, as `kubectl get events` shows them."""

    IMAGE_ROLLED_BACK = "ImageRolledBack"
    IMAGE_UPDATED = "ImageUpdated"
    IMAGE_UPDATE_FAILED = "ImageUpdateFailed"
    IMAGE_UPDATE_STARTED = "ImageUpdateStarted"
    INVALID_CONFIGURATION = "InvalidConfiguration"
    MANUAL_CHECK_DONE = "ManualCheckDone"
    REGISTRY_ERROR = "RegistryError"
    UPDATE_AVAILABLE = "UpdateAvailable"
    UPDATE_HELD = "UpdateHeld"

    @property
    def is_warning(self) -> bool:
        """Whether somebody should look at it."""
        return self not in _NORMAL


_NORMAL = frozenset(
    {
        EventReason.IMAGE_UPDATED,
        EventReason.IMAGE_UPDATE_STARTED,
        EventReason.MANUAL_CHECK_DONE,
        EventReason.UPDATE_AVAILABLE,
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """A fact about a workload, with the message for a person.

    `subject` is what makes it the same fact when it is told again in other words: a registry that answers 500 and then
    503 is one trouble. `rollout` is the record that the event belongs to, None when it belongs to none.
    """

    reason: EventReason
    workload: WorkloadKey
    uid: str
    message: str
    subject: str
    rollout: RolloutRecord | None = None

    @property
    def lasting(self) -> bool:
        """Whether it tells of a state, which may be told again while it lasts, and not of something that happened."""
        return self.rollout is None and self.reason is not EventReason.MANUAL_CHECK_DONE

    @property
    def identity(self) -> str:
        """The same for the same fact, also when another process tells it; 16 hexadecimal digits."""
        return hashlib.sha256(f"{self.uid}\0{self.reason}\0{self.subject}".encode()).hexdigest()[:16]
