"""Notices that somebody has set the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from watch_cluster.application.ports.clock import Clock

TOLERANCE: Final = timedelta(seconds=30)
"""Less is how clocks are kept right, and no schedule is finer than that matters."""


class ClockWatch:
    """Compares the clock that people read with the one that nobody sets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._difference = self._look()

    def jump(self) -> timedelta | None:
        """By how much the clock was set since the last question, None when it was not."""
        difference = self._look()
        by = difference - self._difference
        if abs(by) < TOLERANCE:
            return None
        self._difference = difference
        return by

    def _look(self) -> timedelta:
        return timedelta(seconds=self._clock.now().timestamp() - self._clock.monotonic())
