"""Concurrent callers share one call, and a recent result is not computed again."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import pytest

from tests.cluster.processes import wait_until
from watch_cluster.tools.single_flight import SingleFlight, SingleFlightCache

LIMIT_SECONDS = 5.0


class Source:
    """Numbers its results, and can be slow or fail."""

    def __init__(self) -> None:
        self.responding = Event()
        self.responding.set()
        self.error: Exception | None = None
        self.calls: list[str] = []
        self._numbers: Iterator[int] = count(1)

    def read(self, key: str) -> str:
        self.calls.append(key)
        assert self.responding.wait(LIMIT_SECONDS)
        if self.error is not None:
            raise self.error
        return f"{key}{next(self._numbers)}"


class CachedSource:
    """The source behind a cache, at a time that the test sets."""

    def __init__(self, source: Source, *, keep_failures: bool = False) -> None:
        self.source = source
        self.cache: SingleFlightCache[str, str] = SingleFlightCache(60, 3, keep_failures=keep_failures)
        self.now = 0.0

    def get(self, key: str, since: float = 0) -> str:
        return self.cache.get(key, self.now, lambda: self.source.read(key), since=since)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def cached(source: Source) -> CachedSource:
    return CachedSource(source)


def test_computes_again_when_the_result_has_expired(cached: CachedSource) -> None:
    assert [cached.get("a"), cached.get("a")] == ["a1", "a1"]
    cached.now = 59
    assert cached.get("a") == "a1"
    cached.now = 60
    assert cached.get("a") == "a2"


def test_computes_again_when_the_result_is_older_than_the_caller_accepts(cached: CachedSource) -> None:
    assert cached.get("a") == "a1"
    cached.now = 2
    assert cached.get("a", since=1) == "a2"


def test_computes_again_when_the_clock_was_set_back(cached: CachedSource) -> None:
    cached.now = 50
    assert cached.get("a") == "a1"
    cached.now = 40
    assert cached.get("a") == "a2"


def test_keeps_one_result_for_each_key(cached: CachedSource, source: Source) -> None:
    assert [cached.get("a"), cached.get("b"), cached.get("a")] == ["a1", "b2", "a1"]
    assert source.calls == ["a", "b"]


def test_drops_expired_results_whatever_key_is_read(cached: CachedSource) -> None:
    cached.get("a")
    cached.now = 60
    cached.get("b")
    assert len(cached.cache) == 1


def test_drops_the_oldest_result_when_full(cached: CachedSource, source: Source) -> None:
    for key in "abcdbcda":
        cached.get(key)
    assert source.calls == ["a", "b", "c", "d", "a"]


def test_does_not_keep_failures(cached: CachedSource, source: Source) -> None:
    source.error = OSError("away")
    for _ in range(2):
        with pytest.raises(OSError, match="away"):
            cached.get("a")
    source.error = None
    assert cached.get("a") == "a1"
    assert source.calls == ["a"] * 3


def test_keeps_failures_on_request(source: Source) -> None:
    cached = CachedSource(source, keep_failures=True)
    source.error = OSError("away")
    for _ in range(2):
        with pytest.raises(OSError, match="away"):
            cached.get("a")
    assert source.calls == ["a"]


class Body:
    """Something large that a call reads."""


def test_a_kept_failure_does_not_keep_what_was_read() -> None:
    cache: SingleFlightCache[str, str] = SingleFlightCache(60, 3, keep_failures=True)
    read: list[weakref.ref[Body]] = []

    def refused(body: Body) -> str:
        read.append(weakref.ref(body))
        raise ValueError("it is too large")

    def call() -> str:
        body = Body()
        try:
            return refused(body)
        except ValueError as error:
            raise OSError("it cannot be read") from error

    for _ in range(2):
        with pytest.raises(OSError, match="it cannot be read"):
            cache.get("a", 0, call)
    assert [each() for each in read] == [None], "one call, whose body is gone"


@pytest.mark.parametrize("error", [None, OSError("away")], ids=["success", "failure"])
def test_concurrent_callers_share_one_call(cached: CachedSource, source: Source, error: OSError | None) -> None:
    source.responding.clear()
    source.error = error
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(cached.get, "a") for _ in range(8)]
        wait_until(lambda: all(each.running() for each in waiting), "all have called")
        source.responding.set()
        if error is None:
            assert {each.result(LIMIT_SECONDS) for each in waiting} == {"a1"}
            assert source.calls == ["a"]
        else:
            assert {str(each.exception(LIMIT_SECONDS)) for each in waiting} == {"away"}


def test_a_slow_call_for_one_key_does_not_delay_another(cached: CachedSource, source: Source) -> None:
    cached.get("b")
    source.responding.clear()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(cached.get, "a")
        wait_until(lambda: source.calls == ["b", "a"], "the slow call has begun")
        assert cached.get("b") == "b1"
        source.responding.set()
        assert slow.result(LIMIT_SECONDS) == "a2"


def test_drops_the_oldest_results_when_they_weigh_too_much_together() -> None:
    calls: list[int] = []

    def note(key: int) -> int:
        calls.append(key)
        return key

    cache: SingleFlightCache[int, int] = SingleFlightCache(60, 10, weigh=lambda value: value, max_weight=10)
    for key in (4, 5, 3, 5, 3, 4, 11, 11):
        assert cache.get(key, 0, lambda key=key: note(key)) == key  # type: ignore[misc]
    assert calls == [4, 5, 3, 4, 11, 11], "a result that is too heavy on its own is not kept"


@pytest.mark.parametrize(
    ("most", "heaviest"), [pytest.param(4, 1000, id="in number"), pytest.param(1000, 8, id="in weight")]
)
def test_an_owner_of_many_results_displaces_only_its_own(most: int, heaviest: int) -> None:
    cache: SingleFlightCache[str, int] = SingleFlightCache(
        60, most, weigh=lambda value: value, max_weight=heaviest, owner=lambda key: key[0]
    )
    calls: list[str] = []

    def get(key: str) -> None:
        def note() -> int:
            calls.append(key)
            return 2

        cache.get(key, 0, note)

    keys = ["a1", "b1", "b2", "b3", "b4", "b5", "c1", "b6"]
    for key in keys:
        get(key)
    assert calls == keys
    for key in ("a1", "c1", "b6", "b5"):
        get(key)
    assert calls == keys, "the newest of each owner are kept"
    get("b4")
    assert calls == [*keys, "b4"]


def test_without_a_cache_only_concurrent_callers_share_a_call(source: Source) -> None:
    flights: SingleFlight[str, str] = SingleFlight()
    assert flights.run("a", lambda: source.read("a")) == "a1"
    source.responding.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(flights.run, "a", lambda: source.read("a"))
        wait_until(lambda: source.calls == ["a", "a"], "the first call has begun")
        with ThreadPoolExecutor(1) as others:
            second = others.submit(flights.run, "a", lambda: pytest.fail("called twice"))
            wait_until(second.running, "the second has called")
            source.responding.set()
            assert second.result(LIMIT_SECONDS) == first.result(LIMIT_SECONDS) == "a2"


def test_a_failed_call_can_be_repeated(source: Source) -> None:
    flights: SingleFlight[str, str] = SingleFlight()
    source.error = OSError("away")
    with pytest.raises(OSError, match="away"):
        flights.run("a", lambda: source.read("a"))
    source.error = None
    assert flights.run("a", lambda: source.read("a")) == "a1"
