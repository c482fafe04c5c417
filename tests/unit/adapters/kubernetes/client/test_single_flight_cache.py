"""What was just read is not read again, and what is being read is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Event

import pytest

from tests.cluster.processes import wait_until
from tests.fakes.timing import FakeClock
from watch_cluster.adapters.kubernetes.client.single_flight_cache import SingleFlightCache

LIMIT_SECONDS = 5.0


class Source:
    """Numbers its answers, and can be held up or broken."""

    def __init__(self) -> None:
        self.answering = Event()
        self.answering.set()
        self.fault: Exception | None = None
        self.asked: list[str] = []
        self._numbers: Iterator[int] = count(1)

    def read(self, key: str) -> str:
        self.asked.append(key)
        assert self.answering.wait(LIMIT_SECONDS)
        if self.fault is not None:
            raise self.fault
        return f"{key}{next(self._numbers)}"


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def memory(source: Source, clock: FakeClock) -> SingleFlightCache[str, str]:
    return SingleFlightCache(source.read, clock.monotonic, seconds=60, max_entries=3)


def test_it_is_read_again_when_its_time_is_over(memory: SingleFlightCache[str, str], clock: FakeClock) -> None:
    assert [memory.get("a"), memory.get("a")] == ["a1", "a1"]
    clock.advance(timedelta(seconds=59))
    assert memory.get("a") == "a1"
    clock.advance(timedelta(seconds=1))
    assert memory.get("a") == "a2"


def test_each_key_has_its_own(memory: SingleFlightCache[str, str], source: Source) -> None:
    assert [memory.get("a"), memory.get("b"), memory.get("a")] == ["a1", "b2", "a1"]
    assert source.asked == ["a", "b"]


def test_what_is_old_is_forgotten_when_anything_is_asked_for(
    memory: SingleFlightCache[str, str], clock: FakeClock
) -> None:
    memory.get("a")
    clock.advance(timedelta(seconds=60))
    memory.get("b")
    assert list(memory._entries) == ["b"]


def test_the_oldest_makes_room(memory: SingleFlightCache[str, str], source: Source) -> None:
    for key in "abcdbcda":
        memory.get(key)
    assert source.asked == ["a", "b", "c", "d", "a"]


def test_a_failure_is_not_remembered(memory: SingleFlightCache[str, str], source: Source) -> None:
    source.fault = OSError("away")
    for _ in range(2):
        with pytest.raises(OSError, match="away"):
            memory.get("a")
    source.fault = None
    assert memory.get("a") == "a1"
    assert source.asked == ["a"] * 3


@pytest.mark.parametrize("fault", [None, OSError("away")])
def test_many_at_once_read_once(memory: SingleFlightCache[str, str], source: Source, fault: OSError | None) -> None:
    source.answering.clear()
    source.fault = fault
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(memory.get, "a") for _ in range(8)]
        wait_until(lambda: all(each.running() for each in waiting), "all have asked")
        source.answering.set()
        if fault is None:
            assert {each.result(LIMIT_SECONDS) for each in waiting} == {"a1"}
            assert source.asked == ["a"]
        else:
            assert {str(each.exception(LIMIT_SECONDS)) for each in waiting} == {"away"}


def test_a_slow_reading_of_one_key_holds_up_no_other(memory: SingleFlightCache[str, str], source: Source) -> None:
    memory.get("b")
    source.answering.clear()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(memory.get, "a")
        wait_until(lambda: source.asked == ["b", "a"], "the slow one is being read")
        assert memory.get("b") == "b1"
        source.answering.set()
        assert slow.result(LIMIT_SECONDS) == "a2"


def test_values_that_weigh_too_much_together_leave_the_oldest_first(clock: FakeClock) -> None:
    read: list[int] = []

    def note(key: int) -> int:
        read.append(key)
        return key

    cache = SingleFlightCache(note, clock.monotonic, 60, 10, weigh=lambda value: value, max_weight=10)
    for key in (4, 5, 3, 5, 3, 4, 11, 11):
        assert cache.get(key) == key
    assert read == [4, 5, 3, 4, 11, 11], "what alone weighs too much is not kept"
