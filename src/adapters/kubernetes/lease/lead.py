"""The lead as every thread of this process may ask for it, ended by nothing but the monotonic clock."""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from typing import Final

from watch_cluster.application.ports.clock import Clock

_NEVER: Final = float("-inf")


class Lead:
    """Whether this process leads, and how far its work has come. Safe for threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._closed = False
        self._until = _NEVER
        self._found: datetime | None = None
        self._tick: datetime | None = None

    def held(self) -> bool:
        """Whether this process leads now."""
        return self.left() > 0

    def left(self) -> float:
        """Count the seconds until the lead ends by itself; zero or less without a lead."""
        with self._lock:
            return self._left()

    def extend(self, until: float, found: datetime | None) -> bool:
        """Lead until that moment of the monotonic clock; whether that is another lead than the one before.

        It is when the old one had ended: whoever asked since then was told so, and will ask for the tick anew. Then
        `found` is the tick on record.
        """
        with self._lock:
            another = not self._closed and self._left() <= 0
            if another:
                self._found = found
            self._until = until
            return another

    def end(self) -> None:
        """Lead no longer."""
        with self._lock:
            self._until = _NEVER

    def close(self) -> None:
        """Lead no longer, and never again."""
        with self._lock:
            self._closed = True

    def found_tick(self) -> datetime | None:
        """Tell the tick that was on record when the lead was taken."""
        with self._lock:
            return self._found

    def note_tick(self, moment: datetime) -> None:
        """Keep the tick for the next write. Who does not lead has nothing to finish: it is dropped."""
        with self._lock:
            if self._left() > 0:
                self._tick = moment

    def noted_tick(self) -> datetime | None:
        """Tell the tick that is to be written, None when none was finished."""
        with self._lock:
            return self._tick

    def forget_tick(self) -> None:
        """Drop the tick of a lead after which another process led."""
        with self._lock:
            self._tick = None

    def _left(self) -> float:
        return _NEVER if self._closed else self._until - self._clock.monotonic()
