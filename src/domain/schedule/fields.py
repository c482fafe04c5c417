"""Cron fields that are sets of numbers, written as lists, ranges, steps and names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from watch_cluster.domain.schedule.errors import InvalidField

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2999
"""The last year in which schedules fire, which keeps date arithmetic far from the end of the calendar."""

_MONTHS: Final = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_WEEKDAYS: Final = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_FORMS: Final = "lists, ranges, steps"
_ELEMENT: Final = re.compile(r"(?:(?P<all>\*)|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>\d+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class NumberField:
    """The syntax of one field. `size` is the number of values after which the field wraps.

    As in Quartz 2.5.2, ranges wrap (`22-2`), steps continue across the wrap (`25-5/2` is 25, 27, 29, 31, 2, 4), and
    `a/n` runs from `a` to the end of the field.
    """

    name: str
    low: int
    high: int
    size: int
    allowed: str
    names: Mapping[str, int] = field(default_factory=dict)
    wraps: bool = True

    def parse(self, text: str) -> frozenset[int]:
        """Return the values of the field. Raises `InvalidField`."""
        values: set[int] = set()
        # Deduplicating bounds the work that a hostile text can cause.
        for element in dict.fromkeys(text.split(",")):
            values.update(self._parse_element(element, text))
        return frozenset(values)

    def parse_number(self, word: str, text: str) -> int:
        """Return the value of a number or name within the field's text. Raises `InvalidField`."""
        value = self.names.get(word.upper())
        if value is None and word.isdecimal():
            value = int(word)
        if value is None or not self.low <= value <= self.high:
            raise self.error(text)
        return value

    def error(self, text: str) -> InvalidField:
        """Return the error for an invalid text of this field."""
        return InvalidField(f"{self.name} {text!r} is not allowed: use {self.allowed}")

    def _parse_element(self, element: str, text: str) -> set[int]:
        match = _ELEMENT.fullmatch(element)
        if match is None:
            raise self.error(text)
        end = self.low + self.size - 1
        step = 1 if match["step"] is None else int(match["step"])
        if not 1 <= step <= self.high:
            raise InvalidField(f"{self.name} {text!r} has the step {step}: use a step of 1-{self.high}")
        if match["all"]:
            low, high = self.low, end
        else:
            low = self.parse_number(match["low"], text)
            if match["high"] is not None:
                high = self.parse_number(match["high"], text)
            else:
                high = low if match["step"] is None else max(low, end)
        if high < low:
            if not self.wraps:
                raise InvalidField(f"{self.name} {text!r} runs backwards: write the earlier {self.name} first")
            high += self.size
        return {(value - self.low) % self.size + self.low for value in range(low, high + 1, step)}


SECOND: Final = NumberField("second", 0, 59, 60, f"0-59, {_FORMS} or *")
MINUTE: Final = NumberField("minute", 0, 59, 60, f"0-59, {_FORMS} or *")
HOUR: Final = NumberField("hour", 0, 23, 24, f"0-23, {_FORMS} or *")
MONTH: Final = NumberField(
    "month",
    1,
    12,
    12,
    f"1-12 or JAN-DEC, {_FORMS} or *",
    {name: number for number, name in enumerate(_MONTHS, start=1)},
)
YEAR: Final = NumberField(
    "year", FIRST_YEAR, LAST_YEAR, LAST_YEAR - FIRST_YEAR + 1, f"{FIRST_YEAR}-{LAST_YEAR}, {_FORMS} or *", wraps=False
)
UNIX_DAY_OF_MONTH: Final = NumberField("day of month", 1, 31, 31, f"1-31, {_FORMS} or *")
UNIX_DAY_OF_WEEK: Final = NumberField(
    "day of week",
    0,
    7,
    7,
    f"0-7 (0 and 7 are Sunday) or SUN-SAT, {_FORMS} or *",
    {name: number for number, name in enumerate(_WEEKDAYS)},
)
QUARTZ_DAY_OF_MONTH: Final = NumberField("day of month", 1, 31, 31, f"1-31, {_FORMS}, L, L-3, LW, 15W, L-3W, * or ?")
QUARTZ_DAY_OF_WEEK: Final = NumberField(
    "day of week",
    1,
    7,
    7,
    f"1-7 (1 is Sunday) or SUN-SAT, {_FORMS}, or alone L, FRIL, FRI#3, * or ?",
    {name: number for number, name in enumerate(_WEEKDAYS, start=1)},
)
