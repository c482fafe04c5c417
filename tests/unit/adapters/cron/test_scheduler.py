"""Fire times: those of Quartz, but correct at clock changes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import islice, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.domain.schedule import InvalidSchedule, Schedule

ORACLE = Path(__file__).parents[2] / "domain/schedule/data/quartz.tsv"
NEVER = "0 0 0 31 4,6,9,11 ?"
"""Quartz accepts it and never fires; we reject a date that never occurs (test_cron.py)."""

SCHEDULER: Scheduler = CronScheduler()


def fire_times(schedule: Schedule, zone: ZoneInfo, moment: datetime) -> Iterator[datetime]:
    following = SCHEDULER.next_after(schedule, zone, moment)
    while following is not None:
        yield following
        following = SCHEDULER.next_after(schedule, zone, following)


def format_fire_times(expression: str, zone: str, moment: str, count: int) -> str:
    """Format fire times in wall-clock time."""
    times = fire_times(Schedule.parse(expression), ZoneInfo(zone), datetime.fromisoformat(moment))
    return " ".join(at.astimezone(ZoneInfo(zone)).strftime("%d %H:%M%z") for at in islice(times, count))


@pytest.mark.parametrize(
    ("expression", "zone", "start", "answer"),
    [
        pytest.param(*row, id=f"{row[0]!r} in {row[1]} after {row[2]}")
        for row in (line.split("\t") for line in ORACLE.read_text().splitlines()[1:])
        if row[0] != NEVER
    ],
)
def test_fires_like_quartz(expression: str, zone: str, start: str, answer: str) -> None:
    try:
        schedule = Schedule.parse(expression)
    except InvalidSchedule:
        assert answer == "INVALID"
        return
    where = ZoneInfo(zone)
    times = [
        at.astimezone(where).isoformat() for at in islice(fire_times(schedule, where, datetime.fromisoformat(start)), 5)
    ]
    assert " ".join(times if len(times) == 5 else [*times, "END"]) == answer


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("0 */5 * * * ?", "30 16:45 30 16:50 30 16:55 30 17:00", id="every 5 minutes"),
        pytest.param("0 */30 * * * ?", "30 17:00 30 17:30 30 18:00 30 18:30", id="every 30 minutes"),
        pytest.param("0 0 * * * ?", "30 17:00 30 18:00 30 19:00 30 20:00", id="every hour on the hour"),
        pytest.param("0 0 2 * * ?", "31 02:00 01 02:00 02 02:00 03 02:00", id="every day at 2 in the morning"),
        pytest.param("0 0 9-17 * * MON-FRI", "30 17:00 02 09:00 02 10:00 02 11:00", id="weekdays, hourly from 9 to 17"),
        pytest.param("0 0 0 * * MON", "02 00:00 09 00:00 16 00:00 23 00:00", id="every Monday at midnight"),
        pytest.param("0 0 0 1 * ?", "01 00:00 01 00:00 01 00:00 01 00:00", id="the 1st of every month at midnight"),
        pytest.param("0 0 3 * * SUN", "01 03:00 08 03:00 15 03:00 22 03:00", id="Sundays at 3 in the morning"),
    ],
)
def test_examples_of_the_quartz_manual(expression: str, expected: str) -> None:
    # From a Friday afternoon, the last but one day of January.
    assert format_fire_times(expression, "UTC", "2026-01-30T16:42:10Z", 4).replace("+0000", "") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("5 0 * * *", "31 00:05 01 00:05 02 00:05", id="five minutes after midnight"),
        pytest.param("15 14 1 * *", "01 14:15 01 14:15 01 14:15", id="at 14:15 on the first of every month"),
        pytest.param("0 22 * * 1-5", "30 22:00 02 22:00 03 22:00", id="at 22:00 on weekdays"),
        pytest.param("23 0-23/2 * * *", "30 18:23 30 20:23 30 22:23", id="23 minutes after every even hour"),
        pytest.param("5 4 * * sun", "01 04:05 08 04:05 15 04:05", id="at 4:05 on Sundays"),
        pytest.param("30 4 1,15 * 5", "01 04:30 06 04:30 13 04:30", id="on the 1st, the 15th, and every Friday"),
    ],
)
def test_examples_of_crontab(expression: str, expected: str) -> None:
    assert format_fire_times(expression, "UTC", "2026-01-30T16:42:10Z", 3).replace("+0000", "") == expected


NEW_YORK_SPRING = ("America/New_York", "2026-03-07T12:00:00Z")
NEW_YORK_AUTUMN = ("America/New_York", "2026-10-31T12:00:00Z")
BERLIN_SPRING = ("Europe/Berlin", "2026-03-28T12:00:00Z")
BERLIN_AUTUMN = ("Europe/Berlin", "2026-10-24T12:00:00Z")
LORD_HOWE_SPRING = ("Australia/Lord_Howe", "2026-10-03T11:00:00Z")
LORD_HOWE_AUTUMN = ("Australia/Lord_Howe", "2026-04-04T11:00:00Z")


@pytest.mark.parametrize(
    ("where", "expression", "expected"),
    [
        pytest.param(
            NEW_YORK_SPRING, "0 30 2 * * ?", "08 03:00-0400 09 02:30-0400", id="New York, in the gap: right after it"
        ),
        pytest.param(
            NEW_YORK_SPRING, "0 0,15,30 2 * * ?", "08 03:00-0400 09 02:00-0400", id="New York, three in the gap: one"
        ),
        pytest.param(
            NEW_YORK_SPRING, "0 30 2,3 * * ?", "08 03:00-0400 08 03:30-0400 09 02:30-0400", id="New York, in and after"
        ),
        pytest.param(
            NEW_YORK_SPRING, "0 0 2,3 * * ?", "08 03:00-0400 09 02:00-0400", id="New York, the gap's two ends are one"
        ),
        pytest.param(NEW_YORK_SPRING, "*/20 30 2 8 3 ? 2026", "08 03:00-0400", id="New York, seconds in the gap: one"),
        pytest.param(
            NEW_YORK_SPRING, "0 30 1-3 8 3 ?", "08 01:30-0500 08 03:00-0400 08 03:30-0400", id="New York, a range"
        ),
        pytest.param(
            NEW_YORK_SPRING, "0 30 0-3/1 8 3 ?", "08 00:30-0500 08 01:30-0500 08 03:30-0400", id="New York, steps: none"
        ),
        pytest.param(NEW_YORK_AUTUMN, "0 30 1 * * ?", "01 01:30-0400 02 01:30-0500", id="New York, overlap: the first"),
        pytest.param(NEW_YORK_AUTUMN, "0 0 2 * * ?", "01 02:00-0500 02 02:00-0500", id="New York, after the overlap"),
        pytest.param(
            NEW_YORK_AUTUMN,
            "0 0,30 0-2 1 11 ?",
            "01 00:00-0400 01 00:30-0400 01 01:00-0400 01 01:30-0400 01 02:00-0500 01 02:30-0500",
            id="New York, a range: no hour twice",
        ),
        pytest.param(
            NEW_YORK_AUTUMN,
            "0 */30 0-2 1 11 ? 2026",
            "01 00:00-0400 01 00:30-0400 01 01:00-0400 01 01:30-0400 01 01:00-0500 01 01:30-0500 "
            "01 02:00-0500 01 02:30-0500",
            id="New York, steps go on in both hours",
        ),
        pytest.param(
            NEW_YORK_AUTUMN,
            "0 */30 1 1 11 ? 2026",
            "01 01:00-0400 01 01:30-0400 01 01:00-0500 01 01:30-0500",
            id="New York, the last match comes again",
        ),
        pytest.param(BERLIN_SPRING, "30 2 * * *", "29 03:00+0200 30 02:30+0200", id="Berlin, in the gap"),
        pytest.param(
            BERLIN_SPRING,
            "0 0 0/2 29 3 ?",
            "29 00:00+0100 29 04:00+0200 29 06:00+0200",
            id="Berlin, steps over the gap",
        ),
        pytest.param(BERLIN_AUTUMN, "0 30 2 * * ?", "25 02:30+0200 26 02:30+0100", id="Berlin, in the overlap"),
        pytest.param(
            BERLIN_AUTUMN,
            "0 30 * 25 10 ?",
            "25 00:30+0200 25 01:30+0200 25 02:30+0200 25 02:30+0100",
            id="Berlin, hourly",
        ),
        pytest.param(
            LORD_HOWE_SPRING, "0 15 2 * * ?", "04 02:30+1100 05 02:15+1100", id="Lord Howe, in a gap of half an hour"
        ),
        pytest.param(
            LORD_HOWE_SPRING, "0 45 1,2 4 10 ?", "04 01:45+1030 04 02:45+1100", id="Lord Howe, around the short gap"
        ),
        pytest.param(
            LORD_HOWE_AUTUMN, "0 45 1 * * ?", "05 01:45+1100 06 01:45+1030", id="Lord Howe, in a short overlap"
        ),
        pytest.param(
            LORD_HOWE_AUTUMN,
            "0 */15 1 5 4 ?",
            "05 01:00+1100 05 01:15+1100 05 01:30+1100 05 01:45+1100 05 01:30+1030 05 01:45+1030",
            id="Lord Howe, steps in a short overlap",
        ),
        pytest.param(
            ("Asia/Seoul", "2026-03-07T12:00:00Z"),
            "0 30 2 * * ?",
            "08 02:30+0900 09 02:30+0900",
            id="Seoul, no changes",
        ),
        pytest.param(
            ("Africa/Cairo", "2026-04-23T12:00:00Z"),
            "0 0 0 * * ?",
            "24 01:00+0300 25 00:00+0300",
            id="Cairo, no midnight",
        ),
        pytest.param(
            ("Africa/Cairo", "2026-10-29T12:00:00Z"),
            "0 30 23 * * ?",
            "29 23:30+0300 30 23:30+0200",
            id="Cairo, the hour before midnight twice",
        ),
        pytest.param(
            ("America/St_Johns", "2010-11-07T01:00:00Z"),
            "0 0 * * * ?",
            "06 23:00-0230 07 00:00-0230 07 00:00-0330 07 01:00-0330",
            id="St. John's, midnight itself twice",
        ),
        pytest.param(
            ("Pacific/Apia", "2011-12-29T12:00:00Z"), "0 0 12 * * ?", "29 12:00-1000 31 00:00+1400", id="Apia, no 30th"
        ),
    ],
)
def test_clock_changes_skip_and_repeat_no_fire_time(where: tuple[str, str], expression: str, expected: str) -> None:
    assert format_fire_times(expression, *where, expected.count(":")) == expected


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        pytest.param("America/New_York", "2026-11-01T05:29:59.999999Z", "01 01:30-0400", id="just before the first"),
        pytest.param("America/New_York", "2026-11-01T05:30:00Z", "02 01:30-0500", id="at the first"),
        pytest.param(
            "America/New_York", "2026-11-01T06:10:00Z", "02 01:30-0500", id="before the second, which is none"
        ),
    ],
)
def test_a_fixed_time_fires_only_the_first_time_it_occurs(zone: str, moment: str, expected: str) -> None:
    assert format_fire_times("0 30 1 * * ?", zone, moment, 1) == expected


@pytest.mark.parametrize(
    ("expression", "moment", "expected"),
    [
        pytest.param("0 0 0 29 2 ? 2400", "2026-01-01T00:00:00Z", ["2400-02-29T00:00:00+00:00"], id="centuries away"),
        pytest.param("0 0 0 29 2 ?", "2098-01-01T00:00:00Z", ["2104-02-29T00:00:00+00:00"], id="no leap day in 2100"),
        pytest.param("0 0 0 1 1 ? 2020", "2026-01-01T00:00:00Z", [], id="over and done with"),
        pytest.param("59 59 23 31 12 ?", "2999-12-31T23:59:58Z", ["2999-12-31T23:59:59+00:00"], id="the last second"),
        pytest.param("0 0 0 * * ?", "2999-12-31T00:00:00Z", [], id="after the last day"),
        pytest.param("* * * * * ?", "2026-01-01T00:00:00.5Z", ["2026-01-01T00:00:01+00:00"], id="parts of a second"),
        pytest.param(
            "* * * * * ?", "2026-01-01T09:00:00+09:00", ["2026-01-01T00:00:01+00:00"], id="another zone's moment"
        ),
    ],
)
def test_the_next_fire_time_is_in_utc_and_strictly_later(expression: str, moment: str, expected: list[str]) -> None:
    following = SCHEDULER.next_after(Schedule.parse(expression), ZoneInfo("UTC"), datetime.fromisoformat(moment))
    assert [at.isoformat() for at in (following,) if at is not None] == expected[:1]


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hasty_threads")
def test_threads_can_share_a_schedule() -> None:
    schedule, zone = Schedule.parse("*/7 */11 * * * ?"), ZoneInfo("Europe/Berlin")
    moments = [datetime(2026, 3, 28, tzinfo=UTC) + timedelta(minutes=7 * count) for count in range(100)]
    ask = partial(SCHEDULER.next_after, schedule, zone)
    alone = [ask(moment) for moment in moments]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(ask, moments * 10))
    assert together == alone * 10


@dataclass(frozen=True, slots=True)
class Field:
    """A field as it is written, and what it means, format_fire_times without the code under test."""

    text: str
    values: frozenset[int]


def fields(low: int, high: int) -> st.SearchStrategy[Field]:
    every = range(low, high + 1)

    def wrapped(first: int, last: int, step: int) -> Field:
        size = high - low + 1
        values, value = set(), first
        while value <= (last if last >= first else last + size):
            values.add(value if value <= high else value - size)
            value += step
        return Field(f"{first}-{last}/{step}" if step > 1 else f"{first}-{last}", frozenset(values))

    numbers, steps = st.integers(low, high), st.integers(2, high)
    element = st.one_of(
        numbers.map(lambda value: Field(str(value), frozenset({value}))),
        st.builds(wrapped, numbers, numbers, st.integers(1, 7)),
        steps.map(lambda step: Field(f"*/{step}", frozenset(value for value in every if (value - low) % step == 0))),
        st.builds(lambda first, step: Field(f"{first}/{step}", frozenset(every[first - low :: step])), numbers, steps),
        st.just(Field("*", frozenset(every))),
    )
    return st.lists(element, min_size=1, max_size=2).map(
        lambda parts: Field(
            ",".join(part.text for part in parts), frozenset[int]().union(*(part.values for part in parts))
        )
    )


@dataclass(frozen=True, slots=True)
class Example:
    schedule: Schedule
    matches: Callable[[datetime], bool]
    fixed: bool


def _example(second: int, minute: Field, hour: Field, day: Field) -> Example:
    def matches(wall: datetime) -> bool:
        return (
            wall.second == second
            and wall.minute in minute.values
            and wall.hour in hour.values
            and wall.day in day.values
        )

    schedule = Schedule.parse(f"{second} {minute.text} {hour.text} {day.text} * ?")
    return Example(schedule, matches, fixed=not set("*/") & set(minute.text + hour.text))


EVERY_DAY = Field("*", frozenset(range(1, 32)))
EXAMPLES = st.builds(
    _example,
    st.sampled_from([0, 7, 59]),
    fields(0, 59),
    fields(0, 23),
    st.one_of(st.just(EVERY_DAY), fields(1, 31)),
)
UNIX_FIELDS = [fields(0, 59), fields(0, 23), fields(1, 28), fields(0, 6)]
CHANGES = st.sampled_from(
    [
        ("America/New_York", "2026-03-08T07:00:00Z"),
        ("America/New_York", "2026-11-01T06:00:00Z"),
        ("Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-10-25T01:00:00Z"),
        ("Asia/Seoul", "2026-06-01T15:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("Africa/Cairo", "2026-04-23T22:00:00Z"),
        ("Africa/Cairo", "2026-10-29T21:00:00Z"),
        ("America/St_Johns", "2010-11-07T02:31:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ]
)
MINUTE, LEAD, TAIL = timedelta(minutes=1), timedelta(hours=4), timedelta(hours=10)


def fire_times_by_brute_force(example: Example, zone: ZoneInfo, change: datetime) -> list[datetime]:
    """Return all fire times around a clock change by testing each minute."""
    found: list[datetime] = []
    at = change - LEAD
    shown = at.astimezone(zone).replace(tzinfo=None)
    while at < change + TAIL:
        wall = at.astimezone(zone).replace(tzinfo=None)
        if example.fixed:
            while shown < wall:
                found += [at for second in (0, 7, 59) if example.matches(shown.replace(second=second))]
                shown += MINUTE
        if not example.fixed or wall == shown:
            late = (0, 7, 59)
            found += [at + timedelta(seconds=each) for each in late if example.matches(wall.replace(second=each))]
        shown = max(shown, wall + MINUTE)
        at += MINUTE
    return sorted(set(found))


@settings(deadline=None)
@given(EXAMPLES, CHANGES, st.integers(0, 5 * 3600))
def test_finds_exactly_the_fire_times_of_a_brute_force_search(
    example: Example, change: tuple[str, str], seconds: int
) -> None:
    zone, moment = ZoneInfo(change[0]), datetime.fromisoformat(change[1])
    start = moment - timedelta(hours=3) + timedelta(seconds=seconds)
    expected = [at for at in fire_times_by_brute_force(example, zone, moment) if at > start]
    times = takewhile(lambda at: at < moment + TAIL, fire_times(example.schedule, zone, start))
    assert list(islice(times, 30)) == expected[:30]


@settings(deadline=None)
@given(
    EXAMPLES,
    CHANGES,
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - as hypothesis asks
    st.integers(0, 10**6),
)
def test_a_later_moment_never_has_an_earlier_fire_time(
    example: Example, change: tuple[str, str], moment: datetime, more: int
) -> None:
    zone = ZoneInfo(change[0])
    first = SCHEDULER.next_after(example.schedule, zone, moment)
    second = SCHEDULER.next_after(example.schedule, zone, moment + timedelta(seconds=more))
    assert first is not None
    assert second is not None
    assert moment < first <= second
    assert second == first or first <= moment + timedelta(seconds=more)


@settings(deadline=None)
@given(
    st.one_of(
        st.sampled_from(
            ["0 0 0 29 2 ?", "0 0 12 LW * ?", "* * * ? 2 SUN#5", "59 23 13 * 5", "0 0 */30 * 1", "0 0 31 1 *"]
        ),
        st.builds("{} {} {} * {}".format, *(field.map(lambda each: each.text) for field in UNIX_FIELDS)),
    ),
    CHANGES,
    st.datetimes(datetime(1971, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - as hypothesis asks
    st.integers(0, 10**9),
)
def test_the_next_fire_time_is_later_than_the_start_and_nothing_lies_between(
    expression: str, change: tuple[str, str], moment: datetime, more: int
) -> None:
    schedule, zone, later = Schedule.parse(expression), ZoneInfo(change[0]), moment + timedelta(seconds=more)
    first, second = (SCHEDULER.next_after(schedule, zone, each) for each in (moment, later))
    assert first is not None
    assert second is not None
    assert moment < first
    assert later < second
    assert second == first if later < first else second > first
    assert SCHEDULER.next_after(schedule, zone, first - timedelta(seconds=1)) == first


@settings(deadline=None)
@given(
    st.builds(_example, st.sampled_from([0, 59]), fields(0, 59), fields(0, 23), st.just(EVERY_DAY)),
    st.datetimes(datetime(2000, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - as hypothesis asks
)
def test_a_day_in_utc_has_just_the_times_that_are_named(example: Example, moment: datetime) -> None:
    midnight = datetime.combine(moment.date(), time.min, UTC)
    walls = [midnight + count * MINUTE + timedelta(seconds=each) for count in range(24 * 60) for each in (0, 59)]
    expected = [wall for wall in walls if wall > moment and example.matches(wall)]
    times = fire_times(example.schedule, ZoneInfo("UTC"), moment)
    assert list(islice(takewhile(lambda at: at.date() == moment.date(), times), 20)) == expected[:20]
