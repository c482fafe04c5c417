"""Threads go on after a defect, and it is known which of them are dead or stuck."""

from __future__ import annotations

from threading import Event

import pytest
from structlog.testing import capture_logs

from tests.fakes.timing import FakeClock
from watch_cluster.adapters.workers import QUIET_SECONDS, STUCK_AFTER_SECONDS, Workers

PATIENCE = 30.0


class Failing:
    """Steps of which the first ones fail."""

    def __init__(self, times: int, error: BaseException) -> None:
        self.left = times
        self.error = error
        self.done = Event()

    def __call__(self) -> bool:
        if self.left:
            self.left -= 1
            raise self.error
        self.done.set()
        return False


def test_a_worker_continues_after_a_defect_which_is_counted_each_time_and_logged_once() -> None:
    counted: list[str] = []
    pauses: list[float] = []
    workers = Workers(counted.append, FakeClock().monotonic, pauses.append)
    steps = Failing(3, TypeError("odd bytes"))
    with capture_logs() as logs:
        workers.start("webhook", "webhook-0", steps).join(PATIENCE)
    assert steps.done.is_set()
    assert counted == ["webhook"] * 3
    assert pauses == [0.1, 0.2, 0.4]
    assert [(line["event"], line["worker"]) for line in logs] == [
        ("a worker failed on a defect and continues", "webhook")
    ]
    assert (workers.dead(), workers.stuck()) == (None, {})


def test_a_defect_is_logged_again_after_a_while() -> None:
    clock = FakeClock()
    workers = Workers(monotonic=clock.monotonic)
    error = ValueError("x")
    with capture_logs() as logs:
        workers.failed("check", error)
        workers.failed("check", error)
        workers.failed("watch", error)
        clock._monotonic += QUIET_SECONDS
        workers.failed("check", error)
    assert [line["worker"] for line in logs] == ["check", "watch", "check"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_that_no_last_resort_keeps_alive_is_known_to_be_dead() -> None:
    workers = Workers()
    workers.start("webhook", "webhook-0", Failing(1, SystemExit())).join(PATIENCE)
    assert workers.dead() == "a webhook worker is dead"


def test_a_worker_that_is_too_long_at_one_piece_of_work_is_stuck() -> None:
    clock = FakeClock()
    workers = Workers(monotonic=clock.monotonic)
    busy, end = Event(), Event()

    def hang() -> bool:
        with workers.busy():
            busy.set()
            end.wait(PATIENCE)
        return False

    thread = workers.start("check", "check-1", hang)
    other = Event()
    idle = workers.start("check", "check-2", lambda: other.wait(PATIENCE) and False)
    assert busy.wait(PATIENCE)
    assert workers.stuck() == {}
    clock._monotonic += STUCK_AFTER_SECONDS
    assert workers.stuck() == {"check": (1, 2)}
    end.set()
    other.set()
    thread.join(PATIENCE)
    idle.join(PATIENCE)
    assert workers.stuck() == {}


def test_a_loop_on_the_callers_own_thread_has_the_same_last_resort() -> None:
    counted: list[str] = []
    steps = Failing(2, ValueError("x"))
    Workers(counted.append, pause=lambda _: None).run("loop", steps)
    assert counted == ["loop", "loop"]
    assert steps.done.is_set()
