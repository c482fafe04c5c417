"""Routes each notification to the webhook, and to the channels that its workload names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.application.ports.reporting.outbox import DeliveryStatus, Outbox
from watch_cluster.domain.policy.values.channels import ChannelNames, names_of
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.tools.lru import Lru

_MAX_ROUTES: Final = 10_000
_FIRST: Final = (DeliveryStatus.WAITING, DeliveryStatus.UNKNOWN, DeliveryStatus.FAILED)


@dataclass(frozen=True, slots=True)
class _Route:
    """A notification and where it goes."""

    outboxes: tuple[Outbox, ...]


class RoutedOutbox:
    """Implements the port `Outbox` over several of them: a notification is settled when it is everywhere.

    `everything` gets all notifications, a channel those of workloads that name it and may. `default` are the channels
    of workloads and namespaces that name none.
    """

    def __init__(
        self,
        everything: Outbox,
        channels: Mapping[str, Outbox],
        names: ChannelNames,
        reader: WorkloadReader,
        default: str = "",
    ) -> None:
        self._everything = everything
        self._channels = channels
        self._names = names
        self._reader = reader
        self._default = default
        self._routes: Lru[str, _Route] = Lru(_MAX_ROUTES)

    def wants(self, notification_type: NotificationType) -> bool:
        """Whether any of them does."""
        return any(each.wants(notification_type) for each in (self._everything, *self._channels.values()))

    def put(self, notification: Notification) -> None:
        """Queue a notification wherever it is not delivered yet."""
        route = _Route((self._everything, *self._chosen(notification)))
        self._routes.put(notification.id, route)
        for outbox in route.outboxes:
            if outbox.status_of(notification.id) is not DeliveryStatus.SETTLED:
                outbox.put(notification)

    def status_of(self, notification_id: str) -> DeliveryStatus:
        """Return the status of the one that is farthest from being settled."""
        route = self._routes.get(notification_id)
        if route is None:
            return DeliveryStatus.UNKNOWN
        statuses = {outbox.status_of(notification_id) for outbox in route.outboxes}
        return next((status for status in _FIRST if status in statuses), DeliveryStatus.SETTLED)

    def close(self, timeout: float) -> None:
        """Close all of them, one after the other; only the first gets the timeout, since all deliver meanwhile."""
        self._everything.close(timeout)
        for outbox in self._channels.values():
            outbox.close(0.1)

    def _chosen(self, notification: Notification) -> tuple[Outbox, ...]:
        workload = self._reader.find(notification.workload)
        if workload is None:
            return ()
        namespace = notification.workload.namespace
        names = names_of(workload, self._default)
        allowed = (name for name in names if self._names.allows(name, namespace))
        # Channels with a digest are no outboxes.
        return tuple(self._channels[name] for name in allowed if name in self._channels)
