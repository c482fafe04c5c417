"""The null object for installations without a webhook receiver."""

from __future__ import annotations

from watch_cluster.application.ports.reporting.outbox import DeliveryStatus
from watch_cluster.domain.rollout.notification import Notification, NotificationType


class NullOutbox:
    """Implements the port `Outbox`: accepts no notification type."""

    def wants(self, notification_type: NotificationType) -> bool:  # noqa: ARG002 - the same for all
        """Return False."""
        return False

    def put(self, notification: Notification) -> None:
        """Discard the notification."""

    def status_of(self, notification_id: str) -> DeliveryStatus:  # noqa: ARG002 - the same for all
        """Return SETTLED: there is nothing to deliver."""
        return DeliveryStatus.SETTLED

    def close(self, timeout: float) -> None:
        """Do nothing."""
