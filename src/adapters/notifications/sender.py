"""What sends single notifications, and what became of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from watch_cluster.domain.rollout.notification import Notification


@dataclass(frozen=True, slots=True)
class SendResult:
    """The result of one attempt: `error` is None on success, `transient` is whether a retry can succeed.

    `retry_after` is the delay that the receiver requests, in seconds.
    """

    error: str | None = None
    transient: bool = False
    retry_after: float = 0


class Sender(Protocol):
    """Sends notifications to one receiver. Thread-safe."""

    @property
    def receiver(self) -> str:
        """The name of the receiver in the log, without secrets."""

    def send(self, notification: Notification) -> SendResult:
        """Send one notification, in a limited time."""

    def close(self) -> None:
        """Close all connections; requests in progress fail."""
