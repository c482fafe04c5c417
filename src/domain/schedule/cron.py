"""Cron schedules in wall-clock time, independent of a time zone."""

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

from watch_cluster.domain.schedule.days import DayRule, parse_quartz_days, parse_unix_days
from watch_cluster.domain.schedule.errors import InvalidField, InvalidSchedule
from watch_cluster.domain.schedule.fields import FIRST_YEAR, HOUR, LAST_YEAR, MINUTE, MONTH, SECOND, YEAR

_MAX_LENGTH: Final = 256
_BLANK: Final = re.compile(r"[ \t\n]+")
_EVERY_YEAR: Final = range(FIRST_YEAR, LAST_YEAR + 1)
_UNIX_FIELDS: Final = 5
_QUARTZ_FIELDS: Final = (6, 7)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A valid cron expression. Schedules are equal if their texts are equal.

    Five fields are Unix syntax (crontab(5)): minute, hour, day of month, month, day of week. Six or seven fields are
    Quartz 2.5.2 syntax: second first, optional year last. Ranges and steps mean the same in both. No schedule fires
    outside the years 1970-2999.
    """

    text: str
    seconds: Sequence[int] = field(compare=False, repr=False)
    minutes: Sequence[int] = field(compare=False, repr=False)
    hours: Sequence[int] = field(compare=False, repr=False)
    months: Sequence[int] = field(compare=False, repr=False)
    years: Sequence[int] = field(compare=False, repr=False)
    days: DayRule = field(compare=False, repr=False)
    fixed: bool = field(compare=False, repr=False)
    """Whether hour and minute contain neither `*` nor steps: a clock change neither skips nor repeats such times."""

    @classmethod
    def parse(cls, expression: str) -> Schedule:
        """Parse an expression. Raises `InvalidSchedule`, also for dates that never occur, such as 30 February."""
        if len(expression) > _MAX_LENGTH:
            raise InvalidSchedule(
                f"cron {expression[:40] + '…'!r} is {len(expression)} characters long: write at most {_MAX_LENGTH}"
            )
        return _parse(" ".join(part for part in _BLANK.split(expression) if part))

    def __str__(self) -> str:
        return self.text

    def next_day(self, start: date) -> date | None:
        """Return the first matching day on or after `start`, None if there is none."""
        for year in islice(self.years, bisect_left(self.years, start.year), None):
            for month in self.months:
                if (year, month) < (start.year, start.month):
                    continue
                earliest = start.day if (year, month) == (start.year, start.month) else 1
                for day in self.days.days(year, month):
                    if day >= earliest:
                        return date(year, month, day)
        return None


@lru_cache(maxsize=4096)
def _parse(text: str) -> Schedule:
    try:
        return _parse_fields(text)
    except InvalidField as error:
        raise InvalidSchedule(f"cron {text!r}: {error}") from error


def _parse_fields(text: str) -> Schedule:
    fields = text.split(" ") if text else []
    if len(fields) == _UNIX_FIELDS:
        second, year = "0", "*"
        minute, hour, of_month, month, of_week = fields
        days = parse_unix_days(of_month, of_week)
    elif len(fields) in _QUARTZ_FIELDS:
        second, minute, hour, of_month, month, of_week, year = (*fields, "*")[:7]
        days = parse_quartz_days(of_month, of_week)
    else:
        count = f"{len(fields)} field{'' if len(fields) == 1 else 's'}"
        raise InvalidField(f"{count}: write 6 or 7 (Quartz, such as 0 */5 * * * ?) or 5 (Unix, such as */5 * * * *)")
    months = _sorted_tuple(MONTH.parse(month))
    years = _years_with_days(_EVERY_YEAR if year == "*" else _sorted_tuple(YEAR.parse(year)), months, days)
    if not years:
        date_fields = [("day of month", of_month), ("day of week", of_week), ("month", month), ("year", year)]
        restricted = ", ".join(f"{name} {value!r}" for name, value in date_fields if value not in {"*", "?"})
        raise InvalidField(f"there is no such date ({restricted}): write one that occurs in some year")
    return Schedule(
        text=text,
        seconds=_sorted_tuple(SECOND.parse(second)),
        minutes=_sorted_tuple(MINUTE.parse(minute)),
        hours=_sorted_tuple(HOUR.parse(hour)),
        months=months,
        years=years,
        days=days,
        fixed=not any(character in minute + hour for character in "*/"),
    )


def _sorted_tuple(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(values))


def _years_with_days(years: Sequence[int], months: Sequence[int], days: DayRule) -> Sequence[int]:
    """Return the years that have a matching day, so that `next_day` skips the others quickly."""

    def has_days(year: int) -> bool:
        return any(days.days(year, month) for month in months)

    # There are 14 calendars (first weekday and leap year), and 28 consecutive years contain all of them.
    matching = {_calendar_of(year): has_days(year) for year in range(2000, 2028)}
    return years if all(matching.values()) else tuple(year for year in years if matching[_calendar_of(year)])


def _calendar_of(year: int) -> tuple[int, bool]:
    return date(year, 1, 1).weekday(), isleap(year)
