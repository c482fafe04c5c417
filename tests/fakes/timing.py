"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock


class FakeClock:
    """A Clock that shows what it was told. Safe for threads."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._lock = Lock()
        self._now = now.astimezone(UTC)
        self._monotonic = 0.0

    def now(self) -> datetime:
        """The moment last set, in UTC."""
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        """Seconds that went by since the clock was made."""
        with self._lock:
            return self._monotonic

    def advance(self, duration: timedelta) -> None:
        """Let time go by. Raises ValueError for a negative duration: set the clock to put it back."""
        if duration < timedelta(0):
            raise ValueError(f"time does not go back by {duration}: use set()")
        with self._lock:
            self._now += duration
            self._monotonic += duration.total_seconds()

    def jump(self, by: timedelta) -> None:
        """Show another time of day, as when somebody sets the clock: no second has gone by."""
        with self._lock:
            self._now += by

    def set(self, moment: datetime) -> None:
        """Show that moment from now on. Seconds go by when it is later; none do when the clock is put back."""
        with self._lock:
            self._monotonic += max(0.0, (moment - self._now).total_seconds())
            self._now = moment.astimezone(UTC)
