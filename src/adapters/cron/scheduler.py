"""Fire times of schedules, with croniter for the time of day.

croniter 7 returns wrong results or none for many Quartz day fields (`LW`, `31W`, numbered weekdays), for years after
2099 and at clock changes. It is correct for lists and ranges of seconds, minutes and hours within a given day. So the
schedule determines the matching days, croniter the times within a day, and this module converts wall-clock time to UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from croniter import croniter

from watch_cluster.domain.schedule import Schedule

_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_ANY_DAY: Final = date(2000, 1, 1)
"""A day of 24 hours; croniter only computes times of day."""

_LOOKAHEAD: Final = timedelta(days=2)
"""Longer than any clock change: UTC offsets are less than a day in either direction (see `tzinfo`)."""


class CronScheduler:
    """Implements the port `Scheduler` with a resolution of one second. Thread-safe."""

    def next_after(self, schedule: Schedule, zone: ZoneInfo, moment: datetime) -> datetime | None:
        """Return the first fire time strictly after the moment, in UTC; None if there is none.

        The search walks through periods of constant UTC offset. In each, the fire times are the wall-clock matches
        from `floor` on. After a clock change, a schedule with `*` or steps continues at the new wall-clock time, and a
        fixed schedule at the old one: it fires for times in a gap and does not repeat times in an overlap.
        """
        at = moment.astimezone(UTC).replace(microsecond=0)
        offset = _offset(zone, at)
        floor = _wall(at, offset) + _SECOND
        if schedule.fixed and (change := _first_change(zone, at - _LOOKAHEAD, at)) is not None:
            floor = max(floor, _wall(change, _offset(zone, change - _SECOND)))
        while True:
            match = _next_match(schedule, floor)
            due = None if match is None else max(at, match.replace(tzinfo=UTC) - offset)
            horizon = at + _LOOKAHEAD if due is None else min(due, at + _LOOKAHEAD)
            if (change := _first_change(zone, at, horizon)) is not None:
                at, before, offset = change, offset, _offset(zone, change)
                floor = _wall(at, before if schedule.fixed else offset)
            elif due is None or due == horizon:
                return due
            else:
                # No clock change before this point can lead to an earlier match.
                at = due - _LOOKAHEAD
                offset = _offset(zone, at)


def _wall(at: datetime, offset: timedelta) -> datetime:
    return at.replace(tzinfo=None) + offset


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None  # noqa: S101 - a ZoneInfo knows the offset of every instant
    return offset


def _first_change(zone: ZoneInfo, start: datetime, end: datetime) -> datetime | None:
    """Return the instant in (start, end] at which the UTC offset of the zone changes, None if it does not.

    The interval must be short enough to contain at most one change.
    """
    before = _offset(zone, start)
    if _offset(zone, end) == before:
        return None
    while end - start > _SECOND:
        middle = start + (end - start) // 2 // _SECOND * _SECOND
        if _offset(zone, middle) == before:
            start = middle
        else:
            end = middle
    return end


def _next_match(schedule: Schedule, floor: datetime) -> datetime | None:
    """Return the first matching wall-clock time on or after `floor`."""
    first, last = (time(schedule.hours[at], schedule.minutes[at], schedule.seconds[at]) for at in (0, -1))
    day = schedule.next_day(floor.date())
    if day == floor.date() and floor.time() > first:
        if floor.time() <= last:
            return datetime.combine(day, _time_of_day(schedule, floor.time()))
        day = schedule.next_day(day + _DAY)
    return None if day is None else datetime.combine(day, first)


def _time_of_day(schedule: Schedule, earliest: time) -> time:
    """Return the first matching time of day on or after `earliest`; there must be one."""
    before = datetime.combine(_ANY_DAY, earliest) - _SECOND
    # A copy, because the iterator has state and the cache is shared between threads.
    return copy(_times_of_day(schedule)).get_next(start_time=before).time()


@lru_cache(maxsize=4096)
def _times_of_day(schedule: Schedule) -> croniter[datetime]:
    fields = ((schedule.minutes, 60), (schedule.hours, 24), (schedule.seconds, 60))
    minutes, hours, seconds = (_format_field(values, size) for values, size in fields)
    return croniter(f"{minutes} {hours} * * * {seconds}", datetime.combine(_ANY_DAY, time.min), datetime)


def _format_field(values: Sequence[int], size: int) -> str:
    """Format the values as numbers and ranges, which croniter parses correctly and faster than long lists."""
    if len(values) == size:
        return "*"
    runs = [[value for _, value in run] for _, run in groupby(enumerate(values), lambda pair: pair[1] - pair[0])]
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
