"""The numbers of a tag, because a year, a date and an id are no successors of version 22, whatever their size."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Final

MOST_NUMBERS: Final = 4
"""More are no version."""
LONGEST_NUMBER: Final = 6
"""A number with more digits is a date or an id."""
_IDS: Final = 10**LONGEST_NUMBER
_YEARS: Final = 1000
"""A first number from here on is a year or an id, and never comes after one below."""
_AFTER_YEARS: Final = 10_000
_MOMENT: Final = "moment"
_DAY: Final = re.compile(r"(?P<year>20\d\d)(?P<month>\d\d)(?P<day>\d\d)(?:\d{4}(?:\d\d)?)?", re.ASCII)
"""No image is older; an id that looks like a day of the year 9123 would be the newest for ever."""


def read_numbers(written: str) -> tuple[tuple[int, ...], str] | None:
    """Read the numbers, and tell their shape: how they are written (see `Family`).

    None for a date that there is not, and for one long number that is no date.
    """
    separator = "-" if "-" in written else "."
    if separator == "-" and written[-1] in "Zz":
        day, _, time = written[:-1].upper().partition("T")
        if not is_day((day + time).replace("-", "")):
            return None
        return (*map(int, day.split("-")), int(time.replace("-", ""))), _MOMENT
    numbers = tuple(map(int, written.split(separator)))
    if separator == "-" and not is_day("{:04d}{:02d}{:02d}".format(*numbers)):
        return None
    if len(numbers) == 1:
        shape = _shape_of_one(written, numbers[0])
        return None if shape is None else (numbers, shape)
    return numbers, shape_of_several(numbers, separator)


def shape_of_several(numbers: tuple[int, ...], separator: str) -> str:
    """Tell the shape of 2 numbers or more."""
    if max(numbers) < _YEARS:
        return _shared_text(len(numbers), "numbers", "", separator)
    era = "from a year" if numbers[0] >= _YEARS else "numbers"
    # `1.2.20240115` is a build of some day, and does not come after `1.2.3`.
    more = ", a date or an id among them," if max(numbers[1:]) >= _IDS else ""
    return _shared_text(len(numbers), era, more, separator)


@lru_cache(maxsize=64)
def _shared_text(count: int, era: str, more: str, separator: str) -> str:
    """Write a shape; of shapes there are few, and all tags share their texts."""
    return f"{count} {era}{more} with {separator}"


def is_written_as_date(shape: str) -> bool:
    """Whether numbers of this shape are a day or a moment, such as `2024-01-30`."""
    return shape == _MOMENT or shape.endswith(" with -")


def _shape_of_one(written: str, number: int) -> str | None:
    if len(written) > LONGEST_NUMBER:
        return f"date of {len(written)} digits" if is_day(written) else None
    if number >= _AFTER_YEARS:
        # `2024`, `202401` and `240115` are dates of different kinds, and `104233` is none.
        return f"1 of {len(written)} digits"
    return "1 from a year" if number >= _YEARS else "1 numbers"


def is_day(written: str) -> bool:
    """Whether the digits are a day of this century, with the time of the day or without: 8, 12 or 14 of them."""
    match = _DAY.fullmatch(written)
    if match is None:
        return False
    try:
        date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return False
    return True
