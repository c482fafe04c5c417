"""Runs tasks on many workloads at once, and one task at a time on each of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import IntEnum
from threading import Condition

from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.controller.executors import Executor, FairnessKey, Job


class Task(IntEnum):
    """A task on a workload; if both are queued, it is reconciled first."""

    RECONCILE = 0
    CHECK = 1


class WorkQueue:
    """Submits tasks to executors so that no two threads work on one workload. A queued task is not queued twice.

    `perform` runs a task; `fairness_key_of` returns what a workload is grouped by.
    """

    def __init__(
        self,
        perform: Callable[[WorkloadKey, Task], None],
        executors: dict[Task, Executor],
        fairness_key_of: Callable[[WorkloadKey], FairnessKey],
    ) -> None:
        self._perform = perform
        self._fairness_key_of = fairness_key_of
        self._executors = executors
        self._condition = Condition()
        self._waiting: dict[WorkloadKey, set[Task]] = {}
        self._busy: set[WorkloadKey] = set()

    def add(self, keys: Collection[WorkloadKey], task: Task) -> None:
        """Queue the task for these workloads; on each, it runs after the task that is running now.

        All are added at once: adding thousands one by one would contend for the lock with the threads at work.
        """
        with self._condition:
            for key in keys:
                self._waiting.setdefault(key, set()).add(task)
            ready = [key for key in keys if key not in self._busy]
            self._busy.update(ready)
            taken = [(key, self._take(key)) for key in ready]
        for kind, executor in self._executors.items():
            executor.submit([self._job(key, kind) for key, next_task in taken if next_task is kind])

    def clear(self) -> None:
        """Drop queued tasks; running ones continue."""
        with self._condition:
            self._waiting = {key: set() for key in self._busy}

    def depth(self) -> int:
        """Count the workloads with a queued or running task."""
        with self._condition:
            return len(self._busy)

    def idle(self) -> bool:
        """Whether no task is queued or running."""
        with self._condition:
            return not self._busy

    def wait_idle(self, seconds: float) -> bool:
        """Wait up to `seconds` until no task is queued or running; return whether that is so."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._busy, timeout=seconds)

    def _take(self, key: WorkloadKey) -> Task | None:
        """Remove and return the next task of the workload; None if none is queued."""
        tasks = self._waiting.get(key)
        if not tasks:
            self._waiting.pop(key, None)
            return None
        task = min(tasks)
        tasks.discard(task)
        return task

    def _job(self, key: WorkloadKey, task: Task) -> Job:
        return (lambda: self._work(key, task)), self._fairness_key_of(key)

    def _work(self, key: WorkloadKey, task: Task) -> None:
        try:
            self._perform(key, task)
        finally:
            self._run_next(key)

    def _run_next(self, key: WorkloadKey) -> None:
        with self._condition:
            next_task = self._take(key)
            if next_task is None:
                self._busy.discard(key)
                if not self._busy:
                    self._condition.notify_all()
                return
        self._executors[next_task].submit([self._job(key, next_task)])
