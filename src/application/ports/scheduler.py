"""The port that computes when a schedule fires."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from watch_cluster.domain.schedule import Schedule


class Scheduler(Protocol):
    """Computes fire times. Thread-safe."""

    def next_after(self, schedule: Schedule, zone: ZoneInfo, moment: datetime) -> datetime | None:
        """Return the first fire time strictly after the moment (with a time zone), in UTC; None if there is none.

        The schedule is read in the wall-clock time of the zone. Where the clocks change, no fire time is lost or
        doubled: a fixed time that is skipped fires once, at the first instant after the gap; one that occurs twice
        fires the first time; with `*` or a step in the hour or minute field, every wall-clock time that occurs fires.
        """
