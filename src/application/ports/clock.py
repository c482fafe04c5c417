"""The ports through which time comes in: what time it is, and when a schedule fires."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from watch_cluster.domain.schedule import Schedule


class Clock(Protocol):
    """What time it is. Safe for threads."""

    def now(self) -> datetime:
        """Tell the present moment, aware, in UTC. It may jump when somebody sets the clock."""

    def monotonic(self) -> float:
        """Tell the seconds since some moment of the past. It never goes back; only differences mean anything."""


class Scheduler(Protocol):
    """When a schedule fires. Safe for threads."""

    def next_after(self, schedule: Schedule, zone: ZoneInfo, moment: datetime) -> datetime | None:
        """Find the first fire time strictly after the (aware) moment, in UTC; None when there are no more.

        The schedule is read in the wall-clock time of the zone. Where the clocks change, nothing is lost and nothing
        is doubled: a fixed time that is skipped fires once, at the first instant after the gap; one that comes twice
        fires the first time; with `*` or a step in the hour or minute field, each wall-clock time that is really
        shown fires.
        """
