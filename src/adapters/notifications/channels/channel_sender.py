"""Sends notifications as messages to one channel."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.adapters.notifications.channels.message import DEFAULT_TEMPLATE, Message, message_of
from watch_cluster.adapters.notifications.sender import SendResult
from watch_cluster.domain.rollout.notification import Notification


class Transport(Protocol):
    """Brings messages to people. Thread-safe."""

    def deliver(self, message: Message) -> SendResult:
        """Send one message, in a limited time. Never raises."""

    def close(self) -> None:
        """Close all connections."""


class ChannelSender:
    """Implements `Sender` for a channel, which the log knows by its name."""

    def __init__(self, name: str, transport: Transport, template: str = DEFAULT_TEMPLATE) -> None:
        self._name = name
        self._transport = transport
        self._template = template

    @property
    def receiver(self) -> str:
        """The name of the channel."""
        return self._name

    def send(self, notification: Notification) -> SendResult:
        """Send one notification."""
        return self._transport.deliver(message_of(notification, self._template))

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()
