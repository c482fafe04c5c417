"""A naive cron implementation that shares no code with the one under test.

Every wall-clock minute of the calendar is looked at, whether the zone shows it once, twice or never.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
HALF_AN_HOUR = timedelta(minutes=30)
"""Current clock changes happen at full and half hours of UTC."""


@dataclass(frozen=True, slots=True)
class Period:
    """A period of constant UTC offset; `begin` and `end` (exclusive) are naive UTC times."""

    begin: datetime
    end: datetime
    offset: timedelta


def periods(zone: ZoneInfo, first: date, last: date) -> list[Period]:
    """Return the periods of the zone, with a margin of two days on both sides."""
    at = datetime(first.year, first.month, first.day) - timedelta(days=2)  # noqa: DTZ001 - UTC, without saying so
    stop = datetime(last.year, last.month, last.day) + timedelta(days=3)  # noqa: DTZ001 - the same
    found: list[Period] = []
    while at < stop:
        offset = at.replace(tzinfo=UTC).astimezone(zone).utcoffset()
        assert offset is not None
        begin = found.pop().begin if found and found[-1].offset == offset else at
        at += HALF_AN_HOUR
        found.append(Period(begin, at, offset))
    return found


@cache
def numbers(text: str, low: int, high: int, names: tuple[str, ...] = (), first_name: int = 0) -> frozenset[int]:
    """Return the values of a field by walking from start to end of each element, wrapping if necessary."""

    def number(word: str) -> int:
        return names.index(word.upper()) + first_name if word.upper() in names else int(word)

    found = set()
    for element in text.split(","):
        span, _, step = element.partition("/")
        start, _, end = span.partition("-")
        value = low if start == "*" else number(start)
        last = high if start == "*" or (step and not end) else number(end or start)
        count = 0
        while True:
            if count % int(step or 1) == 0:
                found.add(value)
            if value == last:
                break
            value, count = (low if value == high else value + 1), count + 1
    return frozenset(found)


@cache
def nearest_weekday(day: int, when: date) -> int:
    """Return the weekday in the month of `when` that is nearest to the day."""
    length = monthrange(when.year, when.month)[1]
    weekdays = [each for each in range(1, length + 1) if when.replace(day=each).weekday() < 5]
    return min(weekdays, key=lambda each: abs(each - day)) if 1 <= day <= length else 0


def quartz_day_of_month(text: str, when: date) -> bool:
    length = monthrange(when.year, when.month)[1]
    for element in text.upper().split(","):
        plain = element.removesuffix("W")
        if plain.startswith("L"):
            day = length - int(plain.partition("-")[2] or 0)
        elif plain != element:
            day = int(plain)
        elif when.day in numbers(element, 1, 31):
            return True
        else:
            continue
        if when.day == (nearest_weekday(day, when) if plain != element else day):
            return True
    return False


def quartz_day_of_week(text: str, when: date) -> bool:
    length, weekday = monthrange(when.year, when.month)[1], when.isoweekday() % 7 + 1
    text = "SAT" if text.upper() == "L" else text.upper()
    name, _, nth = text.partition("#")
    if nth:
        return weekday in numbers(name, 1, 7, WEEKDAYS, 1) and (when.day + 6) // 7 == int(nth)
    if text.endswith("L"):
        return weekday in numbers(text[:-1], 1, 7, WEEKDAYS, 1) and when.day + 7 > length
    return weekday in numbers(text, 1, 7, WEEKDAYS, 1)


def day_matches(fields: list[str], when: date) -> bool:
    *_, of_month, month, of_week = fields[:6]
    if when.month not in numbers(month, 1, 12, MONTHS, 1):
        return False
    if len(fields) == 7 and when.year not in numbers(fields[6], 1970, 2999):
        return False
    if len(fields) > 5:
        return (of_month in {"*", "?"} or quartz_day_of_month(of_month, when)) and (
            of_week in {"*", "?"} or quartz_day_of_week(of_week, when)
        )
    both = [
        when.day in numbers(of_month, 1, 31),
        bool({when.isoweekday() % 7, when.isoweekday()} & numbers(of_week, 0, 7, WEEKDAYS, 0)),
    ]
    return all(both) if of_month[0] == "*" or of_week[0] == "*" else any(both)


def fire_times(expression: str, zone: list[Period], first: date, last: date) -> Iterator[datetime]:
    """Yield the fire times of the wall-clock days `first` to `last` as naive UTC times, some of them twice."""
    fields = expression.split()
    seconds, minute, hour = (["0"] if len(fields) == 5 else []) + fields[: 2 if len(fields) == 5 else 3]
    fixed = not {"*", "/"} & {*minute, *hour}
    second_values = sorted(numbers(seconds, 0, 59))
    minutes, hours = numbers(minute, 0, 59), numbers(hour, 0, 23)
    times = [(each // 60, each % 60) for each in range(24 * 60) if each // 60 in hours and each % 60 in minutes]
    day = first
    while day <= last:
        if day_matches(fields, day):
            for time in times:
                wall = datetime(day.year, day.month, day.day, *time)  # noqa: DTZ001 - a wall-clock time, in any zone
                for at, exact in _instants(wall, zone, fixed=fixed):
                    yield from (at + timedelta(seconds=each) for each in (second_values if exact else [0]))
        day += timedelta(days=1)


def _instants(wall: datetime, zone: list[Period], *, fixed: bool) -> list[tuple[datetime, bool]]:
    """Return when the wall clock shows the minute; False marks the end of a gap instead."""
    shown = [(wall - each.offset, True) for each in zone if each.begin <= wall - each.offset < each.end]
    if not fixed:
        return shown
    if shown:
        return shown[:1]
    return [(next(each.begin for each in zone if wall < each.begin + each.offset), False)]
