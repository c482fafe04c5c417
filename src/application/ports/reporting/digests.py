"""The ports that send digests, and keep until when they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from watch_cluster.domain.rollout.digest import Digest


class DigestNotSent(Exception):  # noqa: N818 - an expected outcome
    """The digest did not arrive; the message is one line without secrets. `transient` is whether a retry can help."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


class DigestLogUnavailable(Exception):  # noqa: N818 - the name says what is wrong
    """The log cannot be read or written now. The message is one line."""


class DigestSender(Protocol):
    """Sends the digests of one channel."""

    def send(self, digest: Digest) -> None:
        """Send one digest, in a limited time. Raises `DigestNotSent`."""


class DigestLog(Protocol):
    """Keeps, by channel, up to when its digests tell everything; it outlives the process and its leadership."""

    def sent(self) -> Mapping[str, datetime]:
        """Return the times, with a time zone, by channel. Raises `DigestLogUnavailable`."""

    def note(self, channel: str, until: datetime) -> None:
        """Keep that time. Raises `DigestLogUnavailable`; it is then unknown whether it is kept."""
