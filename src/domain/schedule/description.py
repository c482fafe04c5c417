"""A schedule in plain English, so that whoever writes one sees what it says before it says it at night."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watch_cluster.domain.schedule.cron import Schedule
from watch_cluster.domain.schedule.date_description import days_in_words, months_in_words
from watch_cluster.domain.schedule.fields import HOUR, MINUTE, SECOND, NumberField
from watch_cluster.domain.schedule.phrases import listed, numbers, runs, stride

_FIELDS_WITH_YEAR: Final = 7
_MOST_TIMES: Final = 6
_MOST_SPANS: Final = 2
_ON_THE_MINUTE: Final = (0,)


def describe(schedule: Schedule) -> str:
    """Say in one line when the schedule fires, in the wall-clock time of its zone.

    Schedules that fire at different times are never said alike, save for what they do when the clocks change (see
    `Schedule.fixed`). A range is never said to go over midnight: what comes after it belongs to the next day's rules.
    """
    fields = schedule.text.split(" ")
    months = months_in_words(schedule.months, fields[-1] if len(fields) == _FIELDS_WITH_YEAR else "*")
    time = _time(tuple(schedule.seconds), tuple(schedule.minutes), tuple(schedule.hours))
    days = days_in_words(schedule.days)
    if not days and time.startswith("at ") and len(schedule.hours) < HOUR.size:
        days = "every day"
    said = f"{time} {days}".rstrip()
    if schedule.days.of_month and schedule.days.of_week and months:
        # The months restrict both day fields, not only the one that was said last.
        said += ","
    return f"{said} {months}".rstrip()


def _time(seconds: Sequence[int], minutes: Sequence[int], hours: Sequence[int]) -> str:
    every_hour = len(hours) == HOUR.size
    few_spans = len(runs(hours)) <= _MOST_SPANS
    if len(seconds) == len(minutes) == 1:
        second, minute = seconds[0], minutes[0]
        if second == minute == 0 and (pace := _evenly(hours, HOUR)) is not None:
            return pace
        step = stride(hours)
        if step is not None and step > 1:
            return f"every {step} hours {_span(hours, minutes, second)}"
        if not every_hour and few_spans and stride(max(runs(hours), key=len)) is not None:
            return f"every hour {' and '.join(_span(run, minutes, second) for run in runs(hours))}"
    if len(seconds) == 1 and len(minutes) * len(hours) <= _MOST_TIMES:
        return f"at {listed([_clock(hour, minute, seconds[0]) for hour in hours for minute in minutes])}"
    if seconds == _ON_THE_MINUTE and not every_hour and few_spans and (pace := _evenly(minutes, MINUTE)) is not None:
        return f"{pace} {' and '.join(_span(run, minutes, 0) for run in runs(hours))}"
    return _by_fields(seconds, minutes, hours)


def _by_fields(seconds: Sequence[int], minutes: Sequence[int], hours: Sequence[int]) -> str:
    fields = [(seconds, SECOND), (minutes, MINUTE), (hours, HOUR)]
    if seconds == _ON_THE_MINUTE:
        del fields[0]
    pace = _evenly(*fields[0])
    phrases = [pace or f"at {_named(*fields[0])}"]
    for values, field in fields[1:]:
        if len(values) < field.size:
            phrases.append(_named(values, field))
        elif phrases[-1] not in {pace, f"every {MINUTE.name}"}:
            phrases.append(f"every {field.name}")
    return " of ".join(phrases)


def _evenly(values: Sequence[int], field: NumberField) -> str | None:
    """Say a pace that the whole clock keeps: not every 7 minutes, of which the hour has no whole number."""
    step = field.size // len(values)
    if len(values) == 1 or list(values) != list(range(0, field.size, step)):
        return None
    return f"every {field.name}" if step == 1 else f"every {step} {field.name}s"


def _named(values: Sequence[int], field: NumberField) -> str:
    said = numbers(values, field.name)
    if said[0].startswith("every "):
        return said[0]
    return f"{field.name}{'s' if len(values) > 1 else ''} {listed(said)}"


def _span(hours: Sequence[int], minutes: Sequence[int], second: int) -> str:
    first, last = _clock(hours[0], minutes[0], second), _clock(hours[-1], minutes[-1], second)
    return f"at {first}" if first == last else f"from {first} to {last}"


def _clock(hour: int, minute: int, second: int) -> str:
    return f"{hour}:{minute:02}" + (f":{second:02}" if second else "")
