"""An outbox that records deliveries."""

from __future__ import annotations

from watch_cluster.application.ports.reporting.outbox import DeliveryStatus
from watch_cluster.domain.rollout.notification import Notification, NotificationType


class RecordingOutbox:
    """Implements the port `Outbox`: accepts every type and delivers at once while `open`."""

    def __init__(self) -> None:
        self.delivered: list[Notification] = []
        self.open = True
        """Whether the receiver is available; while it is not, every delivery fails."""
        self._statuses: dict[str, DeliveryStatus] = {}

    def wants(self, notification_type: NotificationType) -> bool:  # noqa: ARG002 - every type is enabled
        """Return True."""
        return True

    def put(self, notification: Notification) -> None:
        """Deliver the notification, or fail while the receiver is unavailable."""
        if self.open:
            self.delivered.append(notification)
        self._statuses[notification.id] = DeliveryStatus.SETTLED if self.open else DeliveryStatus.FAILED

    def settle(self, notification: Notification) -> None:
        """Count the notification as settled."""
        self._statuses[notification.id] = DeliveryStatus.SETTLED

    def status_of(self, notification_id: str) -> DeliveryStatus:
        """Return the delivery status."""
        return self._statuses.get(notification_id, DeliveryStatus.UNKNOWN)

    def forget(self) -> None:
        """Forget all delivery statuses, as a restarted process does."""
        self._statuses.clear()

    def close(self, timeout: float) -> None:
        """Do nothing: nothing is queued."""
