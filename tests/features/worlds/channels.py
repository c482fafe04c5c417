"""The channels of a scenario: the file that the operator writes, and what arrives in each."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import yaml
from dependency_injector import providers

from tests.fakes.outbox import RecordingOutbox
from watch_cluster.adapters.notifications.channels.specs import DEFAULT_TYPES
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.reporting.outbox import Outbox
from watch_cluster.application.reconcile.route_notifications import RoutedOutbox
from watch_cluster.application.reconcile.send_digests import DigestChannel
from watch_cluster.domain.rollout.digest import Digest
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.schedule import Schedule
from watch_cluster.entrypoints.container.container import Container
from watch_cluster.entrypoints.settings.settings import Settings

MORNING: Final = "0 0 9 * * ?"


class RecordingDigests:
    """Implements the port `DigestSender`: every digest arrives."""

    def __init__(self) -> None:
        self.arrived: list[Digest] = []

    def send(self, digest: Digest) -> None:
        """Keep the digest."""
        self.arrived.append(digest)


class ChannelOutbox(RecordingOutbox):
    """An outbox that accepts the types that channels get by default."""

    def wants(self, notification_type: NotificationType) -> bool:
        """Return whether the type is one of them."""
        return notification_type in DEFAULT_TYPES

    def put(self, notification: Notification) -> None:
        """Deliver the notification if its type is wanted."""
        if self.wants(notification.type):
            super().put(notification)
        else:
            self.settle(notification)


class Channels:
    """Channels that the operator makes before the controller starts."""

    def __init__(self) -> None:
        self._written: dict[str, dict[str, object]] = {}
        self.at_once: dict[str, ChannelOutbox] = {}
        self.digests: dict[str, RecordingDigests] = {}

    def __bool__(self) -> bool:
        return bool(self._written)

    def make(self, name: str, namespaces: tuple[str, ...] = (), *, every_morning: bool = False) -> None:
        """Make a channel."""
        settings: dict[str, object] = {"slack": "https://hooks.example/", "namespaces": list(namespaces)}
        self._written[name] = settings | ({"digest": MORNING} if every_morning else {})
        self.at_once[name] = ChannelOutbox()
        if every_morning:
            self.digests[name] = RecordingDigests()

    def file(self, folder: Path) -> Path | None:
        """Write the file with the channels; None if there are none."""
        if not self._written:
            return None
        path = folder / "channels.yaml"
        path.write_text(yaml.safe_dump({"channels": self._written}))
        return path

    def connect(self, container: Container, webhook: RecordingOutbox) -> None:
        """Have what the controller sends arrive here."""
        if not self._written:
            return
        for outbox in self.at_once.values():
            outbox.forget()
        container.outbox.override(
            providers.Singleton(self._routed, webhook, container.settings, container.orchestrator)
        )
        zone, types = ZoneInfo("UTC"), frozenset(NotificationType)
        made = (
            DigestChannel(name, Schedule.parse(MORNING), zone, types, sender) for name, sender in self.digests.items()
        )
        container.digest_channels.override(providers.Object(tuple(made)))

    def _routed(self, webhook: RecordingOutbox, settings: Settings, orchestrator: Orchestrator) -> RoutedOutbox:
        outboxes: dict[str, Outbox] = {name: each for name, each in self.at_once.items() if name not in self.digests}
        return RoutedOutbox(webhook, outboxes, settings.channel_names, orchestrator.reader)
