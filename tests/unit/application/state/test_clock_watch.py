"""Whether somebody has set the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.timing import FakeClock
from watch_cluster.application.state.clock_watch import ClockWatch

HOUR = timedelta(hours=1)


def test_time_that_goes_by_is_no_jump() -> None:
    clock = FakeClock()
    watch = ClockWatch(clock)
    clock.advance(3 * HOUR)
    assert watch.jump() is None


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["forward", "back"])
def test_a_clock_that_is_set_is_logged_once(by: timedelta) -> None:
    clock = FakeClock()
    watch = ClockWatch(clock)
    clock.advance(timedelta(seconds=3))
    clock.jump(by)
    assert watch.jump() == by
    assert watch.jump() is None


def test_small_corrections_of_the_clock_are_no_jump() -> None:
    clock = FakeClock()
    watch = ClockWatch(clock)
    clock.jump(timedelta(seconds=5))
    assert watch.jump() is None


def test_small_clock_steps_that_add_up_are_reported_as_one() -> None:
    clock = FakeClock()
    watch = ClockWatch(clock)
    jumps = []
    for _ in range(7):
        clock.jump(timedelta(seconds=5))
        jumps.append(watch.jump())
    assert [each for each in jumps if each] == [timedelta(seconds=30)]
