"""Sends digests as messages to one channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from watch_cluster.adapters.notifications.channels.channel_sender import Transport
from watch_cluster.adapters.notifications.channels.message import MAX_CHARACTERS, Message
from watch_cluster.application.ports.reporting.digests import DigestNotSent
from watch_cluster.domain.printable import printable
from watch_cluster.domain.rollout.digest import Digest, DigestEntry
from watch_cluster.domain.rollout.notification import NotificationType

LONG: Final = 100_000
"""How many characters the text of a digest may have where messages may be long."""
SHORT: Final = MAX_CHARACTERS - 200
_LONGEST_LINE: Final = 300
_GROUPS: Final = {
    "updated": (NotificationType.IMAGE_ROLLOUT_COMPLETED,),
    "failed": (NotificationType.IMAGE_ROLLOUT_FAILED, NotificationType.IMAGE_ROLLED_BACK),
}
_HELD: Final = "held"


@dataclass(frozen=True, slots=True)
class MessageDigestSender:
    """Implements the port `DigestSender`: a message with at most `limit` characters of text, in the channel's zone."""

    transport: Transport
    zone: ZoneInfo
    limit: int = SHORT

    def send(self, digest: Digest) -> None:
        """Send one digest. Raises `DigestNotSent`."""
        result = self.transport.deliver(digest_message(digest, self.zone, self.limit))
        if result.error is not None:
            raise DigestNotSent(result.error, transient=result.transient)


def digest_message(digest: Digest, zone: ZoneInfo, limit: int) -> Message:
    """Say how many were updated, failed and are held, then which, as far as there is room."""
    groups = _groups(digest)
    counts = ", ".join(f"{len(entries)} {name}" for name, entries in groups.items() if entries)
    title = f"{counts} since {_time(digest.since, zone)}"
    lines: list[str] = []
    left = limit
    shown = 0
    for line, is_entry in _lines(groups):
        left -= len(line) + 1
        if left < 0:
            break
        lines.append(line)
        shown += is_entry
    missing = len(digest.entries) - shown + digest.omitted
    if missing:
        lines.append(f"and {missing} more: see `watch-cluster report`")
    return Message(title, "\n".join(lines))


def _groups(digest: Digest) -> dict[str, list[DigestEntry]]:
    """Sort the entries; what fails comes first, since there may be no room for all."""
    groups: dict[str, list[DigestEntry]] = {"failed": [], _HELD: [], "updated": []}
    for entry in digest.entries:
        name = next((name for name, types in _GROUPS.items() if entry.type in types), _HELD)
        groups[name].append(entry)
    return groups


def _lines(groups: dict[str, list[DigestEntry]]) -> Iterator[tuple[str, bool]]:
    for name, entries in groups.items():
        if entries:
            yield f"{name.capitalize()}:", False
        for entry in entries:
            yield printable(f"- {entry.workload}: {' '.join(entry.text.split())}")[:_LONGEST_LINE], True


def _time(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
