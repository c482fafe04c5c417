"""Work on workloads: one job at a time for each, many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Barrier, Event, Lock

import pytest

from tests.fakes.executor import InlineExecutor
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.controller.executors import FairExecutor, FairnessKey, Job
from watch_cluster.entrypoints.controller.work_queue import Task, WorkQueue

SHOP = WorkloadKey("default", "Deployment", "shop")
CART = WorkloadKey("default", "Deployment", "cart")


def each_alone(key: WorkloadKey) -> FairnessKey:
    return FairnessKey(str(key))


class HeldExecutor:
    """Keeps work until it is released."""

    def __init__(self) -> None:
        self.held: list[Callable[[], None]] = []

    def submit(self, jobs: Iterable[Job]) -> None:
        self.held.extend(work for work, _ in jobs)

    def release_all(self) -> None:
        while self.held:
            self.held.pop(0)()


def test_a_task_that_waits_already_is_not_doubled() -> None:
    done: list[Task] = []
    executor = HeldExecutor()
    queue = WorkQueue(lambda _, task: done.append(task), dict.fromkeys(Task, executor), each_alone)
    for _ in range(3):
        queue.add([SHOP], Task.RECONCILE)
        queue.add([SHOP], Task.CHECK)
    executor.release_all()
    assert done == [Task.RECONCILE, Task.RECONCILE, Task.CHECK]
    assert queue.idle()


def test_work_that_is_added_during_a_run_is_done_afterwards() -> None:
    done: list[Task] = []

    def perform(key: WorkloadKey, task: Task) -> None:
        done.append(task)
        if len(done) < 3:
            queue.add([key], Task.RECONCILE)

    queue = WorkQueue(perform, dict.fromkeys(Task, InlineExecutor()), each_alone)
    queue.add([SHOP], Task.CHECK)
    assert done == [Task.CHECK, Task.RECONCILE, Task.RECONCILE]
    assert queue.idle()


def test_waiting_work_can_be_dropped() -> None:
    done: list[Task] = []
    executor = HeldExecutor()
    queue = WorkQueue(lambda _, task: done.append(task), dict.fromkeys(Task, executor), each_alone)
    queue.add([SHOP], Task.CHECK)
    queue.add([SHOP], Task.RECONCILE)
    queue.clear()
    executor.release_all()
    assert done == [Task.CHECK]
    assert queue.idle()


def test_different_workloads_are_worked_on_at_once() -> None:
    together = Barrier(2)

    def perform(_key: WorkloadKey, _task: Task) -> None:
        together.wait(10)

    queue = WorkQueue(perform, dict.fromkeys(Task, FairExecutor("test", 2, 8)), each_alone)
    queue.add([SHOP], Task.CHECK)
    queue.add([CART], Task.CHECK)
    assert queue.wait_idle(10)
    assert not together.broken


def test_one_workload_is_never_worked_on_by_two_threads() -> None:
    lock, entered = Lock(), []

    def perform(_: WorkloadKey, task: Task) -> None:
        assert lock.acquire(blocking=False), "two at once"
        entered.append(task)
        lock.release()

    queue = WorkQueue(perform, {task: FairExecutor("test", 2, 8) for task in Task}, each_alone)
    for _ in range(200):
        queue.add([SHOP], Task.RECONCILE)
        queue.add([SHOP], Task.CHECK)
    assert queue.wait_idle(10)
    assert entered


def test_waiting_for_idleness_gives_up_when_work_does_not_end() -> None:
    release = Event()

    def perform(_key: WorkloadKey, _task: Task) -> None:
        release.wait(10)

    queue = WorkQueue(perform, dict.fromkeys(Task, FairExecutor("test", 1, 8)), each_alone)
    queue.add([SHOP], Task.RECONCILE)
    assert not queue.wait_idle(0.01)
    release.set()
    assert queue.wait_idle(10)


def test_a_task_that_raises_does_not_keep_its_workload_from_being_worked_on() -> None:
    def perform(_key: WorkloadKey, _task: Task) -> None:
        raise ValueError("a defect")

    executor = HeldExecutor()
    queue = WorkQueue(perform, dict.fromkeys(Task, executor), each_alone)
    queue.add([SHOP], Task.RECONCILE)
    with pytest.raises(ValueError, match="a defect"):
        executor.release_all()
    assert queue.idle()
