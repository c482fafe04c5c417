"""A check has one time limit, and exceeding it affects no other check."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest

from tests.fakes.timing import FakeClock
from watch_cluster.tools.single_flight import SingleFlight, SingleFlightCache
from watch_cluster.tools.time_limit import TimeLimitExceeded, seconds_left, shared_result, time_limit


def test_without_a_limit_each_step_may_take_what_it_wants() -> None:
    assert seconds_left(30.0) == 30.0


def test_all_steps_of_a_check_share_its_time() -> None:
    clock = FakeClock()
    with time_limit(100, clock.monotonic):
        assert seconds_left(30.0) == 30.0
        clock.advance(timedelta(seconds=80))
        assert seconds_left(30.0) == pytest.approx(20.0)
        clock.advance(timedelta(seconds=20))
        with pytest.raises(TimeLimitExceeded, match="has taken 100 s"):
            seconds_left(30.0)
    assert seconds_left(30.0) == 30.0


def test_a_shared_result_is_waited_for_no_longer_than_there_is_time() -> None:
    with time_limit(0.01, time.monotonic), pytest.raises(TimeLimitExceeded):
        shared_result(Future[int]())


def test_raises_the_error_of_the_other_thread() -> None:
    future: Future[int] = Future()
    future.set_exception(TimeoutError("its own"))
    with time_limit(1, FakeClock().monotonic), pytest.raises(TimeoutError, match="its own"):
        shared_result(future)


@pytest.mark.parametrize("kept", [True, False], ids=["kept for later", "shared in flight"])
def test_a_time_limit_fails_only_its_own_waiter(*, kept: bool) -> None:
    clock = FakeClock()
    flights: SingleFlight[str, str] = SingleFlight()
    cache: SingleFlightCache[str, str] = SingleFlightCache(60, 10, keep_failures=True)
    asking, waiting = Event(), Event()

    def run(call: Callable[[], str]) -> str:
        return cache.get("tags", 0, call) if kept else flights.run("tags", call)

    def never() -> str:
        asking.set()
        waiting.wait(10)
        clock.advance(timedelta(seconds=100))
        seconds_left(1)
        raise AssertionError("there is time left")

    def hostile() -> None:
        with time_limit(100, clock.monotonic), pytest.raises(TimeLimitExceeded):
            run(never)

    def honest() -> str:
        with time_limit(1000, clock.monotonic):
            waiting.set()
            return run(lambda: "1.0.1")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(hostile)
        assert asking.wait(10)
        assert pool.submit(honest).result(10) == "1.0.1"
        first.result(10)
