"""`watch-cluster cron`: what a schedule says and when it fires next, before a workload waits for it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from watch_cluster.application.ports.clock import Scheduler
from watch_cluster.domain.schedule import Schedule, describe
from watch_cluster.domain.schedule.timezone import InvalidTimezone, parse_timezone

_MOST: Final = 1000
_NUMBER: Final = re.compile("[0-9]{1,4}")
_YEARS: Final = range(1970, 3000)
"""Those in which schedules fire."""
_Read = TypeVar("_Read")


class InvalidQuestion(ValueError):  # noqa: N818 - the name says what is wrong, as in the domain
    """The question cannot be answered as it is written. The message has one line for each fault."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which fire times are asked for: so many, at most, strictly after the moment `since`."""

    schedule: Schedule
    zone: ZoneInfo
    since: datetime
    count: int

    @classmethod
    def read(cls, expression: str, timezone: str, since: str | None, count: str, now: datetime) -> Question:
        """Read what was written; `since` without an offset is a time of the zone, and `now` when there is none.

        Raises InvalidQuestion with every fault at once.
        """
        faults: list[str] = []

        def read(parse: Callable[[str], _Read], text: str) -> _Read | None:
            try:
                return parse(text)
            except ValueError as error:
                faults.append(str(error))
                return None

        schedule = read(Schedule.parse, expression)
        zone = read(_parse_timezone, timezone)
        moment = now if since is None else read(_parse_time, since)
        number = read(_parse_count, count)
        if schedule is None or zone is None or moment is None or number is None:
            raise InvalidQuestion("\n".join(faults))
        return cls(schedule, zone, moment if moment.tzinfo else moment.replace(tzinfo=zone), number)


@dataclass(frozen=True, slots=True)
class Answer:
    """The schedule in words, and its fire times in the zone. `ends` is whether there are none after them."""

    words: str
    zone: str
    next: tuple[datetime, ...]
    ends: bool


def answer(question: Question, scheduler: Scheduler) -> Answer:
    """Find the fire times that are asked for, or as many as there are."""
    times = tuple(_fire_times(question, scheduler))
    return Answer(describe(question.schedule), str(question.zone), times, len(times) < question.count)


def print_json(told: Answer) -> None:
    """Print the answer for programs."""
    said = {"next": [at.isoformat() for at in told.next], "words": told.words, "timezone": told.zone}
    print(json.dumps(said, indent=2))  # noqa: T201 - the command's output


def print_table(told: Answer) -> None:
    """Print the answer for people: the words first, then a line for each time, with its day of the week."""
    lines = [f"{told.words} ({told.zone})", *(f"{at:%a}  {at.isoformat()}" for at in told.next)]
    if told.ends:
        lines.append("There are no more.")
    print("\n".join(lines))  # noqa: T201 - the command's output


def _fire_times(question: Question, scheduler: Scheduler) -> Iterator[datetime]:
    at: datetime | None = question.since
    for _ in range(question.count):
        at = at and scheduler.next_after(question.schedule, question.zone, at)
        if at is None:
            return
        yield at.astimezone(question.zone)


def _parse_timezone(text: str) -> ZoneInfo:
    try:
        return parse_timezone(text)
    except InvalidTimezone as error:
        raise ValueError(f"--timezone {text!r} is not known: {error}") from None


def _parse_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--from {text!r} is no time: write ISO 8601, such as 2026-01-01T00:00:00Z") from None
    if moment.year not in _YEARS:
        raise ValueError(f"--from {text!r} is too far away: write a year of {_YEARS[0]}-{_YEARS[-1]}")
    return moment


def _parse_count(text: str) -> int:
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= _MOST:
        raise ValueError(f"--count {text!r} is not allowed: write 1-{_MOST}")
    return int(text)
