"""The port for leader election among several replicas of Watch-Cluster."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Leadership(Protocol):
    """At most one process leads at a time, and its last finished tick outlives it.

    Leadership is no fence: a request may still take effect after leadership was lost. A change that must not be made
    twice therefore tests what it was decided for.
    """

    def leads(self) -> bool:
        """Whether this process may act now. False well before another process may."""

    def finished_tick(self) -> datetime | None:
        """Return the last finished tick on record when this process started leading; None if there was none."""

    def finish_tick(self, moment: datetime) -> None:
        """Record, with the next renewal, that everything due up to that time was handled."""

    def start(self) -> None:
        """Start leader election."""

    def close(self) -> None:
        """Release leadership with the last finished tick, so that another process need not wait."""
