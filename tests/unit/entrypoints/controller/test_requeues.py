"""What is run later, and how long after a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import pairwise
from threading import Thread

import pytest

from tests.fakes.timing import FakeClock
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.controller.requeues import INITIAL_PAUSE, MAX_PAUSE, Requeues, shortest
from watch_cluster.entrypoints.controller.work_queue import Task

SHOP = WorkloadKey("default", "Deployment", "shop")
CART = WorkloadKey("default", "Deployment", "cart")
SECOND = timedelta(seconds=1)
NOTHING: dict[Task, list[WorkloadKey]] = {Task.RECONCILE: [], Task.CHECK: []}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def states() -> WorkloadStates:
    return WorkloadStates()


@pytest.fixture
def requeues(clock: FakeClock, states: WorkloadStates) -> Requeues:
    return Requeues(clock, states)


def test_a_hint_is_due_at_once_and_once(requeues: Requeues) -> None:
    requeues.hint(SHOP)
    requeues.hint(SHOP)
    assert requeues.has_hints()
    assert requeues.take_due() == {Task.RECONCILE: [SHOP], Task.CHECK: []}
    assert not requeues.has_hints()
    assert requeues.take_due() == NOTHING


@pytest.mark.parametrize("task", list(Task))
def test_a_requeued_task_is_due_after_its_pause_and_once(requeues: Requeues, clock: FakeClock, task: Task) -> None:
    requeues.after(SHOP, task, 5 * SECOND)
    assert requeues.next_after() == 5 * SECOND
    assert requeues.take_due() == NOTHING
    clock.advance(5 * SECOND)
    assert requeues.take_due() == NOTHING | {task: [SHOP]}
    assert requeues.next_after() is None


def test_a_task_has_one_time_the_last_that_was_set(requeues: Requeues, clock: FakeClock) -> None:
    requeues.after(SHOP, Task.CHECK, SECOND)
    requeues.after(SHOP, Task.CHECK, 3 * SECOND)
    clock.advance(2 * SECOND)
    assert requeues.take_due() == NOTHING
    clock.advance(SECOND)
    assert requeues.take_due()[Task.CHECK] == [SHOP]


def test_a_workload_that_was_hinted_and_requeued_is_reconciled_once(requeues: Requeues, clock: FakeClock) -> None:
    requeues.after(SHOP, Task.RECONCILE, SECOND)
    requeues.after(CART, Task.RECONCILE, SECOND)
    requeues.hint(SHOP)
    clock.advance(SECOND)
    assert sorted(requeues.take_due()[Task.RECONCILE]) == [CART, SHOP]


def test_a_dropped_task_is_not_run(requeues: Requeues, clock: FakeClock) -> None:
    for task in Task:
        requeues.after(SHOP, task, SECOND)
    requeues.drop(SHOP, Task.CHECK)
    clock.advance(SECOND)
    assert requeues.take_due() == {Task.RECONCILE: [SHOP], Task.CHECK: []}


def test_a_clock_that_is_set_delays_nothing(requeues: Requeues, clock: FakeClock) -> None:
    requeues.after(SHOP, Task.CHECK, SECOND)
    clock.jump(-timedelta(hours=1))
    clock.advance(SECOND)
    assert requeues.take_due()[Task.CHECK] == [SHOP]


def test_the_pause_doubles_with_each_failure_in_a_row_up_to_a_limit(requeues: Requeues) -> None:
    pauses = [requeues.back_off(SHOP, Task.CHECK) for _ in range(100)]
    assert pauses[0] == INITIAL_PAUSE
    assert all(later == min(2 * earlier, MAX_PAUSE) for earlier, later in pairwise(pauses))
    assert pauses[-1] == MAX_PAUSE


def test_each_task_of_each_workload_has_failures_of_its_own(requeues: Requeues) -> None:
    requeues.back_off(SHOP, Task.CHECK)
    assert requeues.back_off(SHOP, Task.RECONCILE) == INITIAL_PAUSE
    assert requeues.back_off(CART, Task.CHECK) == INITIAL_PAUSE
    assert requeues.back_off(SHOP, Task.CHECK) == 2 * INITIAL_PAUSE


def test_a_task_that_would_run_sooner_anyway_does(requeues: Requeues) -> None:
    pauses = [requeues.back_off(SHOP, Task.RECONCILE, 3 * SECOND) for _ in range(4)]
    assert pauses == [SECOND, 2 * SECOND, 3 * SECOND, 3 * SECOND]


def test_the_first_failure_after_a_success_is_the_first_in_its_row(requeues: Requeues, states: WorkloadStates) -> None:
    for _ in range(3):
        requeues.back_off(SHOP, Task.CHECK)
    requeues.succeeded(SHOP, Task.CHECK)
    assert requeues.back_off(SHOP, Task.CHECK) == INITIAL_PAUSE
    requeues.succeeded(CART, Task.CHECK)
    assert states.find(CART) is None, "a success is nothing to remember"


def test_a_process_that_stops_leading_forgets_its_queue_and_back_offs(requeues: Requeues, clock: FakeClock) -> None:
    requeues.back_off(SHOP, Task.CHECK)
    requeues.clear()
    clock.advance(MAX_PAUSE)
    assert requeues.take_due() == NOTHING
    assert requeues.back_off(SHOP, Task.CHECK) == INITIAL_PAUSE


def test_hints_can_be_forgotten_alone(requeues: Requeues, clock: FakeClock) -> None:
    requeues.hint(SHOP)
    requeues.after(CART, Task.RECONCILE, SECOND)
    requeues.clear_hints()
    assert requeues.take_due() == NOTHING
    clock.advance(SECOND)
    assert requeues.take_due()[Task.RECONCILE] == [CART]


@pytest.mark.parametrize("wake", [lambda it: it.hint(SHOP), lambda it: it.stop()], ids=["hint", "stop"])
@pytest.mark.parametrize("early", [True, False], ids=["before", "meanwhile"])
def test_a_hint_or_a_stop_ends_the_wait(requeues: Requeues, wake: Callable[[Requeues], None], *, early: bool) -> None:
    waiting = Thread(target=requeues.wait, args=(timedelta(minutes=5),), daemon=True)
    if early:
        wake(requeues)
    waiting.start()
    if not early:
        wake(requeues)
    waiting.join(timeout=10)
    assert not waiting.is_alive()


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        pytest.param([], 5 * SECOND, id="none is known"),
        pytest.param([None, 7 * SECOND], 5 * SECOND, id="never longer than the limit"),
        pytest.param([None, 3 * SECOND, 4 * SECOND], 3 * SECOND, id="the shortest"),
        pytest.param([-SECOND], timedelta(), id="what is overdue is due now"),
    ],
)
def test_the_loop_waits_for_the_shortest_pause(pauses: Iterable[timedelta | None], expected: timedelta) -> None:
    assert shortest(pauses, 5 * SECOND) == expected
