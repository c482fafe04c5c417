"""`watch-cluster cron`: describes a schedule and its next fire times, to verify it before use."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.domain.schedule import Schedule, describe
from watch_cluster.domain.schedule.timezone import InvalidTimezone, parse_timezone

_MAX_COUNT: Final = 1000
_NUMBER: Final = re.compile("[0-9]{1,4}")
_YEARS: Final = range(1970, 3000)
"""The years in which schedules fire."""
_T = TypeVar("_T")


class InvalidQuery(ValueError):  # noqa: N818 - the name says what is wrong, as in the domain
    """The arguments are invalid. The message has one line per error."""


@dataclass(frozen=True, slots=True)
class FireTimesQuery:
    """A query for up to `count` fire times strictly after `since`."""

    schedule: Schedule
    zone: ZoneInfo
    since: datetime
    count: int

    @classmethod
    def parse(cls, expression: str, timezone: str, since: str | None, count: str, now: datetime) -> FireTimesQuery:
        """Parse the arguments. `since` without an offset is in the time zone; it defaults to `now`.

        Raises `InvalidQuery` with all errors at once.
        """
        errors: list[str] = []

        def collect_error(parse: Callable[[str], _T], text: str) -> _T | None:
            try:
                return parse(text)
            except ValueError as error:
                errors.append(str(error))
                return None

        schedule = collect_error(Schedule.parse, expression)
        zone = collect_error(_parse_timezone, timezone)
        start = now if since is None else collect_error(_parse_time, since)
        number = collect_error(_parse_count, count)
        if schedule is None or zone is None or start is None or number is None:
            raise InvalidQuery("\n".join(errors))
        return cls(schedule, zone, start if start.tzinfo else start.replace(tzinfo=zone), number)


@dataclass(frozen=True, slots=True)
class SchedulePreview:
    """A schedule's description and next fire times in its time zone. `ends` is whether it never fires after them."""

    description: str
    zone: str
    fire_times: tuple[datetime, ...]
    ends: bool


def preview(query: FireTimesQuery, scheduler: Scheduler) -> SchedulePreview:
    """Return the description and up to `query.count` fire times."""
    times = tuple(_fire_times(query, scheduler))
    return SchedulePreview(describe(query.schedule), str(query.zone), times, len(times) < query.count)


def print_json(schedule: SchedulePreview) -> None:
    """Print the preview as JSON."""
    document = {
        "next": [moment.isoformat() for moment in schedule.fire_times],
        "words": schedule.description,
        "timezone": schedule.zone,
    }
    print(json.dumps(document, indent=2))  # noqa: T201 - the command's output


def print_table(schedule: SchedulePreview) -> None:
    """Print the description and one line with the weekday per fire time."""
    times = (f"{moment:%a}  {moment.isoformat()}" for moment in schedule.fire_times)
    lines = [f"{schedule.description} ({schedule.zone})", *times]
    if schedule.ends:
        lines.append("It does not fire again.")
    print("\n".join(lines))  # noqa: T201 - the command's output


def _fire_times(query: FireTimesQuery, scheduler: Scheduler) -> Iterator[datetime]:
    moment: datetime | None = query.since
    for _ in range(query.count):
        moment = moment and scheduler.next_after(query.schedule, query.zone, moment)
        if moment is None:
            return
        yield moment.astimezone(query.zone)


def _parse_timezone(text: str) -> ZoneInfo:
    try:
        return parse_timezone(text)
    except InvalidTimezone as error:
        raise ValueError(f"--timezone {text!r} is not known: {error}") from None


def _parse_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--from {text!r} is not a time: write ISO 8601, such as 2026-01-01T00:00:00Z") from None
    if moment.year not in _YEARS:
        raise ValueError(f"--from {text!r} is too far away: write a year of {_YEARS[0]}-{_YEARS[-1]}")
    return moment


def _parse_count(text: str) -> int:
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= _MAX_COUNT:
        raise ValueError(f"--count {text!r} is not allowed: write 1-{_MAX_COUNT}")
    return int(text)
