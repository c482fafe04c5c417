"""The port that lets one of several replicas act, and remembers how far it came."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Leadership(Protocol):
    """At most one holder acts at a time; the holder's last finished tick outlives it.

    The lead is not a fence: a request that was sent may still take effect after the lead was lost. What must not
    happen twice carries its own test.
    """

    def leads(self) -> bool:
        """Whether this process may act now. False well before another process may."""

    def finished_tick(self) -> datetime | None:
        """The last finished tick that was on record when the lead was taken, None when there was none."""

    def finish_tick(self, moment: datetime) -> None:
        """Note that everything due up to that moment was handled; it goes on record before long."""

    def start(self) -> None:
        """Begin to seek the lead."""

    def close(self) -> None:
        """Give the lead back, with the last finished tick, so that another process need not wait."""
