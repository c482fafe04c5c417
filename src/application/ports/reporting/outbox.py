"""The port that delivers notifications to external receivers, which may be unavailable for hours."""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol

from watch_cluster.domain.rollout.notification import Notification, NotificationType


class DeliveryStatus(Enum):
    """The delivery status of a notification in this process."""

    UNKNOWN = auto()
    """It was never queued here, was dropped, or is too long ago."""
    WAITING = auto()
    """It is queued for delivery."""
    SETTLED = auto()
    """It was delivered, or the receiver rejected it permanently."""
    FAILED = auto()
    """All attempts failed; it may be queued again later."""


class Outbox(Protocol):
    """Delivers notifications in the background, those of one workload in order. Thread-safe."""

    def wants(self, notification_type: NotificationType) -> bool:
        """Whether notifications of this type are enabled."""

    def put(self, notification: Notification) -> None:
        """Queue a notification; never blocks.

        A notification that is not enabled is settled at once; one that is queued already is not queued again. When the
        queue is full, the oldest detections are dropped first, then the oldest starts, never an end.
        """

    def status_of(self, notification_id: str) -> DeliveryStatus:
        """Return the delivery status of the notification with that id."""

    def close(self, timeout: float) -> None:
        """Deliver queued notifications for at most `timeout` seconds, then stop."""
