"""The two day fields of a cron expression, and the days of a month that they name together."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from typing import Final

from watch_cluster.domain.schedule.errors import InvalidField
from watch_cluster.domain.schedule.fields import (
    QUARTZ_DAY_OF_MONTH,
    QUARTZ_DAY_OF_WEEK,
    UNIX_DAY_OF_MONTH,
    UNIX_DAY_OF_WEEK,
)

_ANCHOR: Final = re.compile(r"(?:L(?:-(?P<back>\d+))?|(?P<day>\d+)(?=W))(?P<weekday>W)?", re.ASCII | re.IGNORECASE)
_NTH: Final = re.compile(r"(?P<day>\w+)(?:#(?P<nth>\d+)|L)", re.ASCII | re.IGNORECASE)
_FURTHEST_BACK: Final = 30
_LAST: Final = -1
_WEEK: Final = 7
_SATURDAY, _SUNDAY = 5, 6


@dataclass(frozen=True, slots=True)
class Anchor:
    """A day counted from the first (1, 2, …) or from the last (0, -1, …), or the weekday of the month nearest to it."""

    day: int
    nearest_weekday: bool

    def of(self, first_weekday: int, length: int) -> int:
        """Return the day of the month; below 1 or above `length` when the month has none."""
        day = self.day if self.day > 0 else length + self.day
        # Quartz skips a month that is too short, also for 31W.
        if not self.nearest_weekday or not 1 <= day <= length:
            return day
        weekday = (first_weekday + day - 1) % _WEEK
        if weekday == _SATURDAY:
            return day - 1 if day > 1 else day + 2
        if weekday == _SUNDAY:
            return day + 1 if day < length else day - 2
        return day


@dataclass(frozen=True, slots=True)
class DaysOfMonth:
    """Days by their number, and those that move with the month."""

    numbers: frozenset[int]
    anchors: tuple[Anchor, ...] = ()

    def of(self, first_weekday: int, length: int) -> frozenset[int]:
        """Return the days of a month; those below 1 or above `length` it does not have."""
        return self.numbers.union(anchor.of(first_weekday, length) for anchor in self.anchors)


@dataclass(frozen=True, slots=True)
class DaysOfWeek:
    """Weekdays (Monday is 0): each of them, or of one only the `nth` in the month, -1 for its last."""

    weekdays: frozenset[int]
    nth: int | None = None

    def of(self, first_weekday: int, length: int) -> frozenset[int]:
        """Return the days of a month."""
        days: set[int] = set()
        for weekday in self.weekdays:
            every = range((weekday - first_weekday) % _WEEK + 1, length + 1, _WEEK)
            if self.nth is None:
                days.update(every)
            elif self.nth <= len(every):
                days.add(every[self.nth - 1 if self.nth > 0 else _LAST])
        return frozenset(days)


@dataclass(frozen=True, slots=True)
class DayRule:
    """Which days of a month match. A field that is None does not restrict them; of two, both must match, or either."""

    of_month: DaysOfMonth | None
    of_week: DaysOfWeek | None
    either: bool = False

    def days(self, year: int, month: int) -> tuple[int, ...]:
        """List the matching days of that month, in order."""
        first_weekday, length = monthrange(year, month)
        named = [rule.of(first_weekday, length) for rule in (self.of_month, self.of_week) if rule is not None]
        if not named:
            return tuple(range(1, length + 1))
        days = named[0].union(*named) if self.either else named[0].intersection(*named)
        return tuple(sorted(day for day in days if 1 <= day <= length))


def read_unix_days(of_month: str, of_week: str) -> DayRule:
    """Read the day fields of a Unix expression. Raises InvalidField.

    Either field may match when both are restricted, that is, do not begin with `*`; else both must. Source: crontab(5),
    and `entry.c` of Vixie cron and cronie, which looks at the first sign where their manuals say "contain".
    """
    days = UNIX_DAY_OF_MONTH.read(of_month)
    weekdays = frozenset((number - 1) % _WEEK for number in UNIX_DAY_OF_WEEK.read(of_week))
    return DayRule(
        None if of_month == "*" else DaysOfMonth(days),
        None if of_week == "*" else DaysOfWeek(weekdays),
        either=not of_month.startswith("*") and not of_week.startswith("*"),
    )


def read_quartz_days(of_month: str, of_week: str) -> DayRule:
    """Read the day fields of a Quartz expression. Raises InvalidField.

    At most one of them restricts the days: Quartz has no rule for two. `*` beside a restricted field means `?`.
    """
    if of_month == of_week == "?":
        raise InvalidField("day of month and day of week are both '?': write * or days in one of them")
    open_fields = ("*", "?")
    if of_month not in open_fields and of_week not in open_fields:
        raise InvalidField(f"day of month {of_month!r} and day of week {of_week!r} are both restricted: write ? in one")
    return DayRule(
        None if of_month in open_fields else _quartz_days_of_month(of_month),
        None if of_week in open_fields else _quartz_days_of_week(of_week),
    )


def _quartz_days_of_month(text: str) -> DaysOfMonth:
    anchors: list[Anchor] = []
    plain: list[str] = []
    for element in dict.fromkeys(text.split(",")):
        match = _ANCHOR.fullmatch(element)
        if match is None:
            plain.append(element)
        elif match["day"] is not None:
            anchors.append(Anchor(QUARTZ_DAY_OF_MONTH.number(match["day"], text), nearest_weekday=True))
        else:
            back = int(match["back"] or 0)
            if back > _FURTHEST_BACK:
                raise InvalidField(f"day of month {text!r} counts too far back: use L-1 to L-{_FURTHEST_BACK}")
            anchors.append(Anchor(-back, nearest_weekday=match["weekday"] is not None))
    try:
        numbers = QUARTZ_DAY_OF_MONTH.read(",".join(plain)) if plain else frozenset[int]()
    except InvalidField as error:
        raise QUARTZ_DAY_OF_MONTH.fault(text) from error
    return DaysOfMonth(numbers, tuple(anchors))


def _quartz_days_of_week(text: str) -> DaysOfWeek:
    if text.upper() == "L":
        return DaysOfWeek(frozenset({_SATURDAY}))
    match = _NTH.fullmatch(text)
    if match is None:
        return DaysOfWeek(frozenset((number - 2) % _WEEK for number in QUARTZ_DAY_OF_WEEK.read(text)))
    weekday = (QUARTZ_DAY_OF_WEEK.number(match["day"], text) - 2) % _WEEK
    nth = _LAST if match["nth"] is None else int(match["nth"])
    if nth not in (_LAST, 1, 2, 3, 4, 5):
        raise InvalidField(f"day of week {text!r} has no such week: use #1 to #5, or L for the last")
    return DaysOfWeek(frozenset({weekday}), nth)
