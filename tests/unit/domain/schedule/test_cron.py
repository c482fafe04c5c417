"""The syntax of cron expressions and their errors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watch_cluster.domain.schedule import InvalidSchedule, Schedule

ORACLE = [line.split("\t") for line in (Path(__file__).parent / "data/quartz.tsv").read_text().splitlines()[1:]]
"""Expression, zone, exclusive start, and the next five fire times, `END` or `INVALID`: answers of Quartz 2.5.2."""

NEVER = "0 0 0 31 4,6,9,11 ?"
"""Quartz accepts it and never fires; we reject a date that never occurs."""


def fires_on(schedule: Schedule, day: date) -> bool:
    in_month = day.year in schedule.years and day.month in schedule.months
    return in_month and day.day in schedule.days.days(day.year, day.month)


def days(expression: str, year: int, month: int) -> list[int]:
    schedule = Schedule.parse(expression)
    every = [date(year, month, 1) + timedelta(days=count) for count in range(31)]
    return [day.day for day in every if day.month == month and fires_on(schedule, day)]


@pytest.mark.parametrize(
    "expression", [pytest.param(row[0], id=repr(row[0])) for row in ORACLE if row[3] == "INVALID" or row[0] == NEVER]
)
def test_rejects_what_quartz_never_fires(expression: str) -> None:
    with pytest.raises(InvalidSchedule):
        Schedule.parse(expression)


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        pytest.param(expression, answer, id=f"{expression!r} in {zone} after {start}")
        for expression, zone, start, answer in ORACLE
        if answer not in {"INVALID", "END"}
    ],
)
def test_matches_exactly_the_days_on_which_quartz_fires(expression: str, answer: str) -> None:
    schedule = Schedule.parse(expression)
    fired = sorted({date.fromisoformat(moment[:10]) for moment in answer.split() if moment != "END"})
    walked = [fired[0]]
    while walked[-1] < fired[-1]:
        following = schedule.next_day(walked[-1] + timedelta(days=1))
        assert following is not None
        walked.append(following)
    assert walked == fired
    assert all(fires_on(schedule, day) for day in fired)


@pytest.mark.parametrize(
    ("expression", "year", "month", "expected"),
    [
        pytest.param("0 0 0 L * ?", 2028, 2, [29], id="last day"),
        pytest.param("0 0 0 L-3 * ?", 2026, 2, [25], id="three days before the last"),
        pytest.param("0 0 0 L-28 FEB ?", 2028, 2, [1], id="the first of a leap February"),
        pytest.param("0 0 0 L-30 * ?", 2026, 2, [], id="thirty days before the last, in a short month"),
        pytest.param("0 0 0 LW * ?", 2026, 1, [30], id="last weekday, the last day is a Saturday"),
        pytest.param("0 0 0 LW * ?", 2026, 5, [29], id="last weekday, the last day is a Sunday"),
        pytest.param("0 0 0 lw * ?", 2026, 3, [31], id="last weekday, the last day is one"),
        pytest.param("0 0 0 L-3W * ?", 2026, 2, [25], id="weekday nearest to three days before the last"),
        pytest.param("0 0 0 L-2W * ?", 2026, 8, [28], id="weekday nearest to a Saturday before the last"),
        pytest.param("0 0 0 1W * ?", 2026, 8, [3], id="first weekday does not leave the month backwards"),
        pytest.param("0 0 0 1W * ?", 2026, 2, [2], id="first weekday, the first day is a Sunday"),
        pytest.param("0 0 0 15w * ?", 2026, 8, [14], id="weekday nearest to a Saturday"),
        pytest.param("0 0 0 15W * ?", 2026, 2, [16], id="weekday nearest to a Sunday"),
        pytest.param("0 0 0 31W * ?", 2026, 4, [], id="weekday nearest to a day that the month has not"),
        pytest.param("0 0 0 30W * ?", 2026, 2, [], id="weekday nearest to 30 February"),
        pytest.param("0 0 0 1,15W,L * ?", 2026, 2, [1, 16, 28], id="a list of all kinds"),
        pytest.param("0 0 0 25-5/2 * ?", 2026, 4, [2, 4, 25, 27, 29], id="stride kept across the wrap"),
        pytest.param("0 0 0 ? * L", 2026, 2, [7, 14, 21, 28], id="L alone is Saturday"),
        pytest.param("0 0 0 ? * 6L", 2026, 2, [27], id="last Friday by number"),
        pytest.param("0 0 0 ? * fril", 2026, 2, [27], id="last Friday by name"),
        pytest.param("0 0 0 ? * 6#3", 2026, 2, [20], id="third Friday by number"),
        pytest.param("0 0 0 ? * FRI#3", 2026, 2, [20], id="third Friday by name"),
        pytest.param("0 0 0 ? * SUN#5", 2026, 2, [], id="fifth Sunday of a month with four"),
        pytest.param(
            "0 0 0 ? * FRI-MON", 2026, 2, [1, 2, 6, 7, 8, 9, 13, 14, 15, 16, 20, 21, 22, 23, 27, 28], id="wrap"
        ),
        pytest.param("0 0 0 * * MON", 2026, 2, [2, 9, 16, 23], id="star beside a restricted day of week"),
        pytest.param("0 0 0 13 * *", 2026, 2, [13], id="star beside a restricted day of month"),
        pytest.param("0 0 0 * * *", 2026, 2, list(range(1, 29)), id="star twice"),
        pytest.param("0 0 0 1 FEB ?", 2026, 3, [], id="another month"),
        pytest.param("0 0 0 1 FEB ? 2027", 2026, 2, [], id="another year"),
    ],
)
def test_parses_quartz_day_fields(expression: str, year: int, month: int, expected: list[int]) -> None:
    assert days(expression, year, month) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("5 0 * * *", list(range(1, 29)), id="every day"),
        pytest.param("15 14 1 * *", [1], id="first of the month"),
        pytest.param("0 22 * * 1-5", [day for day in range(1, 29) if day % 7 not in {0, 1}], id="weekdays"),
        pytest.param("5 4 * * sun", [1, 8, 15, 22], id="Sundays by name"),
        pytest.param("5 4 * * 0", [1, 8, 15, 22], id="0 is Sunday"),
        pytest.param("5 4 * * 7", [1, 8, 15, 22], id="7 is Sunday"),
        pytest.param("5 4 * * 6-7", [1, 7, 8, 14, 15, 21, 22, 28], id="to Sunday"),
        pytest.param("5 4 * * 0-7", list(range(1, 29)), id="from Sunday to Sunday"),
        pytest.param("5 4 * * SAT-MON", [1, 2, 7, 8, 9, 14, 15, 16, 21, 22, 23, 28], id="over Sunday"),
        pytest.param("5 4 * * */3", [1, 4, 7, 8, 11, 14, 15, 18, 21, 22, 25, 28], id="steps from Sunday"),
        pytest.param("30 4 1,15 * 5", [1, 6, 13, 15, 20, 27], id="either day when both are restricted"),
        pytest.param("30 4 */10 * 3", [11], id="both days when one begins with a star"),
        pytest.param("30 4 1,11 * */3", [1, 11], id="both days when the other begins with a star"),
        pytest.param("0 12 *,10 * 2", [3, 10, 17, 24], id="both days, one of them all"),
        pytest.param("0 12 10,* * 2", list(range(1, 29)), id="either day when the star comes later"),
        pytest.param("0 12 1-31 * 2", list(range(1, 29)), id="either day when all are given by a range"),
        pytest.param("0 12 1-7 * */1", list(range(1, 8)), id="both days, the other all by steps"),
        pytest.param("0 16 */2 * sat", [7, 21], id="odd Saturdays"),
        pytest.param("0 16 1-31/2 * sat", sorted({*range(1, 29, 2), 14, 28}), id="odd days and Saturdays"),
        pytest.param("5 4 * * 1-7/2", [1, 2, 4, 6, 8, 9, 11, 13, 15, 16, 18, 20, 22, 23, 25, 27], id="steps to Sunday"),
        pytest.param("5 4 * * 5-7", [1, 6, 7, 8, 13, 14, 15, 20, 21, 22, 27, 28], id="a range to Sunday"),
        pytest.param("5 4 * * 0,7", [1, 8, 15, 22], id="Sunday twice"),
        pytest.param("5 4 * * mon,WED-Fri", [d for d in range(1, 29) if d % 7 in {2, 4, 5, 6}], id="names in a list"),
        pytest.param("0 0 31 2 MON", [2, 9, 16, 23], id="either day although the date never comes"),
    ],
)
def test_parses_crontab_day_fields(expression: str, expected: list[int]) -> None:
    assert days(expression, 2026, 2) == expected


@pytest.mark.parametrize(
    ("expression", "minutes", "hours", "of_months"),
    [
        pytest.param("* * 1 1 *", range(60), range(24), [1], id="first-last"),
        pytest.param("0-59 0-23 1 1-12 *", range(60), range(24), range(1, 13), id="ranges are inclusive"),
        pytest.param("0 8-11 1 1 *", [0], [8, 9, 10, 11], [1], id="the manual's range of hours"),
        pytest.param("1,2,5,9 0-4,8-12 1 1 *", [1, 2, 5, 9], [0, 1, 2, 3, 4, 8, 9, 10, 11, 12], [1], id="lists"),
        pytest.param("0 0-23/2 1 1 *", [0], range(0, 24, 2), [1], id="every other hour, as V7 wrote it"),
        pytest.param("0 */2 1 1 *", [0], range(0, 24, 2), [1], id="every two hours"),
        pytest.param("10-50/15 1-9/4,23 1 1 *", [10, 25, 40], [1, 5, 9, 23], [1], id="steps of ranges in lists"),
        pytest.param("*/7 */5 1 1 *", range(0, 60, 7), range(0, 24, 5), [1], id="steps begin anew"),
        pytest.param("5-5 07 1 1 *", [5], [7], [1], id="a range of one, a leading zero"),
        pytest.param("0 0 1 jan,FEB,Mar *", [0], [0], [1, 2, 3], id="names in any case"),
        pytest.param("0 0 1 apr-jun *", [0], [0], [4, 5, 6], id="ranges of names"),
        pytest.param("0 0 1 */5 *", [0], [0], [1, 6, 11], id="steps of months begin with January"),
    ],
)
def test_parses_the_other_crontab_fields(
    expression: str, minutes: Iterable[int], hours: Iterable[int], of_months: Iterable[int]
) -> None:
    schedule = Schedule.parse(expression)
    assert [list(each) for each in (schedule.minutes, schedule.hours, schedule.months)] == [
        list(each) for each in (minutes, hours, of_months)
    ]


@pytest.mark.parametrize(
    ("expression", "culprit"),
    [
        pytest.param("60 * * * *", "minute '60'", id="minute"),
        pytest.param("* 24 * * *", "hour '24'", id="hour"),
        pytest.param("* * 0 * *", "day of month '0'", id="day of month"),
        pytest.param("* * * 13 *", "month '13'", id="month"),
        pytest.param("* * * * 8", "day of week '8'", id="day of week"),
        pytest.param("* * * * MONDAY", "day of week 'MONDAY'", id="no name of three letters"),
        pytest.param("*/0 * * * *", "minute '*/0'", id="a step of nothing"),
        pytest.param("5- * * * *", "minute '5-'", id="half a range"),
        pytest.param("*-5 * * * *", "minute '*-5'", id="a range from everything"),
        pytest.param("** * * * *", "minute '**'", id="two stars"),
    ],
)
def test_rejects_what_crontab_rejects(expression: str, culprit: str) -> None:
    with pytest.raises(InvalidSchedule, match=re.escape(culprit)):
        Schedule.parse(expression)


def test_a_schedule_in_five_fields_fires_at_second_zero() -> None:
    assert tuple(Schedule.parse("23 0-23/12 * * *").seconds) == (0,)


@pytest.mark.parametrize(
    ("expression", "seconds", "years"),
    [
        pytest.param("* 0 0 1 1 ? 2997/1", range(60), [2997, 2998, 2999], id="to the last second and the last year"),
        pytest.param("50-10/5 0 0 1 1 ? */1000", [0, 5, 10, 50, 55], [1970, 2970], id="over the minute, by steps"),
    ],
)
def test_parses_the_fields_that_only_quartz_has(expression: str, seconds: Iterable[int], years: Iterable[int]) -> None:
    schedule = Schedule.parse(expression)
    assert (list(schedule.seconds), list(schedule.years)) == (list(seconds), list(years))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("0 0 0 * * ?", range(1, 29), id="every day"),
        pytest.param("0 0 0 1,L-28 * ?", [1], id="a day before the first"),
        pytest.param("0 0 0 1,31 * ?", [1], id="a day after the last"),
    ],
)
def test_matches_no_day_that_the_month_lacks(expression: str, expected: Iterable[int]) -> None:
    assert Schedule.parse(expression).days.days(2026, 2) == tuple(expected)


@pytest.mark.parametrize(
    ("expression", "fixed"),
    [
        pytest.param("0 30 2 * * ?", True, id="one time"),
        pytest.param("0 0 9-17 * * MON-FRI", True, id="a range"),
        pytest.param("0 0,30 1,2 * * ?", True, id="lists"),
        pytest.param("* 30 2 * * ?", True, id="every second of one minute"),
        pytest.param("30 2 */2 * *", True, id="steps of days"),
        pytest.param("0 30 * * * ?", False, id="every hour"),
        pytest.param("0 * 2 * * ?", False, id="every minute"),
        pytest.param("0 0 0/4 * * ?", False, id="steps of hours"),
        pytest.param("*/5 2 * * *", False, id="steps of minutes"),
        pytest.param("0 0 9-17/2 * * ?", False, id="steps in a range"),
    ],
)
def test_a_schedule_is_fixed_without_stars_and_steps_in_hour_and_minute(expression: str, *, fixed: bool) -> None:
    assert Schedule.parse(expression).fixed is fixed


@pytest.mark.parametrize(
    ("expression", "culprit"),
    [
        pytest.param("60 0 0 * * ?", "second '60' is not allowed: use 0-59", id="second too high"),
        pytest.param("0 -1 0 * * ?", "minute '-1' is not allowed: use 0-59", id="negative"),
        pytest.param("0 1,,2 0 * * ?", "minute '1,,2' is not allowed", id="nothing between commas"),
        pytest.param("0 1.5 0 * * ?", "minute '1.5' is not allowed", id="fraction"),
        pytest.param("0 0/0 0 * * ?", "minute '0/0' has the step 0: use a step of 1-59", id="step of nothing"),
        pytest.param("0 0 ? * * *", "hour '?' is not allowed: use 0-23", id="question mark in the hour"),
        pytest.param("0 ٣ 0 * * ?", "minute '٣' is not allowed", id="digits of another script"),
        pytest.param("0 H 0 * * ?", "minute 'H' is not allowed", id="the hash of Jenkins"),
        pytest.param("R 0 0 * * ?", "second 'R' is not allowed", id="the random value of croniter"),
        pytest.param("0 0 0 32 * ?", "day of month '32' is not allowed: use 1-31", id="day too high"),
        pytest.param("0 0 0 32W * ?", "day of month '32W' is not allowed", id="weekday nearest to no day"),
        pytest.param("0 0 0 1-5W * ?", "day of month '1-5W' is not allowed", id="weekday of a range"),
        pytest.param("0 0 0 1,40,L * ?", "day of month '1,40,L' is not allowed: use 1-31", id="one of a list"),
        pytest.param("0 0 0 L-31 * ?", "day of month 'L-31' counts too far back: use L-1 to L-30", id="too far back"),
        pytest.param("0 0 0 1 0 ?", "month '0' is not allowed: use 1-12 or JAN-DEC", id="month too low"),
        pytest.param("0 0 0 ? * 8", "day of week '8' is not allowed: use 1-7 (1 is Sunday)", id="weekday too high"),
        pytest.param("0 0 0 ? * FRI#6", "day of week 'FRI#6' has no such week: use #1 to #5", id="sixth Friday"),
        pytest.param("0 0 0 ? * FRI#0", "day of week 'FRI#0' has no such week", id="zeroth Friday"),
        pytest.param("0 0 0 ? * FRI#1,MON", "day of week 'FRI#1,MON' is not allowed", id="first Friday in a list"),
        pytest.param("0 0 0 ? * ?", "day of month and day of week are both '?'", id="no day at all"),
        pytest.param("0 0 0 1 * MON", "'1' and day of week 'MON' are both restricted: write ? in one", id="two days"),
        pytest.param("0 0 0 1 1 ? 1969", "year '1969' is not allowed: use 1970-2999", id="year too low"),
        pytest.param("0 0 0 1 1 ? !", "year '!' is not allowed: use 1970-2999", id="a sign that comes before a star"),
        pytest.param("0 0 0 1 1 ? 3000", "year '3000' is not allowed: use 1970-2999", id="year too high"),
        pytest.param("0 0 0 1 1 ? 2028-2026", "year '2028-2026' runs backwards", id="years do not wrap"),
        pytest.param("0 0 0 30 2 ?", "there is no such date (day of month '30', month '2')", id="30 February"),
        pytest.param("0 0 0 L-30 FEB ?", "no such date (day of month 'L-30', month 'FEB')", id="before a February"),
        pytest.param("0 0 0 31W 4,6 ?", "no such date (day of month '31W', month '4,6')", id="weekday near 31 April"),
        pytest.param("0 0 0 29 2 ? 2027", "(day of month '29', month '2', year '2027')", id="29 February 2027"),
        pytest.param("0 0 0 ? 2 SUN#5 2026", "(day of week 'SUN#5', month '2', year '2026')", id="a fifth Sunday"),
        pytest.param("0 0 31 4,6 *", "no such date (day of month '31', month '4,6')", id="31 April in crontab"),
        pytest.param("0 0 * * ?", "day of week '?' is not allowed: use 0-7", id="question mark in crontab"),
        pytest.param("0 0 L * *", "day of month 'L' is not allowed: use 1-31", id="last day in crontab"),
        pytest.param("0 0 * * 8", "day of week '8' is not allowed: use 0-7", id="weekday too high in crontab"),
        pytest.param("@daily", "1 field: write 6 or 7 (Quartz, such as 0 */5 * * * ?) or 5 (Unix", id="a nickname"),
        pytest.param("", "0 fields: write 6 or 7", id="nothing"),
        pytest.param("0 0 2 * * ? 2026 x", "8 fields: write 6 or 7", id="too many fields"),
        pytest.param("0 0 0\xa01 1 ?", "day of month '0\\xa01' is not allowed", id="a blank that splits no fields"),
        pytest.param("0 0\x00 0 * * ?", "minute '0\\x00' is not allowed", id="a zero byte"),
    ],
)
def test_an_error_is_one_line_with_expression_field_and_allowed_values(expression: str, culprit: str) -> None:
    with pytest.raises(InvalidSchedule) as caught:
        Schedule.parse(expression)
    message = str(caught.value)
    assert message.startswith(f"cron {expression!r}: ")
    assert culprit in message
    assert len(message.splitlines()) == 1


def test_rejects_an_overlong_expression_without_quoting_all_of_it() -> None:
    with pytest.raises(InvalidSchedule) as caught:
        Schedule.parse("0 " + "1," * 9_999 + "1 * * ? *")
    assert str(caught.value) == f"cron '0 {'1,' * 19}…' is 20009 characters long: write at most 256"


def test_parses_an_expression_of_maximum_length() -> None:
    assert str(Schedule.parse("0 0 2 * * ?".ljust(256))) == "0 0 2 * * ?"
    with pytest.raises(InvalidSchedule, match="is 257 characters long"):
        Schedule.parse("0 0 2 * * ?".ljust(257))


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        pytest.param("  0  */5\t* * * ? ", "0 */5 * * * ?", id="blanks and tabs"),
        pytest.param("0 */5 * * * ?\n", "0 */5 * * * ?", id="the line end of a YAML block"),
    ],
)
def test_formats_a_schedule_as_written_with_single_spaces(written: str, normal: str) -> None:
    schedule = Schedule.parse(written)
    assert str(schedule) == normal
    assert repr(schedule) == f"Schedule(text={normal!r})"
    assert schedule == Schedule.parse(normal)
    assert hash(schedule) == hash(Schedule.parse(normal))


def test_schedules_with_different_texts_differ() -> None:
    assert Schedule.parse("0 0 2 * * ?") != Schedule.parse("0 0 3 * * ?")


NUMBERS = st.one_of(
    st.integers(0, 70).map(str), st.sampled_from(["*", "?", "L", "W", "15W", "LW", "L-3", "6#3", "FRIL"])
)
ELEMENTS = st.one_of(
    NUMBERS,
    st.tuples(NUMBERS, st.sampled_from("-/,#"), NUMBERS).map("".join),
    st.sampled_from(["MON", "sun-TUE", "JAN", "nov-feb", "2026", "2400", "2027/4", "*/5", "0/15", "22-2/3"]),
)
EXPRESSIONS = st.lists(ELEMENTS, min_size=4, max_size=8).map(" ".join)
HOSTILE = st.one_of(
    EXPRESSIONS,
    st.text(max_size=300),
    st.text(alphabet="0123456789*/,-?LW# \t\n\x00\x1c٣²fri", max_size=300),
)


@given(HOSTILE)
@example("0 0/" + "9" * 250 + " * * * ?")
@example("0 0 0 ? * FRI#" + "9" * 240)
@example("0 0 0 1 1 ? " + ",".join(f"{year}-2999/3" for year in range(1970, 1990)))
@example("0 0 0 L-" + "9" * 240 + " * ?")
@example("\ud800 0 2 * * ?")
def test_any_text_is_a_schedule_that_round_trips_or_the_declared_error(text: str) -> None:
    try:
        schedule = Schedule.parse(text)
    except InvalidSchedule as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - most texts are refused, and some are not
    else:
        assert Schedule.parse(str(schedule)) == schedule
        assert schedule.next_day(date(1970, 1, 1)) is not None


@given(
    st.sampled_from(sorted({row[0] for row in ORACLE if row[3] not in {"INVALID", "END"}})),
    st.dates(date(2026, 1, 1), date(2031, 12, 31)),
)
def test_the_next_day_is_the_first_that_matches(expression: str, start: date) -> None:
    schedule = Schedule.parse(expression)
    window = [start + timedelta(days=count) for count in range(400)]
    found = schedule.next_day(start)
    expected = next((day for day in window if fires_on(schedule, day)), None)
    assert found == expected or (expected is None and (found is None or found > window[-1]))


@pytest.mark.parametrize(
    ("expression", "start", "expected"),
    [
        pytest.param("0 0 0 29 2 ?", date(2096, 3, 1), date(2104, 2, 29), id="leap day over 2100"),
        pytest.param("0 0 0 29 2 ? 2400", date(2026, 1, 1), date(2400, 2, 29), id="centuries away"),
        pytest.param("0 0 0 ? 2 SUN#5", date(2088, 3, 1), date(2128, 2, 29), id="forty years"),
        pytest.param("0 0 0 29 2 ? 2000,2001-2099/2", date(2000, 3, 1), None, id="years without such a day"),
        pytest.param("0 0 0 * * ?", date(3000, 1, 1), None, id="after the last year"),
        pytest.param("0 0 0 * * ?", date(2999, 12, 31), date(2999, 12, 31), id="the last day"),
    ],
)
def test_finds_rare_days_however_far_away(expression: str, start: date, expected: date | None) -> None:
    assert Schedule.parse(expression).next_day(start) == expected
