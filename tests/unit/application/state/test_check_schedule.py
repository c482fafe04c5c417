"""When workloads are checked, and up to when all that was due is done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.application.shop import CART, NOON, SHOP
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.application.state.check_timing import CheckTiming, fires_too_often
from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.workload.workload import WorkloadKey

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
    check_schedule: CheckSchedule,
    now: datetime,
    schedule: Schedule = EVERY_TEN_MINUTES,
    *,
    key: WorkloadKey = SHOP,
    zone: ZoneInfo = UTC,
    last_modified_by_others: datetime = LONG_AGO,
) -> None:
    check_schedule.put(key, CheckTiming(schedule, zone), last_modified_by_others, now)


@pytest.mark.parametrize(
    ("schedule", "tick", "last_modified_by_others", "expected"),
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
    check_schedule: CheckSchedule,
    schedule: Schedule,
    tick: datetime,
    last_modified_by_others: datetime,
    expected: datetime,
) -> None:
    check_schedule.begin(tick)
    put(check_schedule, at(2), schedule, last_modified_by_others=last_modified_by_others)
    assert check_schedule.next_check(SHOP) == expected


def test_without_a_tick_nothing_is_made_up_for(check_schedule: CheckSchedule) -> None:
    put(check_schedule, at(2))
    assert check_schedule.next_check(SHOP) == at(10)


def test_a_new_workload_is_not_checked_before_its_first_fire_time(check_schedule: CheckSchedule) -> None:
    check_schedule.begin(NOON)
    put(check_schedule, at(2), last_modified_by_others=at(2))
    assert check_schedule.take_due(at(9.99)) == []
    assert check_schedule.take_due(at(10)) == [SHOP]


def test_several_missed_fire_times_are_made_up_for_by_one_check(check_schedule: CheckSchedule) -> None:
    check_schedule.begin(at(-35))
    put(check_schedule, at(2))
    assert check_schedule.take_due(at(2)) == [SHOP]
    assert check_schedule.take_due(at(2)) == []
    assert check_schedule.next_check(SHOP) == at(10)


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
    check_schedule: CheckSchedule, schedule: Schedule, now: datetime, due: list[WorkloadKey], following: datetime | None
) -> None:
    put(check_schedule, NOON, schedule)
    assert check_schedule.take_due(now) == due
    assert check_schedule.next_check(SHOP) == following


def test_the_same_schedule_again_changes_nothing(check_schedule: CheckSchedule) -> None:
    put(check_schedule, NOON)
    put(check_schedule, at(10.5), Schedule.parse(EVERY_TEN_MINUTES.text), last_modified_by_others=at(10.5))
    assert check_schedule.next_check(SHOP) == at(10)


@pytest.mark.parametrize(
    ("schedule", "zone", "expected"),
    [
        pytest.param(HOURLY, UTC, at(60), id="another expression"),
        pytest.param(EVERY_TEN_MINUTES, ZoneInfo("Asia/Seoul"), at(10), id="another zone"),
    ],
)
def test_a_changed_schedule_counts_from_now(
    check_schedule: CheckSchedule, schedule: Schedule, zone: ZoneInfo, expected: datetime
) -> None:
    check_schedule.begin(at(-25))
    put(check_schedule, at(2))
    put(check_schedule, at(2), schedule, zone=zone)
    assert check_schedule.next_check(SHOP) == expected
    assert check_schedule.take_due(at(2)) == []


def test_a_schedule_is_read_in_its_zone(check_schedule: CheckSchedule) -> None:
    put(check_schedule, NOON, AT_ONE, zone=ZoneInfo("Asia/Seoul"))
    assert check_schedule.next_check(SHOP) == at(16 * 60)


def test_a_dropped_workload_is_gone_at_once(check_schedule: CheckSchedule) -> None:
    put(check_schedule, NOON)
    check_schedule.drop(SHOP)
    assert check_schedule.take_due(at(60)) == []
    assert check_schedule.next_check(SHOP) is None
    assert check_schedule.next_due() is None


def test_an_unknown_workload_can_be_dropped_and_finished(check_schedule: CheckSchedule) -> None:
    check_schedule.drop(SHOP)
    check_schedule.finish(SHOP, NOON)
    assert check_schedule.advance_tick(at(1)) == at(1)


def test_due_entries_come_in_the_order_of_their_fire_times(check_schedule: CheckSchedule) -> None:
    put(check_schedule, NOON)
    put(check_schedule, NOON, EVERY_MINUTE, key=CART)
    assert check_schedule.next_due() == at(1)
    assert check_schedule.take_due(at(11)) == [CART, SHOP]


def test_a_schedule_that_never_fires_again_is_never_due(check_schedule: CheckSchedule) -> None:
    put(check_schedule, NOON, Schedule.parse("0 0 12 1 1 ? 2030"))
    assert check_schedule.next_check(SHOP) is None
    assert check_schedule.next_due() is None


def test_the_tick_is_now_while_nothing_is_open_or_due(check_schedule: CheckSchedule) -> None:
    put(check_schedule, NOON)
    assert check_schedule.advance_tick(at(9)) == at(9)


def test_a_check_that_is_due_and_not_taken_holds_back_the_tick(check_schedule: CheckSchedule) -> None:
    put(check_schedule, NOON)
    assert check_schedule.advance_tick(at(10)) == at(10) - INSTANT
    assert check_schedule.advance_tick(at(15)) == at(10) - INSTANT


def test_the_oldest_open_check_holds_back_the_tick_until_it_is_finished(check_schedule: CheckSchedule) -> None:
    put(check_schedule, NOON)
    put(check_schedule, NOON, EVERY_MINUTE, key=CART)
    check_schedule.take_due(at(1))
    check_schedule.take_due(at(10))
    assert check_schedule.advance_tick(at(10.5)) == at(1) - INSTANT
    check_schedule.finish(CART, at(10))
    assert check_schedule.advance_tick(at(10.5)) == at(10) - INSTANT
    check_schedule.finish(SHOP, at(10))
    assert check_schedule.advance_tick(at(10.5)) == at(10.5)


def test_an_open_check_that_is_due_again_holds_back_the_tick_from_its_first_fire_time(
    check_schedule: CheckSchedule,
) -> None:
    put(check_schedule, NOON)
    check_schedule.take_due(at(10))
    check_schedule.take_due(at(20))
    assert check_schedule.advance_tick(at(25)) == at(10) - INSTANT
    check_schedule.finish(SHOP, at(15))
    assert check_schedule.advance_tick(at(25)) == at(20) - INSTANT
    check_schedule.finish(SHOP, at(20))
    assert check_schedule.advance_tick(at(25)) == at(25)


def test_a_check_that_makes_up_holds_back_the_tick_from_the_fire_time_that_it_makes_up_for(
    check_schedule: CheckSchedule,
) -> None:
    put(check_schedule, NOON)
    check_schedule.take_due(at(181))
    assert check_schedule.advance_tick(at(181)) == at(130) - INSTANT


def test_a_dropped_workload_holds_back_nothing(check_schedule: CheckSchedule) -> None:
    put(check_schedule, NOON)
    check_schedule.take_due(at(10))
    check_schedule.drop(SHOP)
    assert check_schedule.advance_tick(at(15)) == at(15)


def test_the_tick_does_not_go_back_with_the_clock(check_schedule: CheckSchedule) -> None:
    check_schedule.advance_tick(at(15))
    assert check_schedule.advance_tick(at(5)) == at(15)


def test_beginning_forgets_everything_and_continues_from_the_given_tick(check_schedule: CheckSchedule) -> None:
    put(check_schedule, NOON)
    put(check_schedule, NOON, key=CART)
    check_schedule.take_due(at(10))
    check_schedule.advance_tick(at(10))
    check_schedule.begin(at(-25))
    assert check_schedule.next_due() is None
    assert check_schedule.take_due(at(30)) == []
    put(check_schedule, at(2))
    assert check_schedule.advance_tick(at(2)) == at(-20) - INSTANT


def test_checks_that_were_open_before_it_began_hold_back_nothing(check_schedule: CheckSchedule) -> None:
    put(check_schedule, NOON)
    check_schedule.take_due(at(10))
    check_schedule.begin(at(15))
    assert check_schedule.advance_tick(at(20)) == at(20)


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
    check_schedule = CheckSchedule(CronScheduler())
    check_schedule.begin(NOON)
    now = tick = NOON
    waiting: dict[WorkloadKey, datetime | None] = {}
    for step, key, number in steps:
        if step == "put":
            put(check_schedule, now, SCHEDULES[number % len(SCHEDULES)], key=key)
        elif step == "wait":
            now += timedelta(seconds=number)
        elif step == "take":
            moments = {each: check_schedule.next_check(each) for each in KEYS}
            waiting = {each: moments[each] for each in check_schedule.take_due(now)} | waiting
        else:
            check_schedule.drop(key) if step == "drop" else check_schedule.finish(key, now)
            waiting.pop(key, None)
        earlier, tick = tick, check_schedule.advance_tick(now)
        assert earlier <= tick <= now
        assert all(tick < moment for moment in [*waiting.values(), check_schedule.next_due()] if moment is not None)


@given(st.lists(st.tuples(st.sampled_from(["take", "finish", "wait"]), st.sampled_from(KEYS), SECONDS), max_size=30))
def test_a_process_that_is_killed_leaves_every_unfinished_check_to_the_next_one(
    steps: list[tuple[str, WorkloadKey, int]],
) -> None:
    first, second = CheckSchedule(CronScheduler()), CheckSchedule(CronScheduler())
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


def windowed(check_schedule: CheckSchedule, now: datetime, last_modified_by_others: datetime = LONG_AGO) -> None:
    """Check the shop at night, and let its rollouts start at half past twelve."""
    check_schedule.put(SHOP, CheckTiming(NIGHTLY, UTC, (SOON,)), last_modified_by_others, now)


def test_the_opening_of_a_window_makes_a_check_due_when_something_was_held_for_it(
    check_schedule: CheckSchedule,
) -> None:
    check_schedule.begin(at(0))
    windowed(check_schedule, at(0), last_modified_by_others=at(0) + INSTANT)
    assert check_schedule.next_check(SHOP) == at(15 * 60)

    check_schedule.hold_for_window(SHOP, held=True, now=at(1))
    assert check_schedule.next_check(SHOP) == at(30)

    assert check_schedule.take_due(at(30)) == [SHOP]
    check_schedule.hold_for_window(SHOP, held=False, now=at(31))
    assert check_schedule.next_check(SHOP) == at(15 * 60)


def test_checks_what_an_earlier_process_may_have_held_when_the_window_opens(
    check_schedule: CheckSchedule,
) -> None:
    check_schedule.begin(at(0))
    windowed(check_schedule, at(0))
    assert check_schedule.next_check(SHOP) == at(30)


def test_catches_up_on_a_window_that_opened_without_a_leader(check_schedule: CheckSchedule) -> None:
    check_schedule.begin(at(20))
    windowed(check_schedule, at(50))
    assert check_schedule.take_due(at(50)) == [SHOP]
    assert check_schedule.take_due(at(50)) == []


def test_a_check_that_is_due_already_is_not_lost_to_a_window(check_schedule: CheckSchedule) -> None:
    check_schedule.begin(at(0))
    windowed(check_schedule, at(0))
    check_schedule.hold_for_window(SHOP, held=False, now=at(31))
    assert check_schedule.take_due(at(31)) == [SHOP]


def test_a_workload_that_left_the_table_holds_nothing(check_schedule: CheckSchedule) -> None:
    check_schedule.begin(at(0))
    check_schedule.hold_for_window(SHOP, held=True, now=at(0))
    assert check_schedule.next_check(SHOP) is None
    windowed(check_schedule, at(0), last_modified_by_others=at(0) + INSTANT)
    assert check_schedule.next_check(SHOP) == at(15 * 60)


def test_an_open_check_is_due_since_its_fire_time(check_schedule: CheckSchedule) -> None:
    check_schedule.begin(at(0))
    put(check_schedule, at(0))
    assert check_schedule.open_since(SHOP) is None
    check_schedule.take_due(at(12))
    assert check_schedule.open_since(SHOP) == at(10)
    check_schedule.finish(SHOP, at(12))
    assert check_schedule.open_since(SHOP) is None


def test_a_clock_that_was_set_back_delays_no_check(check_schedule: CheckSchedule) -> None:
    check_schedule.begin(at(0))
    put(check_schedule, at(1))
    assert check_schedule.take_due(at(10)) == [SHOP]
    check_schedule.clock_was_set_back(at(-50))
    assert check_schedule.next_check(SHOP) == at(-40)
    assert check_schedule.open_since(SHOP) == at(-50)
    check_schedule.finish(SHOP, at(-49))
    assert check_schedule.open_since(SHOP) is None
    assert check_schedule.advance_tick(at(-45)) == at(-45)


EVERY_SECOND: Final = Schedule.parse("* * * * * ?")


@pytest.mark.parametrize(
    ("schedule", "interval", "seconds"),
    [
        pytest.param(EVERY_SECOND, timedelta(), [1, 2, 3, 4], id="no interval"),
        pytest.param(EVERY_SECOND, timedelta(seconds=30), [1, 31, 61, 91], id="finer"),
        pytest.param(Schedule.parse("*/30 * * * * ?"), timedelta(seconds=30), [30, 60, 90, 120], id="just as fine"),
        pytest.param(EVERY_MINUTE, timedelta(seconds=30), [60, 120, 180, 240], id="coarser"),
    ],
)
def test_between_two_checks_by_the_schedule_there_is_at_least_the_interval(
    check_schedule: CheckSchedule, schedule: Schedule, interval: timedelta, seconds: list[int]
) -> None:
    check_schedule.put(SHOP, CheckTiming(schedule, UTC, interval=interval), LONG_AGO, NOON)
    fired = []
    for tenth in range(1, 10 * seconds[-1] + 2):
        now = NOON + timedelta(seconds=tenth / 10)
        if check_schedule.take_due(now):
            fired.append(tenth // 10)
            check_schedule.finish(SHOP, now)
    assert fired[:4] == seconds


@pytest.mark.parametrize(
    ("schedule", "often"),
    [
        pytest.param(EVERY_SECOND, True, id="finer"),
        pytest.param(Schedule.parse("*/30 * * * * ?"), False, id="just as fine"),
        pytest.param(Schedule.parse("0 0 0 1 1 ? 2032"), False, id="once"),
        pytest.param(Schedule.parse("0 0 0 1 1 ? 2001"), False, id="never"),
    ],
)
def test_a_schedule_that_fires_more_often_than_allowed_is_known(schedule: Schedule, *, often: bool) -> None:
    timing = CheckTiming(schedule, UTC, interval=timedelta(seconds=30))
    assert fires_too_often(timing, CronScheduler(), NOON) is often
