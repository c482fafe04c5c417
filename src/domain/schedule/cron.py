"""The schedule of a workload: when its image is to be checked, in the wall-clock time of a zone it does not know."""

from __future__ import annotations

import re
from bisect import bisect_left
from calendar import isleap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Final

from watch_cluster.domain.schedule.days import DayRule, read_quartz_days, read_unix_days
from watch_cluster.domain.schedule.errors import InvalidField, InvalidSchedule
from watch_cluster.domain.schedule.fields import FIRST_YEAR, HOUR, LAST_YEAR, MINUTE, MONTH, SECOND, YEAR

_LONGEST: Final = 256
_BLANK: Final = re.compile(r"[ \t\n]+")
_EVERY_YEAR: Final = range(FIRST_YEAR, LAST_YEAR + 1)
_UNIX_FIELDS: Final = 5
_QUARTZ_FIELDS: Final = (6, 7)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A valid cron expression. Two are equal when the same was written.

    Five fields are Unix (crontab(5)): minute, hour, day of month, month, day of week. Six or seven are Quartz (2.5.2):
    second first, optional year last. Ranges and steps read alike in both. No schedule fires outside 1970-2999.
    """

    text: str
    seconds: Sequence[int] = field(compare=False, repr=False)
    minutes: Sequence[int] = field(compare=False, repr=False)
    hours: Sequence[int] = field(compare=False, repr=False)
    months: Sequence[int] = field(compare=False, repr=False)
    years: Sequence[int] = field(compare=False, repr=False)
    days: DayRule = field(compare=False, repr=False)
    fixed: bool = field(compare=False, repr=False)
    """Whether hour and minute are told without `*` and steps: such times neither vanish nor double with the clocks."""

    @classmethod
    def parse(cls, expression: str) -> Schedule:
        """Read an expression. Raises InvalidSchedule, also for dates that no calendar has, such as 30 February."""
        if len(expression) > _LONGEST:
            raise InvalidSchedule(
                f"cron {expression[:40] + '…'!r} is {len(expression)} characters long: write at most {_LONGEST}"
            )
        return _parse(" ".join(part for part in _BLANK.split(expression) if part))

    def __str__(self) -> str:
        return self.text

    def matches_day(self, day: date) -> bool:
        """Whether the schedule fires on that day."""
        return day.year in self.years and day.month in self.months and day.day in self.days.days(day.year, day.month)

    def next_day(self, start: date) -> date | None:
        """Find the first matching day from `start` on, `start` included; None when there is none."""
        for year in islice(self.years, bisect_left(self.years, start.year), None):
            for month in self.months:
                if (year, month) < (start.year, start.month):
                    continue
                earliest = start.day if (year, month) == (start.year, start.month) else 1
                for day in self.days.days(year, month):
                    if day >= earliest:
                        return date(year, month, day)
        return None


def _ordered(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(values))


@lru_cache(maxsize=4096)
def _parse(text: str) -> Schedule:
    try:
        return _read(text)
    except InvalidField as error:
        raise InvalidSchedule(f"cron {text!r}: {error}") from error


def _read(text: str) -> Schedule:
    fields = text.split(" ") if text else []
    if len(fields) == _UNIX_FIELDS:
        second, year = "0", "*"
        minute, hour, of_month, month, of_week = fields
        days = read_unix_days(of_month, of_week)
    elif len(fields) in _QUARTZ_FIELDS:
        second, minute, hour, of_month, month, of_week, year = (*fields, "*")[:7]
        days = read_quartz_days(of_month, of_week)
    else:
        count = f"{len(fields)} field{'' if len(fields) == 1 else 's'}"
        raise InvalidField(f"{count}: write 6 or 7 (Quartz, such as 0 */5 * * * ?) or 5 (Unix, such as */5 * * * *)")
    months = _ordered(MONTH.read(month))
    years = _years_with_days(_EVERY_YEAR if year == "*" else _ordered(YEAR.read(year)), months, days)
    if not years:
        named = [("day of month", of_month), ("day of week", of_week), ("month", month), ("year", year)]
        said = ", ".join(f"{name} {value!r}" for name, value in named if value not in {"*", "?"})
        raise InvalidField(f"there is no such date ({said}): write one that some year has")
    return Schedule(
        text=text,
        seconds=_ordered(SECOND.read(second)),
        minutes=_ordered(MINUTE.read(minute)),
        hours=_ordered(HOUR.read(hour)),
        months=months,
        years=years,
        days=days,
        fixed=not any(sign in minute + hour for sign in "*/"),
    )


def _years_with_days(years: Sequence[int], months: Sequence[int], days: DayRule) -> Sequence[int]:
    """Leave out the years without a matching day, so that the search for a rare one looks at no month in vain."""

    def has_days(year: int) -> bool:
        return any(days.days(year, month) for month in months)

    # Years of one kind have the same calendar, and 28 years in a row are of all 14 kinds.
    known = {_kind(year): has_days(year) for year in range(2000, 2028)}
    return years if all(known.values()) else tuple(year for year in years if known[_kind(year)])


def _kind(year: int) -> tuple[int, bool]:
    return date(year, 1, 1).weekday(), isleap(year)
