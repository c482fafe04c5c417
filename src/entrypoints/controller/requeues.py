"""What is to be run later: hints from the change feed, requeues after a pause, and back-off after failures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from threading import Condition
from typing import Final

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.state.delay_queue import DelayQueue
from watch_cluster.application.state.workload_state import WorkloadState, WorkloadStates
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.controller.work_queue import Task
from watch_cluster.tools.backoff import exponential_backoff

INITIAL_PAUSE: Final = timedelta(seconds=1)
MAX_PAUSE: Final = timedelta(minutes=1)


class Requeues:
    """Keeps at most one time for each workload and task. Thread-safe; `wait` is woken by each hint."""

    def __init__(self, clock: Clock, states: WorkloadStates) -> None:
        self._clock = clock
        self._states = states
        self._changed = Condition()
        self._hints: dict[WorkloadKey, None] = {}
        self._later: dict[Task, DelayQueue[float]] = {task: DelayQueue() for task in Task}
        self._stopped = False

    def hint(self, *keys: WorkloadKey) -> None:
        """Reconcile these workloads soon."""
        with self._changed:
            self._hints.update(dict.fromkeys(keys))
            self._changed.notify_all()

    def after(self, key: WorkloadKey, task: Task, pause: timedelta) -> None:
        """Run the task after the pause, instead of at any other time."""
        with self._changed:
            self._later[task].put(key, self._clock.monotonic() + pause.total_seconds())

    def drop(self, key: WorkloadKey, task: Task) -> None:
        """Do not run the task later."""
        with self._changed:
            self._later[task].drop(key)

    def back_off(self, key: WorkloadKey, task: Task, longest: timedelta | None = None) -> timedelta:
        """Run a task that failed again, after a pause that doubles with each failure in a row; return the pause."""
        failures = self._states.of(key).failures
        count = failures.get(task.name, 0)
        failures[task.name] = count + 1
        pause = exponential_backoff(count, INITIAL_PAUSE, min(MAX_PAUSE, longest or MAX_PAUSE))
        self.after(key, task, pause)
        return pause

    def succeeded(self, key: WorkloadKey, task: Task) -> None:
        """The task did not fail: the next failure is the first of its row."""
        state = self._states.find(key)
        if state is not None:
            state.failures.pop(task.name, None)

    def take_due(self) -> dict[Task, list[WorkloadKey]]:
        """Take out what is to be run now."""
        now = self._clock.monotonic()
        with self._changed:
            due = {task: [key for key, _ in queue.pop_until(now)] for task, queue in self._later.items()}
            due[Task.RECONCILE] = list(dict.fromkeys([*self._hints, *due[Task.RECONCILE]]))
            self._hints.clear()
        return due

    def next_after(self) -> timedelta | None:
        """How long until the next requeue; None if there is none."""
        with self._changed:
            moments = [moment for queue in self._later.values() if (moment := queue.next()) is not None]
        return timedelta(seconds=min(moments) - self._clock.monotonic()) if moments else None

    def has_hints(self) -> bool:
        """Whether any workload is to be reconciled soon."""
        with self._changed:
            return bool(self._hints)

    def clear_hints(self) -> None:
        """Forget the hints: a process that starts leading reconciles everything."""
        with self._changed:
            self._hints.clear()

    def clear(self) -> None:
        """Forget everything: another process leads."""
        with self._changed:
            self._later = {task: DelayQueue() for task in Task}
        self._states.update_all(_forget_failures)

    def wait(self, longest: timedelta) -> None:
        """Wait for a hint or for `stop`, for that long at most."""
        with self._changed:
            if not self._hints and not self._stopped:
                self._changed.wait(longest.total_seconds())

    def stop(self) -> None:
        """Have `wait` return, now and from now on. May be called from a signal handler's thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()


def _forget_failures(state: WorkloadState) -> None:
    state.failures.clear()
    state.registry_failed = False


def shortest(pauses: Iterable[timedelta | None], longest: timedelta) -> timedelta:
    """The shortest of the pauses that are known, between zero and `longest`."""
    return max(timedelta(), min([longest, *(pause for pause in pauses if pause is not None)]))
