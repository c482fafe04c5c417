"""Leadership as all threads of this process see it; it ends by the monotonic clock alone."""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from typing import Final

from watch_cluster.application.ports.clock import Clock

_NEVER: Final = float("-inf")


class HeldLeadership:
    """Whether this process leads, and the last tick that it finished. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._closed = False
        self._until = _NEVER
        self._found: datetime | None = None
        self._tick: datetime | None = None

    def held(self) -> bool:
        """Whether this process leads now."""
        return self.remaining() > 0

    def remaining(self) -> float:
        """Seconds until leadership ends by itself; zero or less when this process does not lead."""
        with self._lock:
            return self._remaining()

    def extend(self, until: float, found: datetime | None) -> bool:
        """Lead until that moment of the monotonic clock; returns whether a new term begins with it.

        It does when the old one had ended: callers have seen that, and read the tick again. `found` is the tick on
        record at the begin of the term.
        """
        with self._lock:
            another = not self._closed and self._remaining() <= 0
            if another:
                self._found = found
            self._until = until
            return another

    def end(self) -> None:
        """Stop leading."""
        with self._lock:
            self._until = _NEVER

    def close(self) -> None:
        """Stop leading, for good."""
        with self._lock:
            self._closed = True

    def recorded_tick(self) -> datetime | None:
        """The tick on record when the present term began."""
        with self._lock:
            return self._found

    def finish_tick(self, moment: datetime) -> None:
        """Keep the tick for the next write; dropped while this process does not lead."""
        with self._lock:
            if self._remaining() > 0:
                self._tick = moment

    def pending_tick(self) -> datetime | None:
        """The tick to write next, None when none was finished."""
        with self._lock:
            return self._tick

    def discard_tick(self) -> None:
        """Drop the tick of a term after which another process led."""
        with self._lock:
            self._tick = None

    def _remaining(self) -> float:
        return _NEVER if self._closed else self._until - self._clock.monotonic()
