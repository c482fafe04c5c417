"""When workloads are checked, and up to when all that was due is done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.application.shop import CART, NOON, SHOP
from watch_cluster.adapters.scheduling.cron import CronScheduler
from watch_cluster.application.timetable import Plan, Timetable
from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.workload import WorkloadKey

UTC: Final = ZoneInfo("UTC")
EVERY_MINUTE: Final = Schedule.parse("0 * * * * ?")
EVERY_TEN_MINUTES: Final = Schedule.parse("0 */10 * * * ?")
HOURLY: Final = Schedule.parse("0 0 * * * ?")
AT_ONE: Final = Schedule.parse("0 0 13 * * ?")
LONG_AGO: Final = NOON - timedelta(days=30)
INSTANT: Final = timedelta(microseconds=1)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def put(
    timetable: Timetable,
    now: datetime,
    schedule: Schedule = EVERY_TEN_MINUTES,
    *,
    key: WorkloadKey = SHOP,
    zone: ZoneInfo = UTC,
    touched: datetime = LONG_AGO,
) -> None:
    timetable.put(key, Plan(schedule, zone), touched, now)


@pytest.mark.parametrize(
    ("schedule", "tick", "touched", "expected"),
    [
        pytest.param(EVERY_TEN_MINUTES, at(0), LONG_AGO, at(10), id="nothing missed"),
        pytest.param(EVERY_TEN_MINUTES, at(-25), LONG_AGO, at(-20), id="missed since the tick"),
        pytest.param(HOURLY, at(-600), LONG_AGO, at(0), id="an old tick reaches back for an hour"),
        pytest.param(Schedule.parse("0 2 11 * * ?"), at(-600), LONG_AGO, at(-58), id="missed by an hour"),
        pytest.param(Schedule.parse("0 1 11 * * ?"), at(-600), LONG_AGO, at(24 * 60 - 59), id="missed too long ago"),
        pytest.param(EVERY_TEN_MINUTES, at(-25), at(-5), at(0), id="touched since the tick"),
        pytest.param(EVERY_TEN_MINUTES, at(-25), at(1), at(10), id="new"),
        pytest.param(EVERY_TEN_MINUTES, at(-25), at(90), at(10), id="touched by a clock that is ahead"),
        pytest.param(EVERY_TEN_MINUTES, at(90), LONG_AGO, at(10), id="a tick of a clock that was ahead"),
    ],
)
def test_a_workload_that_was_not_in_the_table_counts_from_the_tick_or_from_its_last_touch(
    timetable: Timetable, schedule: Schedule, tick: datetime, touched: datetime, expected: datetime
) -> None:
    timetable.begin(tick)
    put(timetable, at(2), schedule, touched=touched)
    assert timetable.next_check(SHOP) == expected


def test_without_a_tick_nothing_is_made_up_for(timetable: Timetable) -> None:
    put(timetable, at(2))
    assert timetable.next_check(SHOP) == at(10)


def test_a_new_workload_is_not_checked_before_its_first_fire_time(timetable: Timetable) -> None:
    timetable.begin(NOON)
    put(timetable, at(2), touched=at(2))
    assert timetable.take_due(at(9.99)) == []
    assert timetable.take_due(at(10)) == [SHOP]


def test_several_missed_fire_times_are_made_up_for_by_one_check(timetable: Timetable) -> None:
    timetable.begin(at(-35))
    put(timetable, at(2))
    assert timetable.take_due(at(2)) == [SHOP]
    assert timetable.take_due(at(2)) == []
    assert timetable.next_check(SHOP) == at(10)


@pytest.mark.parametrize(
    ("schedule", "now", "due", "following"),
    [
        pytest.param(AT_ONE, at(60), [SHOP], at(25 * 60), id="on time"),
        pytest.param(AT_ONE, at(120), [SHOP], at(25 * 60), id="an hour late"),
        pytest.param(AT_ONE, at(120) + INSTANT, [], at(25 * 60), id="later"),
        pytest.param(EVERY_TEN_MINUTES, at(181), [SHOP], at(190), id="later, but fired again since"),
        pytest.param(Schedule.parse("0 0 13 1 1 ? 2031"), at(121), [], None, id="later, and never again"),
    ],
)
def test_a_process_that_slept_makes_up_for_an_hour(
    timetable: Timetable, schedule: Schedule, now: datetime, due: list[WorkloadKey], following: datetime | None
) -> None:
    put(timetable, NOON, schedule)
    assert timetable.take_due(now) == due
    assert timetable.next_check(SHOP) == following


def test_the_same_schedule_again_changes_nothing(timetable: Timetable) -> None:
    put(timetable, NOON)
    put(timetable, at(10.5), Schedule.parse(EVERY_TEN_MINUTES.text), touched=at(10.5))
    assert timetable.next_check(SHOP) == at(10)


@pytest.mark.parametrize(
    ("schedule", "zone", "expected"),
    [
        pytest.param(HOURLY, UTC, at(60), id="another expression"),
        pytest.param(EVERY_TEN_MINUTES, ZoneInfo("Asia/Seoul"), at(10), id="another zone"),
    ],
)
def test_a_changed_schedule_counts_from_now(
    timetable: Timetable, schedule: Schedule, zone: ZoneInfo, expected: datetime
) -> None:
    timetable.begin(at(-25))
    put(timetable, at(2))
    put(timetable, at(2), schedule, zone=zone)
    assert timetable.next_check(SHOP) == expected
    assert timetable.take_due(at(2)) == []


def test_a_schedule_is_read_in_its_zone(timetable: Timetable) -> None:
    put(timetable, NOON, AT_ONE, zone=ZoneInfo("Asia/Seoul"))
    assert timetable.next_check(SHOP) == at(16 * 60)


def test_what_is_dropped_is_gone_at_once(timetable: Timetable) -> None:
    put(timetable, NOON)
    timetable.drop(SHOP)
    assert timetable.take_due(at(60)) == []
    assert timetable.next_check(SHOP) is None
    assert timetable.next_due() is None


def test_what_was_never_there_can_be_dropped_and_finished(timetable: Timetable) -> None:
    timetable.drop(SHOP)
    timetable.finish(SHOP, NOON)
    assert timetable.advance_tick(at(1)) == at(1)


def test_those_that_are_due_come_in_the_order_of_their_fire_times(timetable: Timetable) -> None:
    put(timetable, NOON)
    put(timetable, NOON, EVERY_MINUTE, key=CART)
    assert timetable.next_due() == at(1)
    assert timetable.take_due(at(11)) == [CART, SHOP]


def test_a_schedule_that_never_fires_again_is_never_due(timetable: Timetable) -> None:
    put(timetable, NOON, Schedule.parse("0 0 12 1 1 ? 2030"))
    assert timetable.next_check(SHOP) is None
    assert timetable.next_due() is None


def test_the_tick_is_now_while_nothing_is_open_or_due(timetable: Timetable) -> None:
    put(timetable, NOON)
    assert timetable.advance_tick(at(9)) == at(9)


def test_a_check_that_is_due_and_not_taken_holds_back_the_tick(timetable: Timetable) -> None:
    put(timetable, NOON)
    assert timetable.advance_tick(at(10)) == at(10) - INSTANT
    assert timetable.advance_tick(at(15)) == at(10) - INSTANT


def test_the_oldest_open_check_holds_back_the_tick_until_it_is_finished(timetable: Timetable) -> None:
    put(timetable, NOON)
    put(timetable, NOON, EVERY_MINUTE, key=CART)
    timetable.take_due(at(1))
    timetable.take_due(at(10))
    assert timetable.advance_tick(at(10.5)) == at(1) - INSTANT
    timetable.finish(CART, at(10))
    assert timetable.advance_tick(at(10.5)) == at(10) - INSTANT
    timetable.finish(SHOP, at(10))
    assert timetable.advance_tick(at(10.5)) == at(10.5)


def test_an_open_check_that_is_due_again_holds_back_the_tick_from_its_first_fire_time(timetable: Timetable) -> None:
    put(timetable, NOON)
    timetable.take_due(at(10))
    timetable.take_due(at(20))
    assert timetable.advance_tick(at(25)) == at(10) - INSTANT
    timetable.finish(SHOP, at(15))
    assert timetable.advance_tick(at(25)) == at(20) - INSTANT
    timetable.finish(SHOP, at(20))
    assert timetable.advance_tick(at(25)) == at(25)


def test_a_check_that_makes_up_holds_back_the_tick_from_the_fire_time_that_it_makes_up_for(
    timetable: Timetable,
) -> None:
    put(timetable, NOON)
    timetable.take_due(at(181))
    assert timetable.advance_tick(at(181)) == at(130) - INSTANT


def test_a_dropped_workload_holds_back_nothing(timetable: Timetable) -> None:
    put(timetable, NOON)
    timetable.take_due(at(10))
    timetable.drop(SHOP)
    assert timetable.advance_tick(at(15)) == at(15)


def test_the_tick_does_not_go_back_with_the_clock(timetable: Timetable) -> None:
    timetable.advance_tick(at(15))
    assert timetable.advance_tick(at(5)) == at(15)


def test_to_begin_forgets_all_and_goes_on_from_the_given_tick(timetable: Timetable) -> None:
    put(timetable, NOON)
    put(timetable, NOON, key=CART)
    timetable.take_due(at(10))
    timetable.advance_tick(at(10))
    timetable.begin(at(-25))
    assert timetable.next_due() is None
    assert timetable.take_due(at(30)) == []
    put(timetable, at(2))
    assert timetable.advance_tick(at(2)) == at(-20) - INSTANT


def test_checks_that_were_open_before_it_began_hold_back_nothing(timetable: Timetable) -> None:
    put(timetable, NOON)
    timetable.take_due(at(10))
    timetable.begin(at(15))
    assert timetable.advance_tick(at(20)) == at(20)


KEYS: Final = [WorkloadKey("default", "Deployment", name) for name in "abc"]
SCHEDULES: Final = [EVERY_MINUTE, Schedule.parse("0 */3 * * * ?"), EVERY_TEN_MINUTES]
SECONDS: Final = st.integers(1, 100)


@given(
    st.lists(
        st.tuples(st.sampled_from(["put", "drop", "take", "finish", "wait"]), st.sampled_from(KEYS), SECONDS),
        max_size=30,
    )
)
def test_the_tick_never_goes_back_and_never_passes_a_check_that_is_open_or_due(
    steps: list[tuple[str, WorkloadKey, int]],
) -> None:
    timetable = Timetable(CronScheduler())
    timetable.begin(NOON)
    now = tick = NOON
    waiting: dict[WorkloadKey, datetime | None] = {}
    for step, key, number in steps:
        if step == "put":
            put(timetable, now, SCHEDULES[number % len(SCHEDULES)], key=key)
        elif step == "wait":
            now += timedelta(seconds=number)
        elif step == "take":
            moments = {each: timetable.next_check(each) for each in KEYS}
            waiting = {each: moments[each] for each in timetable.take_due(now)} | waiting
        else:
            timetable.drop(key) if step == "drop" else timetable.finish(key, now)
            waiting.pop(key, None)
        earlier, tick = tick, timetable.advance_tick(now)
        assert earlier <= tick <= now
        assert all(tick < moment for moment in [*waiting.values(), timetable.next_due()] if moment is not None)


@given(st.lists(st.tuples(st.sampled_from(["take", "finish", "wait"]), st.sampled_from(KEYS), SECONDS), max_size=30))
def test_a_process_that_is_killed_leaves_every_unfinished_check_to_the_next_one(
    steps: list[tuple[str, WorkloadKey, int]],
) -> None:
    first, second = Timetable(CronScheduler()), Timetable(CronScheduler())
    now = tick = NOON
    unfinished: set[WorkloadKey] = set()
    for key, schedule in zip(KEYS, SCHEDULES, strict=True):
        put(first, now, schedule, key=key)
    for step, key, number in steps:
        if step == "wait":
            now += timedelta(seconds=number)
        elif step == "take":
            unfinished.update(first.take_due(now))
        else:
            first.finish(key, now)
            unfinished.discard(key)
        tick = first.advance_tick(now)
    second.begin(tick)
    for key, schedule in zip(KEYS, SCHEDULES, strict=True):
        put(second, now, schedule, key=key)
    assert set(second.take_due(now)) >= unfinished | set(first.take_due(now))


NIGHTLY: Final = Schedule.parse("0 0 3 * * ?")
SOON: Final = Schedule.parse("0 30 12 * * ?")


def windowed(timetable: Timetable, now: datetime, touched: datetime = LONG_AGO) -> None:
    """Check the shop at night, and let its rollouts start at half past twelve."""
    timetable.put(SHOP, Plan(NIGHTLY, UTC, (SOON,)), touched, now)


def test_the_opening_of_a_window_makes_a_check_due_when_something_was_held_for_it(timetable: Timetable) -> None:
    timetable.begin(at(0))
    windowed(timetable, at(0), touched=at(0) + INSTANT)
    assert timetable.next_check(SHOP) == at(15 * 60)

    timetable.hold_for_window(SHOP, held=True, now=at(1))
    assert timetable.next_check(SHOP) == at(30)

    assert timetable.take_due(at(30)) == [SHOP]
    timetable.hold_for_window(SHOP, held=False, now=at(31))
    assert timetable.next_check(SHOP) == at(15 * 60)


def test_what_an_earlier_process_may_have_held_is_looked_at_when_the_window_opens(timetable: Timetable) -> None:
    timetable.begin(at(0))
    windowed(timetable, at(0))
    assert timetable.next_check(SHOP) == at(30)


def test_a_window_that_opened_while_nobody_led_is_made_up_for(timetable: Timetable) -> None:
    timetable.begin(at(20))
    windowed(timetable, at(50))
    assert timetable.take_due(at(50)) == [SHOP]
    assert timetable.take_due(at(50)) == []


def test_a_check_that_is_due_already_is_not_lost_to_a_window(timetable: Timetable) -> None:
    timetable.begin(at(0))
    windowed(timetable, at(0))
    timetable.hold_for_window(SHOP, held=False, now=at(31))
    assert timetable.take_due(at(31)) == [SHOP]


def test_a_workload_that_left_the_table_holds_nothing(timetable: Timetable) -> None:
    timetable.begin(at(0))
    timetable.hold_for_window(SHOP, held=True, now=at(0))
    assert timetable.next_check(SHOP) is None
    windowed(timetable, at(0), touched=at(0) + INSTANT)
    assert timetable.next_check(SHOP) == at(15 * 60)


def test_an_open_check_is_due_since_its_fire_time(timetable: Timetable) -> None:
    timetable.begin(at(0))
    put(timetable, at(0))
    assert timetable.open_since(SHOP) is None
    timetable.take_due(at(12))
    assert timetable.open_since(SHOP) == at(10)
    timetable.finish(SHOP, at(12))
    assert timetable.open_since(SHOP) is None


def test_a_clock_that_was_set_back_delays_no_check(timetable: Timetable) -> None:
    timetable.begin(at(0))
    put(timetable, at(1))
    assert timetable.take_due(at(10)) == [SHOP]
    timetable.clock_was_set_back(at(-50))
    assert timetable.next_check(SHOP) == at(-40)
    assert timetable.open_since(SHOP) == at(-50)
    timetable.finish(SHOP, at(-49))
    assert timetable.open_since(SHOP) is None
    assert timetable.advance_tick(at(-45)) == at(-45)
