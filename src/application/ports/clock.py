"""The port for the current time."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """A clock. Thread-safe."""

    def now(self) -> datetime:
        """Return the current time in UTC, with its time zone. It jumps when the clock is set."""

    def monotonic(self) -> float:
        """Return the seconds of the monotonic clock; only differences are meaningful."""
