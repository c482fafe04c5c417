"""A log of digests for a single process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


class MemoryDigestLog:
    """Implements the port `DigestLog`; the times are forgotten when the object is."""

    def __init__(self) -> None:
        self._times: dict[str, datetime] = {}

    def sent(self) -> Mapping[str, datetime]:
        """Return the times."""
        return dict(self._times)

    def note(self, channel: str, until: datetime) -> None:
        """Keep the time."""
        self._times[channel] = until
