"""What many ask at one tick is asked once, and nobody gets what is older than his question."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest

from tests.fakes.timing import FakeClock
from watch_cluster.application.ports.registry.image_registry import RegistryUnavailable
from watch_cluster.application.registry_queries.query_cache import KEPT, MOST_ITEMS_KEPT, MOST_KEPT, QueryCache

SECOND = timedelta(seconds=1)


class Registry:
    """Counts how often it is asked, and answers with the count."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> int:
        self.asked += 1
        return self.asked


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def answers(clock: FakeClock) -> QueryCache:
    return QueryCache(clock)


def test_who_was_due_before_it_was_asked_shares_the_answer(answers: QueryCache, clock: FakeClock) -> None:
    registry, due = Registry(), clock.now()
    assert answers.ask("tags", due, registry) == 1
    clock.advance(timedelta(seconds=30))
    assert answers.ask("tags", due, registry) == 1
    assert answers.ask("others", due, registry) == 2


def test_who_became_due_later_asks_anew(answers: QueryCache, clock: FakeClock) -> None:
    registry = Registry()
    answers.ask("tags", clock.now(), registry)
    clock.advance(SECOND)
    assert answers.ask("tags", clock.now(), registry) == 2


def test_a_failure_is_shared_too(answers: QueryCache, clock: FakeClock) -> None:
    asked = []

    def fail() -> str:
        asked.append(1)
        raise RegistryUnavailable("down")

    for _ in range(3):
        with pytest.raises(RegistryUnavailable, match="down"):
            answers.ask("tags", clock.now(), fail)
    assert len(asked) == 1


def test_an_answer_is_not_kept_for_long(answers: QueryCache, clock: FakeClock) -> None:
    registry, due = Registry(), clock.now()
    answers.ask("tags", due, registry)
    clock.advance(KEPT + SECOND)
    assert answers.ask("tags", due, registry) == 2


def test_a_clock_that_is_set_back_makes_no_answer_last(answers: QueryCache, clock: FakeClock) -> None:
    registry = Registry()
    answers.ask("tags", clock.now(), registry)
    clock.set(clock.now() - timedelta(minutes=1))
    assert answers.ask("tags", clock.now(), registry) == 2


def test_no_more_answers_are_kept_than_fit(answers: QueryCache, clock: FakeClock) -> None:
    registry, due = Registry(), clock.now()
    for number in range(MOST_KEPT + 1):
        answers.ask(number, due, registry)
    assert answers.ask(MOST_KEPT, due, registry) == MOST_KEPT + 1
    assert answers.ask(0, due, registry) == MOST_KEPT + 2


def test_who_asks_while_it_is_being_asked_waits_for_that_answer(answers: QueryCache, clock: FakeClock) -> None:
    asking, go_on, together = Event(), Event(), Barrier(5, timeout=10)
    registry = Registry()

    def slow() -> int:
        asking.set()
        assert go_on.wait(10)
        return registry()

    def ask(question: Callable[[], int]) -> int:
        return answers.ask("tags", clock.now(), question)

    def join() -> int:
        together.wait()
        return ask(registry)

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(ask, slow)
        assert asking.wait(10)
        others = [pool.submit(join) for _ in range(4)]
        together.wait()
        go_on.set()
        assert {first.result(10), *(each.result(10) for each in others)} == {1}


def test_no_more_tags_are_kept_than_fit(answers: QueryCache, clock: FakeClock) -> None:
    due, asked = clock.now(), []

    def many() -> tuple[str, ...]:
        asked.append(1)
        return ("tag",) * (MOST_ITEMS_KEPT // 2)

    for number in (0, 1, 2, 2, 1):
        answers.ask(number, due, many)
    assert len(asked) == 3
    answers.ask(0, due, many)
    assert len(asked) == 4, "the oldest made room"
