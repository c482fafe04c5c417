"""Turns are shared fairly by the parties that want them, however many threads of one of them wait."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cluster.processes import wait_until
from watch_cluster.tools.fair_turns import FairTurns, acting_for
from watch_cluster.tools.time_limit import TimeLimitExceeded, time_limit

MANY = 8


class Line:
    """Threads that take a turn for a party, note it, and keep it until they are let go."""

    def __init__(self, turns: FairTurns) -> None:
        self.turns = turns
        self.served: list[str] = []
        self._go: dict[Event, Future[None]] = {}
        self._pool = ThreadPoolExecutor(40)

    def join(self, party: str) -> Event:
        """Have one more thread wait; returns when it waits or has a turn."""
        before = self.turns.waiting() + len(self.served)
        go = Event()
        self._go[go] = self._pool.submit(self._take, party, go)
        wait_until(lambda: self.turns.waiting() + len(self.served) > before, "it waits", 10)
        return go

    def let_go(self, go: Event) -> None:
        """Have that thread give its turn back, and the next ones take theirs."""
        go.set()
        self._go.pop(go).result(10)

    def is_served(self, number: int) -> bool:
        """Wait until so many have got a turn."""
        wait_until(lambda: len(self.served) >= number, "the next is served", 10)
        return len(self.served) == number

    def close(self) -> None:
        for go in list(self._go):
            go.set()
        self._pool.shutdown()

    def _take(self, party: str, go: Event) -> None:
        with acting_for(party), self.turns.turn():
            self.served.append(party)
            go.wait(10)


def test_whoever_has_none_comes_before_whoever_waits_with_many() -> None:
    line = Line(FairTurns(2))
    first = [line.join("greedy") for _ in range(MANY)]
    line.join("honest")
    assert line.served == ["greedy", "greedy"]
    line.let_go(first[0])
    assert line.is_served(3)
    assert line.served[2] == "honest"
    line.close()


def test_parties_take_turns_when_there_is_but_one() -> None:
    line = Line(FairTurns(1))
    waiting = [(party, line.join(party)) for party in ("a", "a", "a", "b", "c", "b")]
    for served in range(1, len(waiting)):
        holder = line.served[-1]
        go = next(each for party, each in waiting if party == holder)
        waiting.remove((holder, go))
        line.let_go(go)
        assert line.is_served(served + 1)
    assert line.served == ["a", "b", "c", "a", "b", "a"]
    line.close()


def test_a_reserved_turn_is_for_those_who_have_none() -> None:
    line = Line(FairTurns(4, reserved=1))
    for _ in range(MANY):
        line.join("greedy")
    assert line.served == ["greedy"] * 3
    line.join("honest")
    assert line.served[3:] == ["honest"]
    line.join("greedier")
    assert len(line.served) == 4
    line.close()


def test_whoever_acts_for_nobody_may_have_all() -> None:
    turns = FairTurns(4, reserved=1)
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(turns.turn())
    assert turns.waiting() == 0


def test_whoever_has_no_time_left_leaves_the_line_to_the_others() -> None:
    turns = FairTurns(1)
    with turns.turn():
        with time_limit(0.01, time.monotonic), pytest.raises(TimeLimitExceeded), turns.turn():
            raise AssertionError
        assert turns.waiting() == 0
    with turns.turn():
        pass


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 4), st.integers(0, 3), st.lists(st.sampled_from("abc"), min_size=1, max_size=30))
def test_no_more_than_so_many_at_once_and_everybody_is_served(most: int, reserved: int, parties: list[str]) -> None:
    turns, lock = FairTurns(most, reserved), threading.Lock()
    held: Counter[str] = Counter()

    def take(party: str) -> bool:
        with acting_for(party), turns.turn():
            with lock:
                held[party] += 1
                within = held.total() <= most and held[party] <= max(1, most - reserved)
            with lock:
                held[party] -= 1
        return within

    with ThreadPoolExecutor(8) as pool:
        results: list[Future[bool]] = [pool.submit(take, party) for party in parties]
        assert all(each.result(10) for each in results)
