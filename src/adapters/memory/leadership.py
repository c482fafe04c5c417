"""Leadership of a process that has no rival."""

from __future__ import annotations

from datetime import datetime


class SoleLeadership:
    """Implements the port `Leadership`: leads from `start` to `close`, and remembers ticks beyond."""

    def __init__(self, tick: datetime | None = None) -> None:
        self.tick = tick
        """The last finished tick, as an earlier process would have left it."""
        self._found: datetime | None = None
        self._leading = False

    def leads(self) -> bool:
        """Whether it was started and not closed since."""
        return self._leading

    def finished_tick(self) -> datetime | None:
        """Tell the last finished tick at the time of `start`."""
        return self._found

    def finish_tick(self, moment: datetime) -> None:
        """Remember the tick."""
        self.tick = moment

    def start(self) -> None:
        """Lead."""
        self._found = self.tick
        self._leading = True

    def close(self) -> None:
        """Lead no longer."""
        self._leading = False
