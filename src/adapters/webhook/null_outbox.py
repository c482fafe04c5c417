"""The outbox of whoever named no receiver."""

from __future__ import annotations

from watch_cluster.application.ports.outbox import DeliveryStatus
from watch_cluster.domain.rollout.notification import Notification, NotificationType


class NoOutbox:
    """Implements the port `Outbox`: nobody wants anything."""

    def wants(self, notification_type: NotificationType) -> bool:  # noqa: ARG002 - nobody wants any
        """Want nothing."""
        return False

    def put(self, notification: Notification) -> None:
        """Drop it."""

    def status_of(self, announcement_id: str) -> DeliveryStatus:  # noqa: ARG002 - the same for all
        """Nothing is left to do."""
        return DeliveryStatus.SETTLED

    def close(self, patience: float) -> None:
        """Nothing waits."""
