"""The port that tells the time."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time. Safe for threads."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC. It may jump when somebody sets the clock."""

    def monotonic(self) -> float:
        """Seconds since some moment in the past, on the monotonic clock: only differences are meaningful."""
