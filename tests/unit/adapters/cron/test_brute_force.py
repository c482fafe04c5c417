"""Two years of fire times, compared with a naive implementation."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from tests.unit.adapters.cron import naive_cron
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.domain.schedule import Schedule

pytestmark = pytest.mark.exhaustive

FIRST, LAST = date(2027, 1, 1), date(2028, 12, 31)
"""Two years with a leap day and four clock changes per zone."""

ZONES = ["America/New_York", "Europe/Berlin", "Asia/Seoul", "Australia/Lord_Howe"]


@cache
def periods(zone: str) -> list[naive_cron.Period]:
    return naive_cron.periods(ZoneInfo(zone), FIRST, LAST)


def found(expression: str, zone: str, first: date, last: date) -> list[datetime]:
    """Return fire times from repeated calls of the scheduler."""
    schedule, where, scheduler = Schedule.parse(expression), ZoneInfo(zone), CronScheduler()
    at = datetime.combine(first, time.min, where).astimezone(UTC) - timedelta(seconds=1)
    end = datetime.combine(last + timedelta(days=1), time.min, where).astimezone(UTC)
    times: list[datetime] = []
    while (following := scheduler.next_after(schedule, where, at)) is not None and following < end:
        times.append(following)
        at = following
    return times


def expected(expression: str, zone: str, first: date, last: date) -> list[datetime]:
    walked = naive_cron.fire_times(expression, periods(zone), first, last)
    return sorted({each.replace(tzinfo=UTC) for each in walked})


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("expression", "at_least"),
    [
        pytest.param("0 30 2 * * ?", 731, id="in the gap"),
        pytest.param("0 30 1 * * ?", 731, id="in the overlap"),
        pytest.param("30 15 2 * * ?", 731, id="in the short gap, with seconds"),
        pytest.param("0 0,30 1-3 ? * SUN", 500, id="around all changes"),
        pytest.param("0 45 1 ? 3,4,10,11 SUN 2028", 17, id="changes of one year"),
        pytest.param("*/20 30 2 ? * SUN", 300, id="seconds"),
        pytest.param("0 0 */3 ? 3-4,10-11 SUN", 270, id="every third hour"),
        pytest.param("0 */30 1-2 ? * SUN", 400, id="steps in the overlap"),
        pytest.param("0 30 * ? 3,4,10,11 1", 800, id="every hour of a Sunday"),
        pytest.param("0 0 9-17 * 10 MON-FRI", 378, id="office hours"),
        pytest.param("0 15 10 L * ?", 24, id="last day"),
        pytest.param("0 15 10 L-3 * ?", 24, id="three days before the last"),
        pytest.param("0 15 10 LW * ?", 24, id="last weekday"),
        pytest.param("0 15 10 L-3W * ?", 24, id="weekday nearest to three days before the last"),
        pytest.param("0 15 10 1W,15W * ?", 48, id="weekdays nearest"),
        pytest.param("0 15 10 31W * ?", 14, id="weekday nearest to the 31st"),
        pytest.param("0 15 10 1,10-12,LW * ?", 96, id="days of all kinds"),
        pytest.param("0 0 3 25-5/2 * ?", 130, id="days around the month's end"),
        pytest.param("0 15 10 ? * 6L", 24, id="last Friday"),
        pytest.param("0 15 10 ? * TUE#5", 8, id="fifth Tuesday"),
        pytest.param("0 15 10 ? * 6#3", 24, id="third Friday"),
        pytest.param("0 15 10 ? * L", 104, id="Saturday"),
        pytest.param("0 0 0 ? NOV-FEB FRI-MON", 130, id="ranges that wrap"),
        pytest.param("0 0 0 29 2 ?", 1, id="leap day"),
        pytest.param("0 0 22-2/2 1/10 */2 ?", 130, id="wrapped hours"),
        pytest.param("0 30 2 * 3 ? 2027/2", 31, id="one year of two"),
        pytest.param("30 2 * 3,10 *", 124, id="crontab: in the gap"),
        pytest.param("*/20 1 * * 0", 300, id="crontab: steps in the overlap"),
        pytest.param("5 */8 * 3,4,10,11 *", 732, id="crontab: every eighth hour"),
        pytest.param("0 12 13 * 5", 120, id="crontab: either day"),
        pytest.param("0 12 */10 * 3", 10, id="crontab: both days when one begins with a star"),
        pytest.param("0 12 1-15 * */2", 150, id="crontab: both days when the other begins with a star"),
        pytest.param("0 12 10,* 2 2", 57, id="crontab: either day when the star comes later"),
        pytest.param("0 22 * 5-7 1-5", 130, id="crontab: weekdays"),
        pytest.param("0 4 * * 6-7", 208, id="crontab: 7 is Sunday"),
        pytest.param("0 4 * JAN,jul sun-mon", 36, id="crontab: names"),
        pytest.param("10-50/20 3 1,15 2-8/3 *", 30, id="crontab: steps of ranges"),
    ],
)
def test_two_years_of_fire_times_equal_the_naive_ones(expression: str, at_least: int, zone: str) -> None:
    times = expected(expression, zone, FIRST, LAST)
    assert len(times) >= at_least
    assert found(expression, zone, FIRST, LAST) == times


CHANGES = [
    pytest.param("America/New_York", date(2027, 3, 14), id="New York, spring"),
    pytest.param("America/New_York", date(2028, 11, 5), id="New York, autumn"),
    pytest.param("Europe/Berlin", date(2028, 3, 26), id="Berlin, spring"),
    pytest.param("Europe/Berlin", date(2027, 10, 31), id="Berlin, autumn"),
    pytest.param("Asia/Seoul", date(2028, 2, 29), id="Seoul, leap day"),
    pytest.param("Australia/Lord_Howe", date(2027, 10, 3), id="Lord Howe, spring"),
    pytest.param("Australia/Lord_Howe", date(2028, 4, 2), id="Lord Howe, autumn"),
]


@pytest.mark.parametrize(("zone", "day"), CHANGES)
@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("* 0-5 * * *", id="every minute of the night"),
        pytest.param("0 */5 * * * ?", id="the default"),
        pytest.param("0 */7 * * * ?", id="uneven steps"),
        pytest.param("0 0-59 0-5 * * ?", id="every minute, format_fire_times by ranges"),
        pytest.param("*/15 10-50/10 1-3 * * ?", id="seconds"),
        pytest.param("5,35 10-20 1,2 * * ?", id="seconds of fixed times"),
    ],
)
def test_frequent_schedules_are_correct_on_the_day_of_a_clock_change(expression: str, zone: str, day: date) -> None:
    times = expected(expression, zone, day, day)
    assert len(times) > 20
    assert found(expression, zone, day, day) == times
