"""Fire times of schedules, with croniter for the time of day.

croniter 7 answers wrongly, or not at all, for many day fields of Quartz (`LW`, `31W`, numbered weekdays), for years
from 2100 on, and at changes of the clocks. It is right about lists and ranges of seconds, minutes and hours on a day of
our own choice. So the schedule says which days match, croniter goes from one time of such a day to the next, and this
module brings the wall clock of a zone back to UTC.
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
_SPECIMEN: Final = date(2000, 1, 1)
"""Any day of 24 hours: croniter is asked for a time of day only."""

_REACH: Final = timedelta(days=2)
"""Longer than the wall clock of a zone can jump: an offset from UTC is less than a day either way (see `tzinfo`)."""


class CronScheduler:
    """Fire times to the second. Keeps nothing but caches; safe for threads."""

    def next_after(self, schedule: Schedule, zone: ZoneInfo, moment: datetime) -> datetime | None:
        """Find the first fire time strictly after the moment, in UTC; None when there are no more.

        The time line of the zone is walked in stretches of one UTC offset. In each, the fire times are the matches on
        the wall clock from `floor` on. After a change of the clocks a schedule with `*` or steps goes on at what the
        clock shows now, and a fixed one at what it would have shown: thus it makes up for a gap, and does not repeat
        an overlap.
        """
        at = moment.astimezone(UTC).replace(microsecond=0)
        offset = _offset(zone, at)
        floor = _wall(at, offset) + _SECOND
        if schedule.fixed and (change := _first_change(zone, at - _REACH, at)) is not None:
            floor = max(floor, _wall(change, _offset(zone, change - _SECOND)))
        while True:
            match = _next_match(schedule, floor)
            due = None if match is None else max(at, match.replace(tzinfo=UTC) - offset)
            horizon = at + _REACH if due is None else min(due, at + _REACH)
            if (change := _first_change(zone, at, horizon)) is not None:
                at, before, offset = change, offset, _offset(zone, change)
                floor = _wall(at, before if schedule.fixed else offset)
            elif due is None or due == horizon:
                return due
            else:
                # No change of the clocks in between could bring a match up to here.
                at = due - _REACH
                offset = _offset(zone, at)


def _wall(at: datetime, offset: timedelta) -> datetime:
    return at.replace(tzinfo=None) + offset


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None  # noqa: S101 - a ZoneInfo knows the offset of every instant
    return offset


def _first_change(zone: ZoneInfo, start: datetime, end: datetime) -> datetime | None:
    """Find the instant in (start, end] from which the zone has another UTC offset.

    No zone changes its clocks twice within the few days that are asked for.
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
    """Find the first wall-clock time from `floor` on that the schedule names."""
    first, last = (time(schedule.hours[at], schedule.minutes[at], schedule.seconds[at]) for at in (0, -1))
    day = schedule.next_day(floor.date())
    if day == floor.date() and floor.time() > first:
        if floor.time() <= last:
            return datetime.combine(day, _time_of_day(schedule, floor.time()))
        day = schedule.next_day(day + _DAY)
    return None if day is None else datetime.combine(day, first)


def _time_of_day(schedule: Schedule, earliest: time) -> time:
    """Find the first time of a matching day from `earliest` on, which must not be after the last."""
    before = datetime.combine(_SPECIMEN, earliest) - _SECOND
    # A copy, because asking moves an iterator, and other threads ask too.
    return copy(_times_of_day(schedule)).get_next(start_time=before).time()


@lru_cache(maxsize=4096)
def _times_of_day(schedule: Schedule) -> croniter[datetime]:
    fields = ((schedule.minutes, 60), (schedule.hours, 24), (schedule.seconds, 60))
    minutes, hours, seconds = (_spell(values, size) for values, size in fields)
    return croniter(f"{minutes} {hours} * * * {seconds}", datetime.combine(_SPECIMEN, time.min), datetime)


def _spell(values: Sequence[int], size: int) -> str:
    """Write the values as numbers and plain ranges, which croniter reads rightly, and faster than long lists."""
    if len(values) == size:
        return "*"
    runs = [[value for _, value in run] for _, run in groupby(enumerate(values), lambda pair: pair[1] - pair[0])]
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
