"""The use case that notifies receivers of what lasts: updates that wait, configuration errors, registry errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.reporting.outbox import Outbox
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.images.origin import ImageOrigin
from watch_cluster.domain.rollout.event import Event
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.workload.workload import Container, WorkloadKey


@dataclass(frozen=True, slots=True)
class NotifyFact:
    """Sends each fact once in the life of a process, and again when it comes back after it was over.

    Where it stands is not on record: a process that starts sends what still holds once more.
    """

    outbox: Outbox
    clock: Clock
    states: WorkloadStates

    def __call__(
        self,
        event: Event,
        notification_type: NotificationType,
        containers: tuple[Container, ...],
        origins: Mapping[str, ImageOrigin] | None = None,
    ) -> None:
        """Send the fact that the event tells, unless it was the last one of its type."""
        if not self.outbox.wants(notification_type):
            return
        notified = self.states.of(event.workload).notified
        if notified.get(notification_type) == event.identity:
            return
        notified[notification_type] = event.identity
        now = self.clock.now()
        self.outbox.put(Notification.of_event(event, notification_type, containers, now, origins))

    def resolve(self, key: WorkloadKey, *notification_types: NotificationType) -> None:
        """These facts are over."""
        state = self.states.find(key)
        if state is not None:
            for each in notification_types:
                state.notified.pop(each, None)
