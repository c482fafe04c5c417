"""Leadership without leader election."""

from __future__ import annotations

from datetime import datetime


class SoleLeadership:
    """Implements the port `Leadership` for a single process: it leads from `start` to `close`."""

    def __init__(self, tick: datetime | None = None) -> None:
        self.tick = tick
        """The last finished tick, which survives `close`."""
        self._initial_tick: datetime | None = None
        self._leading = False

    def leads(self) -> bool:
        """Whether it is started and not closed."""
        return self._leading

    def finished_tick(self) -> datetime | None:
        """Return the last finished tick at the time of `start`."""
        return self._initial_tick

    def finish_tick(self, moment: datetime) -> None:
        """Record the tick."""
        self.tick = moment

    def start(self) -> None:
        """Start leading."""
        self._initial_tick = self.tick
        self._leading = True

    def close(self) -> None:
        """Stop leading."""
        self._leading = False
