"""Lanes: who waits for whom."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Lock, Semaphore

import pytest

from watch_cluster.adapters.workers import Workers
from watch_cluster.entrypoints.controller.executors import FairExecutor, FairnessKey

PATIENCE = 30.0


class Hanging:
    """Work that hangs until the end of the test."""

    def __init__(self) -> None:
        self.end = Event()
        self.began = Semaphore(0)

    def __call__(self) -> None:
        self.began.release()
        self.end.wait(PATIENCE)


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    made = Hanging()
    yield made
    made.end.set()


def test_an_owner_whose_work_hangs_delays_no_other(hanging: Hanging) -> None:
    executor = FairExecutor("test", 2, 16)
    for _ in range(1000):
        executor.submit([(hanging, FairnessKey("broken"))])
    done = Semaphore(0)
    for _ in range(100):
        executor.submit([(done.release, FairnessKey("sound"))])
    assert all(done.acquire(timeout=PATIENCE) for _ in range(100))


def test_an_owner_has_no_more_work_at_once_than_there_are_workers(hanging: Hanging) -> None:
    executor = FairExecutor("test", 2, 16)
    for _ in range(10):
        executor.submit([(hanging, FairnessKey("broken"))])
    others = Semaphore(0)
    executor.submit([(others.release, FairnessKey("sound"))])
    assert others.acquire(timeout=PATIENCE)
    assert [hanging.began.acquire(timeout=PATIENCE) for _ in range(2)] == [True, True]
    assert not hanging.began.acquire(timeout=0)


def test_all_slow_work_together_has_no_more_threads_than_there_may_be(hanging: Hanging) -> None:
    executor = FairExecutor("test", 2, 5)
    for owner in range(10):
        executor.submit([(hanging, FairnessKey(str(owner)))])
    assert all(hanging.began.acquire(timeout=PATIENCE) for _ in range(5))
    assert not hanging.began.acquire(timeout=0)
    hanging.end.set()
    assert all(hanging.began.acquire(timeout=PATIENCE) for _ in range(5))


def test_parties_take_turns() -> None:
    executor = FairExecutor("test", 1, 1)
    begun, go, done, order = Event(), Event(), Event(), list[str]()

    def first() -> None:
        begun.set()
        go.wait(PATIENCE)

    executor.submit([(first, FairnessKey("first"))])
    assert begun.wait(PATIENCE)
    for owner in ("a", "a", "a", "b", "c"):
        executor.submit([(lambda owner=owner: order.append(owner), FairnessKey(owner))])  # type: ignore[misc]
    executor.submit([(done.set, FairnessKey("a"))])
    go.set()
    assert done.wait(PATIENCE)
    assert order == ["a", "b", "c", "a", "a"]


def test_work_that_is_quick_is_done_by_no_more_threads_than_there_are_workers() -> None:
    executor = FairExecutor("test", 3, 30)
    lock, done = Lock(), Semaphore(0)
    running = most = 0

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1
        done.release()

    for number in range(1000):
        executor.submit([(work, FairnessKey(str(number % 7)))])
    assert all(done.acquire(timeout=PATIENCE) for _ in range(1000))
    assert most <= 3
    assert executor._threads <= 3 + 1, "one more watches whether any turns out to be slow"


def test_two_lines_of_one_owner_share_its_threads(hanging: Hanging) -> None:
    executor = FairExecutor("test", 2, 16)
    for number in range(20):
        executor.submit([(hanging, FairnessKey("broken", number % 2))])
    assert [hanging.began.acquire(timeout=PATIENCE) for _ in range(2)] == [True, True]
    done = Semaphore(0)
    executor.submit([(done.release, FairnessKey("sound"))])
    assert done.acquire(timeout=PATIENCE)
    assert not hanging.began.acquire(timeout=0)


@pytest.mark.parametrize("broken", [1, 4, 7, 12], ids=lambda each: f"{each} owners of which everything hangs")
def test_several_owners_of_which_everything_hangs_leave_threads_to_the_others(hanging: Hanging, broken: int) -> None:
    executor = FairExecutor("test", 2, 16)
    executor.submit([(hanging, FairnessKey(f"broken-{number}")) for number in range(broken) for _ in range(50)])
    for _ in range(min(2 * broken, 14)):
        assert hanging.began.acquire(timeout=PATIENCE)
    done = Semaphore(0)
    executor.submit([(done.release, FairnessKey("sound")) for _ in range(20)])
    assert all(done.acquire(timeout=PATIENCE) for _ in range(20))


def test_work_that_raises_costs_no_thread() -> None:
    failed: list[str] = []
    executor = FairExecutor("test", 1, 1, Workers(failed.append))

    def broken() -> None:
        raise ValueError("a defect")

    done = Semaphore(0)
    executor.submit([(broken, FairnessKey("a")), (done.release, FairnessKey("a"))])
    assert done.acquire(timeout=PATIENCE)
    assert failed == ["test"]
