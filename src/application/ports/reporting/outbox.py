"""The port to a receiver outside that may be slow, or away for hours."""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol

from watch_cluster.domain.rollout.notification import Notification, NotificationType


class DeliveryStatus(Enum):
    """What became of an announcement in this process."""

    UNKNOWN = auto()
    """It was never put here, or was dropped, or so long ago that it was forgotten."""
    WAITING = auto()
    """It is still to be delivered."""
    SETTLED = auto()
    """It was delivered, or the receiver refused it for good: nothing is left to do."""
    FAILED = auto()
    """Every attempt failed; it may be put again later."""


class Outbox(Protocol):
    """Delivers announcements in its own time: those of one workload in their order. Safe for threads."""

    def wants(self, notification_type: NotificationType) -> bool:
        """Whether anybody wants to hear of such occasions."""

    def put(self, notification: Notification) -> None:
        """Take an announcement for delivery, at once and whatever the receiver does.

        One that nobody wants is settled at once. One that waits already is not doubled. When there are too many, the
        oldest detections are dropped first, then the oldest starts, never an end.
        """

    def status_of(self, notification_id: str) -> DeliveryStatus:
        """Tell what became of the announcement of that id."""

    def close(self, patience: float) -> None:
        """Deliver what waits, for that many seconds at most, and no more."""
