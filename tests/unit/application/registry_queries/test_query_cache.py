"""Checks that are due together share registry queries, and none gets a response from before it was due."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest

from tests.fakes.timing import FakeClock
from watch_cluster.application.ports.registry.image_registry import RegistryUnavailable
from watch_cluster.application.registry_queries.query_cache import KEPT, MOST_BYTES_KEPT, MOST_KEPT, QueryCache
from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.images.statement import SignedStatement

SECOND = timedelta(seconds=1)


class Registry:
    """Counts queries, and responds with the count."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self) -> int:
        self.queries += 1
        return self.queries


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cache(clock: FakeClock) -> QueryCache:
    return QueryCache(clock)


def test_checks_that_were_due_before_the_query_share_its_response(cache: QueryCache, clock: FakeClock) -> None:
    registry, due = Registry(), clock.now()
    assert cache.get("tags", due, registry) == 1
    clock.advance(timedelta(seconds=30))
    assert cache.get("tags", due, registry) == 1
    assert cache.get("others", due, registry) == 2


def test_a_check_that_is_due_later_sends_its_own_query(cache: QueryCache, clock: FakeClock) -> None:
    registry = Registry()
    cache.get("tags", clock.now(), registry)
    clock.advance(SECOND)
    assert cache.get("tags", clock.now(), registry) == 2


def test_checks_share_failures(cache: QueryCache, clock: FakeClock) -> None:
    queries = []

    def fail() -> str:
        queries.append(1)
        raise RegistryUnavailable("down")

    for _ in range(3):
        with pytest.raises(RegistryUnavailable, match="down"):
            cache.get("tags", clock.now(), fail)
    assert len(queries) == 1


def test_a_response_expires(cache: QueryCache, clock: FakeClock) -> None:
    registry, due = Registry(), clock.now()
    cache.get("tags", due, registry)
    clock.advance(KEPT + SECOND)
    assert cache.get("tags", due, registry) == 2


def test_a_clock_that_is_set_back_makes_no_response_last(cache: QueryCache, clock: FakeClock) -> None:
    registry = Registry()
    cache.get("tags", clock.now(), registry)
    clock.set(clock.now() - timedelta(minutes=1))
    assert cache.get("tags", clock.now(), registry) == 2


def test_keeps_a_limited_number_of_responses(cache: QueryCache, clock: FakeClock) -> None:
    registry, due = Registry(), clock.now()
    for number in range(MOST_KEPT + 1):
        cache.get(number, due, registry)
    assert cache.get(MOST_KEPT, due, registry) == MOST_KEPT + 1
    assert cache.get(0, due, registry) == MOST_KEPT + 2


def test_concurrent_checks_wait_for_the_query_in_flight(cache: QueryCache, clock: FakeClock) -> None:
    sent, go_on, together = Event(), Event(), Barrier(5, timeout=10)
    registry = Registry()

    def slow() -> int:
        sent.set()
        assert go_on.wait(10)
        return registry()

    def query(send: Callable[[], int]) -> int:
        return cache.get("tags", clock.now(), send)

    def join() -> int:
        together.wait()
        return query(registry)

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(query, slow)
        assert sent.wait(10)
        others = [pool.submit(join) for _ in range(4)]
        together.wait()
        go_on.set()
        assert {first.result(10), *(each.result(10) for each in others)} == {1}


MANY = MOST_BYTES_KEPT // 256


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(("tag",) * MANY * 2, id="short tags"),
        pytest.param(("t" * 128,) * MANY, id="long tags"),
        pytest.param(
            tuple(SignedStatement(bytes(2**20), bytes([n]) * 64, frozenset()) for n in range(MOST_BYTES_KEPT >> 21)),
            id="signed statements",
        ),
        pytest.param((SignedStatement(b"", b"s", frozenset({"d" * 71})),) * (MOST_BYTES_KEPT // 1600), id="digests"),
        pytest.param(
            frozenset(Platform("linux", f"{n}", "v" * 64) for n in range(MOST_BYTES_KEPT // 600)), id="platforms"
        ),
    ],
)
def test_keeps_a_limited_number_of_bytes(cache: QueryCache, clock: FakeClock, response: object) -> None:
    due, queries = clock.now(), []

    def many() -> object:
        queries.append(1)
        return response

    for number in (0, 1, 2, 2, 2):
        cache.get(number, due, many)
    assert len(queries) == 3
    cache.get(0, due, many)
    assert len(queries) == 4, "the oldest made room"


def test_content_with_many_signatures_counts_once(cache: QueryCache, clock: FakeClock) -> None:
    registry, due, signed = Registry(), clock.now(), bytes(2**20)
    statements = tuple(SignedStatement(signed, bytes(64), frozenset()) for _ in range(MOST_BYTES_KEPT >> 20))
    cache.get("tags", due, registry)
    cache.get("statements", due, lambda: statements)
    assert cache.get("tags", due, registry) == 1
