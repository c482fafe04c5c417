"""The dates of a schedule in plain English: days, months and years."""

from __future__ import annotations

from calendar import day_name, month_name
from collections.abc import Sequence
from typing import Final

from watch_cluster.domain.schedule.days import Anchor, DayRule, DaysOfMonth, DaysOfWeek
from watch_cluster.domain.schedule.fields import MONTH, YEAR
from watch_cluster.domain.schedule.phrases import listed, names, numbers, ordinal, spans

_WEEK: Final = 7
_LONGEST_MONTH: Final = 31
_NTH: Final = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}


def days_in_words(rule: DayRule) -> str:
    """Say on which days of a month, such as `on the 1st and the 15th of the month`; nothing when on all."""
    of_month = None if rule.of_month is None else f"on {_days_of_month(rule.of_month)} of the month"
    of_week = None if rule.of_week is None else f"on {_days_of_week(rule.of_week)}"
    if of_month and of_week and rule.either:
        return f"{of_month} or {of_week}"
    # A field that leaves out nothing is worth no words, unless it makes the other one pointless, as above.
    if rule.of_month is None or len(rule.of_month.numbers) == _LONGEST_MONTH:
        of_month = None
    if rule.of_week is None or (len(rule.of_week.weekdays) == _WEEK and rule.of_week.nth is None):
        of_week = None
    return ", but only ".join(phrase for phrase in (of_month, of_week) if phrase)


def months_in_words(months: Sequence[int], year: str) -> str:
    """Say in which months and years, the latter by their field as it is written; nothing when in all."""
    years = _years(year)
    if len(months) == MONTH.size:
        return years and f"in {years}"
    # From November to February would be of two years.
    said = spans(months, _month) if years else names(months, MONTH.size, _month)
    return f"in {listed(said)}{years and f' of {years}'}"


def _years(text: str) -> str:
    """Each element of a list is said by itself: together, their values could fill a page."""
    elements = [sorted(YEAR.read(element)) for element in text.split(",")]
    if len(set().union(*elements)) == YEAR.size:
        return ""
    return listed([part for values in elements for part in numbers(values, YEAR.name)])


def _month(number: int) -> str:
    return month_name[(number - 1) % MONTH.size + 1]


def _weekday(number: int) -> str:
    return day_name[number % _WEEK]


def _days_of_month(days: DaysOfMonth) -> str:
    said = numbers(sorted(days.numbers), "day", lambda day: f"the {ordinal(day)}")
    # From the first day of the month to its last, which those that count from the end are nearer to.
    anchors = sorted(set(days.anchors), key=lambda anchor: (anchor.day < 1, anchor.day, anchor.nearest_weekday))
    return listed([*said, *(_anchor(anchor) for anchor in anchors)])


def _anchor(anchor: Anchor) -> str:
    if anchor.nearest_weekday and anchor.day in {0, 1}:
        return "the first weekday" if anchor.day else "the last weekday"
    if anchor.day > 0:
        day = f"the {ordinal(anchor.day)}"
    elif anchor.day == 0:
        day = "the last day"
    else:
        day = f"the {'' if anchor.day == -1 else f'{ordinal(-anchor.day)} '}day before the last day"
    return f"the weekday nearest to {day}" if anchor.nearest_weekday else day


def _days_of_week(days: DaysOfWeek) -> str:
    said = listed(names(sorted(days.weekdays), _WEEK, _weekday))
    return said if days.nth is None else f"the {_NTH[days.nth]} {said} of the month"
