"""Detects that the clock was set."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from watch_cluster.application.ports.clock import Clock

TOLERANCE: Final = timedelta(seconds=30)
"""Smaller differences are normal clock corrections."""


class ClockWatch:
    """Compares the wall clock with the monotonic clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last_offset = self._offset()

    def jump(self) -> timedelta | None:
        """Return by how much the clock was set since the last call, None if it was not."""
        difference = self._offset()
        by = difference - self._last_offset
        if abs(by) < TOLERANCE:
            return None
        self._last_offset = difference
        return by

    def _offset(self) -> timedelta:
        return timedelta(seconds=self._clock.now().timestamp() - self._clock.monotonic())
