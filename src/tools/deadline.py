"""A point in time by which something must end."""

from __future__ import annotations

from collections.abc import Callable


class Deadline:
    """A point on the monotonic clock, `seconds` after its creation."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self.seconds = seconds
        self.monotonic = monotonic
        self._end = monotonic() + seconds

    def remaining(self) -> float:
        """Return the remaining seconds; zero or less after the deadline."""
        return self._end - self.monotonic()
