"""The clock that tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from threading import Thread

import pytest

from tests.fakes.timing import FakeClock
from watch_cluster.application.ports.clock import Clock

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_the_clock_stands_still_until_it_is_moved() -> None:
    clock: Clock = FakeClock(NOON)
    assert (clock.now(), clock.now()) == (NOON, NOON)
    assert clock.monotonic() == clock.monotonic()


def test_time_that_goes_by_shows_on_both_clocks() -> None:
    clock = FakeClock(NOON)
    before = clock.monotonic()
    clock.advance(timedelta(minutes=1.5))
    assert clock.now() == NOON + timedelta(seconds=90)
    assert clock.monotonic() - before == pytest.approx(90)


def test_a_clock_that_is_set_forward_lets_the_time_go_by() -> None:
    clock = FakeClock(NOON)
    before = clock.monotonic()
    clock.set(datetime(2026, 5, 1, 15, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == datetime(2026, 5, 1, 13, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() - before == pytest.approx(3600)


def test_setting_the_clock_back_never_affects_the_monotonic_clock() -> None:
    clock = FakeClock(NOON)
    before = clock.monotonic()
    clock.set(NOON - timedelta(hours=1))
    assert clock.now() == NOON - timedelta(hours=1)
    assert clock.monotonic() == before


def test_time_does_not_advance_backwards() -> None:
    with pytest.raises(ValueError, match="use set"):
        FakeClock(NOON).advance(timedelta(seconds=-1))


def test_threads_that_move_it_lose_nothing() -> None:
    clock = FakeClock(NOON)

    def walk() -> None:
        for _ in range(500):
            clock.advance(timedelta(seconds=1))

    threads = [Thread(target=walk) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.now() == NOON + timedelta(seconds=2000)
    assert clock.monotonic() == pytest.approx(2000)
