"""An outbox that keeps what it was given."""

from __future__ import annotations

from watch_cluster.application.ports.outbox import DeliveryStatus
from watch_cluster.domain.rollout.notification import Notification, NotificationType


class RecordingOutbox:
    """Implements the port `Outbox`: everybody wants everything, and all of it arrives at once while `open`."""

    def __init__(self) -> None:
        self.delivered: list[Notification] = []
        self.open = True
        """Whether the receiver is there; while it is not, every attempt fails."""
        self._fates: dict[str, DeliveryStatus] = {}

    def wants(self, notification_type: NotificationType) -> bool:  # noqa: ARG002 - everything is wanted
        """Want it."""
        return True

    def put(self, notification: Notification) -> None:
        """Deliver it, or fail."""
        if self.open:
            self.delivered.append(notification)
        self._fates[notification.id] = DeliveryStatus.SETTLED if self.open else DeliveryStatus.FAILED

    def status_of(self, announcement_id: str) -> DeliveryStatus:
        """Tell what became of it."""
        return self._fates.get(announcement_id, DeliveryStatus.UNKNOWN)

    def forget(self) -> None:
        """Forget what became of everything, as a process that ends does."""
        self._fates.clear()

    def close(self, patience: float) -> None:
        """Keep nothing waiting: nothing waits."""
