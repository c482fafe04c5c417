"""The two day fields of a cron expression and the days of a month that they match."""

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
    """A day counted from the first (1, 2, …) or from the last (0, -1, …) of a month, or the weekday nearest to it."""

    day: int
    nearest_weekday: bool

    def resolve(self, first_weekday: int, length: int) -> int:
        """Return the day of the month; below 1 or above `length` if the month has no such day."""
        day = self.day if self.day > 0 else length + self.day
        # Quartz skips a month that is too short, including for 31W.
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
    """Days by number, and days that depend on the month."""

    numbers: frozenset[int]
    anchors: tuple[Anchor, ...] = ()

    def resolve(self, first_weekday: int, length: int) -> frozenset[int]:
        """Return the matching days of a month, possibly with days below 1 or above `length`."""
        return self.numbers.union(anchor.resolve(first_weekday, length) for anchor in self.anchors)


@dataclass(frozen=True, slots=True)
class DaysOfWeek:
    """Weekdays (Monday is 0), or only the `nth` one in the month (-1 for the last)."""

    weekdays: frozenset[int]
    nth: int | None = None

    def resolve(self, first_weekday: int, length: int) -> frozenset[int]:
        """Return the matching days of a month."""
        days: set[int] = set()
        for weekday in self.weekdays:
            occurrences = range((weekday - first_weekday) % _WEEK + 1, length + 1, _WEEK)
            if self.nth is None:
                days.update(occurrences)
            elif self.nth <= len(occurrences):
                days.add(occurrences[self.nth - 1 if self.nth > 0 else _LAST])
        return frozenset(days)


@dataclass(frozen=True, slots=True)
class DayRule:
    """Which days of a month match. None is an unrestricted field; `either` says that one matching field suffices."""

    of_month: DaysOfMonth | None
    of_week: DaysOfWeek | None
    either: bool = False

    def days(self, year: int, month: int) -> tuple[int, ...]:
        """Return the matching days of the month in ascending order."""
        first_weekday, length = monthrange(year, month)
        matches = [rule.resolve(first_weekday, length) for rule in (self.of_month, self.of_week) if rule is not None]
        if not matches:
            return tuple(range(1, length + 1))
        days = matches[0].union(*matches) if self.either else matches[0].intersection(*matches)
        return tuple(sorted(day for day in days if 1 <= day <= length))


def parse_unix_days(of_month: str, of_week: str) -> DayRule:
    """Parse the day fields of a Unix expression. Raises `InvalidField`.

    If both fields are restricted, that is, do not start with `*`, one matching field suffices; otherwise both must
    match. Source: crontab(5), and `entry.c` of Vixie cron and cronie, which tests the first character where the
    manuals say "contain".
    """
    days = UNIX_DAY_OF_MONTH.parse(of_month)
    weekdays = frozenset((number - 1) % _WEEK for number in UNIX_DAY_OF_WEEK.parse(of_week))
    return DayRule(
        None if of_month == "*" else DaysOfMonth(days),
        None if of_week == "*" else DaysOfWeek(weekdays),
        either=not of_month.startswith("*") and not of_week.startswith("*"),
    )


def parse_quartz_days(of_month: str, of_week: str) -> DayRule:
    """Parse the day fields of a Quartz expression. Raises `InvalidField`.

    At most one field restricts the days: Quartz does not support two. `*` beside a restricted field means `?`.
    """
    if of_month == of_week == "?":
        raise InvalidField("day of month and day of week are both '?': write * or days in one of them")
    unrestricted = ("*", "?")
    if of_month not in unrestricted and of_week not in unrestricted:
        raise InvalidField(f"day of month {of_month!r} and day of week {of_week!r} are both restricted: write ? in one")
    return DayRule(
        None if of_month in unrestricted else _parse_quartz_days_of_month(of_month),
        None if of_week in unrestricted else _parse_quartz_days_of_week(of_week),
    )


def _parse_quartz_days_of_month(text: str) -> DaysOfMonth:
    anchors: list[Anchor] = []
    number_elements: list[str] = []
    for element in dict.fromkeys(text.split(",")):
        match = _ANCHOR.fullmatch(element)
        if match is None:
            number_elements.append(element)
        elif match["day"] is not None:
            anchors.append(Anchor(QUARTZ_DAY_OF_MONTH.parse_number(match["day"], text), nearest_weekday=True))
        else:
            back = int(match["back"] or 0)
            if back > _FURTHEST_BACK:
                raise InvalidField(f"day of month {text!r} counts too far back: use L-1 to L-{_FURTHEST_BACK}")
            anchors.append(Anchor(-back, nearest_weekday=match["weekday"] is not None))
    try:
        numbers = QUARTZ_DAY_OF_MONTH.parse(",".join(number_elements)) if number_elements else frozenset[int]()
    except InvalidField as error:
        raise QUARTZ_DAY_OF_MONTH.error(text) from error
    return DaysOfMonth(numbers, tuple(anchors))


def _parse_quartz_days_of_week(text: str) -> DaysOfWeek:
    if text.upper() == "L":
        return DaysOfWeek(frozenset({_SATURDAY}))
    match = _NTH.fullmatch(text)
    if match is None:
        return DaysOfWeek(frozenset((number - 2) % _WEEK for number in QUARTZ_DAY_OF_WEEK.parse(text)))
    weekday = (QUARTZ_DAY_OF_WEEK.parse_number(match["day"], text) - 2) % _WEEK
    nth = _LAST if match["nth"] is None else int(match["nth"])
    if nth not in (_LAST, 1, 2, 3, 4, 5):
        raise InvalidField(f"day of week {text!r} has no such week: use #1 to #5, or L for the last")
    return DaysOfWeek(frozenset({weekday}), nth)
