"""English descriptions of the dates of a schedule: days, months and years."""

from __future__ import annotations

from calendar import day_name, month_name
from collections.abc import Sequence
from typing import Final

from watch_cluster.domain.schedule.days import Anchor, DayRule, DaysOfMonth, DaysOfWeek
from watch_cluster.domain.schedule.fields import MONTH, YEAR
from watch_cluster.domain.schedule.phrases import format_cyclic, format_numbers, format_ranges, join_words, ordinal

_WEEK: Final = 7
_LONGEST_MONTH: Final = 31
_NTH: Final = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}


def describe_days(rule: DayRule) -> str:
    """Describe the days of a month, such as `on the 1st and the 15th of the month`; empty if the rule matches all."""
    of_month = None if rule.of_month is None else f"on {_describe_days_of_month(rule.of_month)} of the month"
    of_week = None if rule.of_week is None else f"on {_describe_days_of_week(rule.of_week)}"
    if of_month and of_week and rule.either:
        return f"{of_month} or {of_week}"
    # A field that matches every day is not described, unless it makes the other one redundant, as above.
    if rule.of_month is None or len(rule.of_month.numbers) == _LONGEST_MONTH:
        of_month = None
    if rule.of_week is None or (len(rule.of_week.weekdays) == _WEEK and rule.of_week.nth is None):
        of_week = None
    return ", but only ".join(phrase for phrase in (of_month, of_week) if phrase)


def describe_months(months: Sequence[int], year: str) -> str:
    """Describe months and years; empty if all match. `year` is the text of the year field."""
    years = _describe_years(year)
    if len(months) == MONTH.size:
        return years and f"in {years}"
    # A range from November to February would span two years.
    parts = format_ranges(months, _month) if years else format_cyclic(months, MONTH.size, _month)
    return f"in {join_words(parts)}{years and f' of {years}'}"


def _describe_years(text: str) -> str:
    """Describe each element of the list separately: their combined values could fill a page."""
    elements = [sorted(YEAR.parse(element)) for element in text.split(",")]
    if len(set().union(*elements)) == YEAR.size:
        return ""
    return join_words([part for values in elements for part in format_numbers(values, YEAR.name)])


def _month(number: int) -> str:
    return month_name[(number - 1) % MONTH.size + 1]


def _weekday(number: int) -> str:
    return day_name[number % _WEEK]


def _describe_days_of_month(days: DaysOfMonth) -> str:
    parts = format_numbers(sorted(days.numbers), "day", lambda day: f"the {ordinal(day)}")
    # Days counted from the end of the month come last.
    anchors = sorted(set(days.anchors), key=lambda anchor: (anchor.day < 1, anchor.day, anchor.nearest_weekday))
    return join_words([*parts, *(_describe_anchor(anchor) for anchor in anchors)])


def _describe_anchor(anchor: Anchor) -> str:
    if anchor.nearest_weekday and anchor.day in {0, 1}:
        return "the first weekday" if anchor.day else "the last weekday"
    if anchor.day > 0:
        day = f"the {ordinal(anchor.day)}"
    elif anchor.day == 0:
        day = "the last day"
    else:
        day = f"the {'' if anchor.day == -1 else f'{ordinal(-anchor.day)} '}day before the last day"
    return f"the weekday nearest to {day}" if anchor.nearest_weekday else day


def _describe_days_of_week(days: DaysOfWeek) -> str:
    weekdays = join_words(format_cyclic(sorted(days.weekdays), _WEEK, _weekday))
    return weekdays if days.nth is None else f"the {_NTH[days.nth]} {weekdays} of the month"
