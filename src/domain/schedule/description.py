"""English descriptions of schedules, so that users can verify what they wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watch_cluster.domain.schedule.cron import Schedule
from watch_cluster.domain.schedule.date_description import describe_days, describe_months
from watch_cluster.domain.schedule.fields import HOUR, MINUTE, SECOND, NumberField
from watch_cluster.domain.schedule.phrases import format_numbers, join_words, split_runs, stride

_FIELDS_WITH_YEAR: Final = 7
_MAX_TIMES: Final = 6
_MAX_RANGES: Final = 2
_ON_THE_MINUTE: Final = (0,)


def describe(schedule: Schedule) -> str:
    """Describe in one line when the schedule fires, in wall-clock time.

    Schedules that fire at different times have different descriptions, apart from their behavior at clock changes
    (see `Schedule.fixed`). A range never crosses midnight, because later hours belong to the next day's rules.
    """
    fields = schedule.text.split(" ")
    months = describe_months(schedule.months, fields[-1] if len(fields) == _FIELDS_WITH_YEAR else "*")
    time = _describe_time(tuple(schedule.seconds), tuple(schedule.minutes), tuple(schedule.hours))
    days = describe_days(schedule.days)
    if not days and time.startswith("at ") and len(schedule.hours) < HOUR.size:
        days = "every day"
    description = f"{time} {days}".rstrip()
    if schedule.days.of_month and schedule.days.of_week and months:
        # The months restrict both day fields, not only the last one.
        description += ","
    return f"{description} {months}".rstrip()


def _describe_time(seconds: Sequence[int], minutes: Sequence[int], hours: Sequence[int]) -> str:
    every_hour = len(hours) == HOUR.size
    few_ranges = len(split_runs(hours)) <= _MAX_RANGES
    if len(seconds) == len(minutes) == 1:
        description = _describe_hourly(hours, minutes, seconds[0])
        if description is not None:
            return description
    if len(seconds) == 1 and len(minutes) * len(hours) <= _MAX_TIMES:
        return f"at {join_words([_clock_time(hour, minute, seconds[0]) for hour in hours for minute in minutes])}"
    if (
        seconds == _ON_THE_MINUTE
        and not every_hour
        and few_ranges
        and (interval := _describe_interval(minutes, MINUTE)) is not None
    ):
        return f"{interval} {' and '.join(_time_range(run, minutes, 0) for run in split_runs(hours))}"
    return _describe_fields(seconds, minutes, hours)


def _describe_hourly(hours: Sequence[int], minutes: Sequence[int], second: int) -> str | None:
    """Describe hours in which the schedule fires once, None if they have no interval."""
    if second == minutes[0] == 0 and (interval := _describe_interval(hours, HOUR)) is not None:
        return interval
    step = stride(hours)
    if step is not None and step > 1:
        return f"every {step} hours {_time_range(hours, minutes, second)}"
    runs = split_runs(hours)
    if len(hours) < HOUR.size and len(runs) <= _MAX_RANGES and stride(max(runs, key=len)) is not None:
        return f"every hour {' and '.join(_time_range(run, minutes, second) for run in runs)}"
    return None


def _describe_fields(seconds: Sequence[int], minutes: Sequence[int], hours: Sequence[int]) -> str:
    fields = [(seconds, SECOND), (minutes, MINUTE), (hours, HOUR)]
    if seconds == _ON_THE_MINUTE:
        del fields[0]
    interval = _describe_interval(*fields[0])
    phrases = [interval or f"at {_describe_values(*fields[0])}"]
    for values, field in fields[1:]:
        if len(values) < field.size:
            phrases.append(_describe_values(values, field))
        elif phrases[-1] not in {interval, f"every {MINUTE.name}"}:
            phrases.append(f"every {field.name}")
    return " of ".join(phrases)


def _describe_interval(values: Sequence[int], field: NumberField) -> str | None:
    """Describe an interval that divides the field evenly; None for others, such as every 7 minutes."""
    step = field.size // len(values)
    if len(values) == 1 or list(values) != list(range(0, field.size, step)):
        return None
    return f"every {field.name}" if step == 1 else f"every {step} {field.name}s"


def _describe_values(values: Sequence[int], field: NumberField) -> str:
    parts = format_numbers(values, field.name)
    if parts[0].startswith("every "):
        return parts[0]
    return f"{field.name}{'s' if len(values) > 1 else ''} {join_words(parts)}"


def _time_range(hours: Sequence[int], minutes: Sequence[int], second: int) -> str:
    first, last = _clock_time(hours[0], minutes[0], second), _clock_time(hours[-1], minutes[-1], second)
    return f"at {first}" if first == last else f"from {first} to {last}"


def _clock_time(hour: int, minute: int, second: int) -> str:
    return f"{hour}:{minute:02}" + (f":{second:02}" if second else "")
