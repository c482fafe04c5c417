"""English descriptions of schedules: correct, and different for schedules that fire differently."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st

from watch_cluster.domain.schedule import InvalidSchedule, Schedule, describe


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        pytest.param("* * * * * ?", "every second", id="every second"),
        pytest.param("*/10 * * * * ?", "every 10 seconds", id="steps of seconds"),
        pytest.param("30 * * * * ?", "at second 30 of every minute", id="one second"),
        pytest.param("15-45/10 * * * * ?", "at every 10th second from 15 to 45 of every minute", id="some seconds"),
        pytest.param("* 5 * * * ?", "every second of minute 5 of every hour", id="every second of a minute"),
        pytest.param("* * 11 * * ?", "every second of hour 11", id="every second of an hour"),
        pytest.param(
            "*/20 */7 9-11 * * ?",
            "every 20 seconds of every 7th minute from 0 to 56 of hours 9 to 11",
            id="uneven minutes",
        ),
        pytest.param("* * * * *", "every minute", id="every minute"),
        pytest.param("0 */5 * * * ?", "every 5 minutes", id="the default"),
        pytest.param("0,15,30,45 * * * *", "every 15 minutes", id="a list of even steps"),
        pytest.param("0 */7 * * * ?", "at every 7th minute from 0 to 56 of every hour", id="steps that begin anew"),
        pytest.param("0 0-50/5 * * * ?", "at every 5th minute from 0 to 50 of every hour", id="steps that end early"),
        pytest.param("0 0 0-20/2 * * ?", "every 2 hours from 0:00 to 20:00", id="steps of hours that end early"),
        pytest.param("0 5/15 * * * ?", "at every 15th minute from 5 to 50 of every hour", id="steps from 5"),
        pytest.param("0 59/15 * * * ?", "at minute 59 of every hour", id="steps that end at once"),
        pytest.param("0 50-10/5 * * * ?", "at minutes 0, 5, 10, 50 and 55 of every hour", id="a wrapped range"),
        pytest.param("0 10,20 9-17 * * ?", "at minutes 10 and 20 of hours 9 to 17 every day", id="minutes of hours"),
        pytest.param("0 0 * * * ?", "every hour", id="every hour"),
        pytest.param("0 0 0-23 * * ?", "every hour", id="a range of all hours"),
        pytest.param("0 15 * * * ?", "at minute 15 of every hour", id="every hour at a quarter past"),
        pytest.param("5 5 * * * ?", "at second 5 of minute 5 of every hour", id="a second and a minute alike"),
        pytest.param("0 0 */2 * * ?", "every 2 hours", id="even hours"),
        pytest.param("0 30 */2 * * ?", "every 2 hours from 0:30 to 22:30", id="after even hours"),
        pytest.param("23 0-23/5 * * *", "every 5 hours from 0:23 to 20:23", id="hours that begin anew"),
        pytest.param("0 */5 */2 * * ?", "every 5 minutes of every 2nd hour from 0 to 22", id="minutes of even hours"),
        pytest.param("0 0 9-17 ? * MON-FRI", "every hour from 9:00 to 17:00 on Monday to Friday", id="office hours"),
        pytest.param("*/10 9-17 * * 1-5", "every 10 minutes from 9:00 to 17:50 on Monday to Friday", id="to the last"),
        pytest.param("* 0-5 1 * *", "every minute from 0:00 to 5:59 on the 1st of the month", id="a span of minutes"),
        pytest.param("0 0 22-6 * * ?", "every hour from 0:00 to 6:00 and from 22:00 to 23:00", id="wrapped hours"),
        pytest.param("0 0 23-6 * * ?", "every hour from 0:00 to 6:00 and at 23:00", id="hours wrapped by one"),
        pytest.param("0 0 2 * * ?", "at 2:00 every day", id="once a day"),
        pytest.param("0 0 3/7 * * ?", "at 3:00, 10:00 and 17:00 every day", id="few times"),
        pytest.param("0 0/30 9 * * ?", "at 9:00 and 9:30 every day", id="twice in an hour"),
        pytest.param("5 5 5 5 5 ?", "at 5:05:05 on the 5th of the month in May", id="with seconds"),
        pytest.param("0 15 10 LW * ?", "at 10:15 on the last weekday of the month", id="last weekday"),
        pytest.param("0 15 10 1W * ?", "at 10:15 on the first weekday of the month", id="first weekday"),
        pytest.param("0 15 10 15W * ?", "at 10:15 on the weekday nearest to the 15th of the month", id="nearest"),
        pytest.param("0 0 12 L * ?", "at 12:00 on the last day of the month", id="last day"),
        pytest.param("0 0 12 L-1 * ?", "at 12:00 on the day before the last day of the month", id="the day before"),
        pytest.param("0 0 12 L-3 * ?", "at 12:00 on the 3rd day before the last day of the month", id="three before"),
        pytest.param(
            "0 0 0 L,L-3W,1W,2 * ?",
            "at 0:00 on the 2nd, the first weekday, the weekday nearest to the 3rd day before the last day"
            " and the last day of the month",
            id="days of all kinds",
        ),
        pytest.param("0 0 12 ? * 6#3", "at 12:00 on the third Friday of the month", id="third Friday by number"),
        pytest.param("0 0 12 ? * FRIL", "at 12:00 on the last Friday of the month", id="last Friday"),
        pytest.param("0 0 12 ? * L", "at 12:00 on Saturday", id="the last day of the week"),
        pytest.param("0 0 12 ? * 1", "at 12:00 on Sunday", id="1 is Sunday in Quartz"),
        pytest.param("0 12 * * 1", "at 12:00 on Monday", id="1 is Monday in crontab"),
        pytest.param("0 12 * * 7", "at 12:00 on Sunday", id="7 is Sunday in crontab"),
        pytest.param("0 0 0 ? * FRI-MON", "at 0:00 on Friday to Monday", id="over the weekend"),
        pytest.param("0 0 0 ? * MON,SUN,WED", "at 0:00 on Monday, Wednesday and Sunday", id="a list of weekdays"),
        pytest.param("0 0 0 1,15 * ?", "at 0:00 on the 1st and the 15th of the month", id="twice a month"),
        pytest.param(
            "0 0 0 25-5 * ?", "at 0:00 on the 1st to the 5th and the 25th to the 31st of the month", id="wrapped days"
        ),
        pytest.param(
            "0 0 0 */5 * ?", "at 0:00 on every 5th day from the 1st to the 31st of the month", id="steps of days"
        ),
        pytest.param(
            "0 0 0 2,3,11,12,13,21,22,23 * ?",
            "at 0:00 on the 2nd, the 3rd, the 11th to the 13th and the 21st to the 23rd of the month",
            id="ordinals",
        ),
        pytest.param("0 0 0 1-31 * ?", "at 0:00 every day", id="all days by number"),
        pytest.param("0 0 0 ? * 1-7", "at 0:00 every day", id="all weekdays by number"),
        pytest.param("30 4 1,15 * 5", "at 4:30 on the 1st and the 15th of the month or on Friday", id="either day"),
        pytest.param(
            "0 0 13 6-8 5", "at 0:00 on the 13th of the month or on Friday, in June to August", id="either, in summer"
        ),
        pytest.param("0 0 10,* * 2", "at 0:00 on the 1st to the 31st of the month or on Tuesday", id="either, all"),
        pytest.param(
            "30 4 */10 * 3",
            "at 4:30 on every 10th day from the 1st to the 31st of the month, but only on Wednesday",
            id="both days when one begins with a star",
        ),
        pytest.param("0 12 *,10 * 2", "at 12:00 on Tuesday", id="both days, one of them all"),
        pytest.param(
            "0 0 0 1 NOV-FEB ?", "at 0:00 on the 1st of the month in November to February", id="over New Year"
        ),
        pytest.param(
            "0 0 0 * NOV-FEB ? 2027",
            "at 0:00 every day in January, February, November and December of 2027",
            id="not over New Year within a year",
        ),
        pytest.param(
            "0 0 0 1 */3 ?", "at 0:00 on the 1st of the month in January, April, July and October", id="steps of months"
        ),
        pytest.param("0 0 0 * * ? 2027", "at 0:00 every day in 2027", id="one year"),
        pytest.param(
            "0 0 0 1 1 ? 2026-2029,2040",
            "at 0:00 on the 1st of the month in January of 2026 to 2029 and 2040",
            id="some years",
        ),
        pytest.param(
            "0 0 0 29 2 ? 2000/4",
            "at 0:00 on the 29th of the month in February of every 4th year from 2000 to 2996",
            id="steps of years, also those without such a day",
        ),
        pytest.param("0 0 0 1 * ? 1970-2999", "at 0:00 on the 1st of the month", id="all years by number"),
        pytest.param("0 * * * * ? *", "every minute", id="any year"),
    ],
)
def test_describes_a_schedule(expression: str, words: str) -> None:
    assert describe(Schedule.parse(expression)) == words


Values = tuple[tuple[int, ...], ...]
CALENDARS = [(year, month) for year in range(2000, 2028) for month in range(1, 13)]
"""All 14 calendars, month by month."""


@lru_cache(maxsize=4096)
def dates(day_of_month: str, month: str, day_of_week: str, dialect: str) -> Values:
    schedule = Schedule.parse(dialect.format(day_of_month, month, day_of_week))
    return tuple(schedule.days.days(*each) for each in CALENDARS if each[1] in schedule.months)


def values(schedule: Schedule) -> Values:
    """Return when the schedule fires, independent of its syntax."""
    fields = schedule.text.split(" ")
    dialect = "0 0 {} {} {}" if len(fields) == 5 else "0 0 0 {} {} {}"
    days = dates(*(fields[-3:] if len(fields) == 5 else fields[3:6]), dialect)
    times = (schedule.seconds, schedule.minutes, schedule.hours, schedule.months, schedule.years)
    return (*(tuple(each) for each in times), *days)


def assert_described_differently(expressions: list[str]) -> int:
    """Return the number of descriptions; schedules with equal descriptions must fire at equal times."""
    times_by_description: dict[str, Values] = {}
    for expression in expressions:
        try:
            schedule = Schedule.parse(expression)
        except InvalidSchedule:
            continue
        assert times_by_description.setdefault(describe(schedule), values(schedule)) == values(schedule), expression
    return len(times_by_description)


SECONDS = ["0", "1", "*", "*/30", "*/20", "*/7", "10-20", "0,1", "0-54/2"]
MINUTES = [
    "0",
    "15",
    "*",
    "*/5",
    "*/7",
    "0-5",
    "50-10",
    "0,1",
    "0-59/30",
    "1/30",
    "10-50/10",
    "5-8",
    "1,5,9",
    "0/59",
    "0-50/5",
    "0-49/7",
]
HOURS = [
    "0",
    "9",
    "*",
    "*/2",
    "*/5",
    "1/2",
    "9-17",
    "22-2",
    "23-1",
    "0,12",
    "9,10",
    "0-8/4",
    "6-18/6",
    "1-3,5-7,9",
    "0-20/2",
]
DAYS = ["1", "*", "31", "1-5", "*/2", "2/2", "25-5", "1,15", "1W", "2W", "LW", "L", "L-1", "L-2", "L-1W", "1,L", "1W,L"]
WEEKDAYS = ["1", "2", "*", "MON-FRI", "FRI-MON", "2,4,6", "*/2", "2L", "2#1", "2#2", "2#5", "L", "SUN,MON", "1-7"]
UNIX_DAYS = ["1", "*", "1-31", "*/2", "2-31/2", "1,15", "28-3", "10,*"]
UNIX_WEEKDAYS = ["0", "1", "*", "0-7", "1-5", "*/2", "5-1", "1,3,5", "MON,*"]
MONTHS = ["1", "2", "*", "1-3", "11-2", "*/3", "*/2", "12,1", "12-2"]
YEARS = ["*", "2027", "2027-2029", "2027/2", "2027/2,2027", "2028,2027", "1970-2999"]


@pytest.mark.exhaustive
def test_different_times_of_day_have_different_descriptions() -> None:
    assert (
        assert_described_differently([f"{time} * * ?" for time in map(" ".join, product(SECONDS, MINUTES, HOURS))])
        > 1500
    )


@pytest.mark.exhaustive
def test_different_quartz_dates_have_different_descriptions() -> None:
    days = [f"{day} {month} ?" for day, month in product(DAYS, MONTHS)]
    weekdays = [f"? {month} {weekday}" for month, weekday in product(MONTHS, WEEKDAYS)]
    assert assert_described_differently([f"0 0 0 {day} {year}" for day, year in product(days + weekdays, YEARS)]) > 1500


@pytest.mark.exhaustive
def test_different_crontab_dates_have_different_descriptions() -> None:
    dates = map(" ".join, product(UNIX_DAYS, MONTHS, UNIX_WEEKDAYS))
    assert assert_described_differently([f"0 0 {each}" for each in dates]) > 300


def numbers(low: int, high: int) -> st.SearchStrategy[str]:
    number, step = st.integers(low, high), st.integers(1, high)
    element = st.one_of(
        number.map(str),
        st.just("*"),
        st.builds("{}-{}".format, number, number),
        st.builds("*/{}".format, step),
        st.builds("{}/{}".format, number, step),
        st.builds("{}-{}/{}".format, number, number, step),
    )
    return st.lists(element, min_size=1, max_size=3).map(",".join)


ANCHORS = st.sampled_from(["L", "LW", "L-1", "L-27", "L-3W", "1W", "15W", "28W"])
QUARTZ_WEEKDAYS = st.sampled_from(["L", "2L", "FRIL", "2#1", "FRI#5", "MON#2", "*"])
QUARTZ_DAYS = st.one_of(
    st.builds("{} {{}} ?".format, st.one_of(numbers(1, 31), ANCHORS)),
    st.builds("{},{} {{}} ?".format, numbers(1, 31), ANCHORS),
    st.builds("? {{}} {}".format, st.one_of(numbers(1, 7), QUARTZ_WEEKDAYS)),
)
"""Both day fields, around the month."""

UNIX_DAYS_TOGETHER = st.builds("{} {{}} {}".format, numbers(1, 31), numbers(0, 7))
DIALECTS = [
    [numbers(0, 59), numbers(0, 59), numbers(0, 23), numbers(1, 12), QUARTZ_DAYS],
    [st.just(""), numbers(0, 59), numbers(0, 23), numbers(1, 12), UNIX_DAYS_TOGETHER],
]


@st.composite
def twins(draw: st.DrawFn) -> list[str]:
    """Return two expressions that differ in one field."""
    fields = draw(st.sampled_from(DIALECTS))
    one = [draw(field) for field in fields]
    differs = draw(st.integers(0, len(fields) - 1))
    other = [draw(field) if place == differs else one[place] for place, field in enumerate(fields)]
    return [" ".join([*times, days.format(month)]).strip() for *times, month, days in (one, other)]


@given(twins())
@example(["0 0 0 1 * ?", "0 0 0 1W * ?"])
@example(["0 0 1 1 1", "0 0 1 1 */1"])
@example(["0 0-56/2 * * * ?", "0 */2 * * * ?"])
def test_different_schedules_have_different_descriptions(expressions: list[str]) -> None:
    try:
        schedules = [Schedule.parse(expression) for expression in expressions]
    except InvalidSchedule:
        # Some dates that are drawn never come.
        reject()
    one, other = schedules
    assert describe(one) != describe(other) or values(one) == values(other)


@given(st.sampled_from(DIALECTS).flatmap(lambda fields: st.tuples(*fields)))
def test_a_description_is_one_short_line(fields: tuple[str, ...]) -> None:
    *times, month, days = fields
    try:
        words = describe(Schedule.parse(" ".join([*times, days.format(month)])))
    except InvalidSchedule:
        reject()
    assert words.isprintable()
    assert words == " ".join(words.split())
    assert len(words) < 1200


def test_describes_the_longest_expression_in_few_words() -> None:
    years = ",".join(f"{year}/{year % 97 + 2}" for year in range(1970, 1998))
    assert len(describe(Schedule.parse(f"0 0 0 1 1 ? {years}"))) < 1200
