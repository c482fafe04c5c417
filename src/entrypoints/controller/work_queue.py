"""Work on workloads: one piece at a time for each of them, many of them at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import IntEnum
from threading import Condition

from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.controller.executors import Executor, Party, Piece


class Task(IntEnum):
    """What is to be done for a workload; when both are, the look comes first."""

    RECONCILE = 0
    CHECK = 1


class WorkQueue:
    """Hands tasks to lanes, so that no workload is worked on by two threads. A task that waits already is not doubled.

    `party_of` says with whom a workload takes turns.
    """

    def __init__(
        self,
        perform: Callable[[WorkloadKey, Task], None],
        executors: dict[Task, Executor],
        party_of: Callable[[WorkloadKey], Party],
    ) -> None:
        self._perform = perform
        self._party_of = party_of
        self._lanes = executors
        self._condition = Condition()
        self._waiting: dict[WorkloadKey, set[Task]] = {}
        self._busy: set[WorkloadKey] = set()

    def add(self, keys: Collection[WorkloadKey], task: Task) -> None:
        """Have the task done for these workloads, for each after whatever is being done for it now.

        They are taken together, since thousands that came one by one would fight for the locks with those at work.
        """
        with self._condition:
            for key in keys:
                self._waiting.setdefault(key, set()).add(task)
            ready = [key for key in keys if key not in self._busy]
            self._busy.update(ready)
            taken = [(key, self._take(key)) for key in ready]
        for each in Task:
            self._lanes[each].submit([self._piece(key, each) for key, next_task in taken if next_task is each])

    def clear(self) -> None:
        """Drop what waits; what is being done goes on."""
        with self._condition:
            self._waiting = {key: set() for key in self._busy}

    def depth(self) -> int:
        """Count the workloads that wait for something to be done, or for which it is being done."""
        with self._condition:
            return len(self._busy)

    def idle(self) -> bool:
        """Whether nothing waits and nothing is being done."""
        with self._condition:
            return not self._busy

    def wait_idle(self, seconds: float) -> bool:
        """Wait until nothing is being done, for that long at most; whether it is so."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._busy, timeout=seconds)

    def _take(self, key: WorkloadKey) -> Task | None:
        """Take what is to be done next for the workload, None when nothing is."""
        tasks = self._waiting.get(key)
        if not tasks:
            self._waiting.pop(key, None)
            return None
        task = min(tasks)
        tasks.discard(task)
        return task

    def _piece(self, key: WorkloadKey, task: Task) -> Piece:
        return (lambda: self._work(key, task)), self._party_of(key)

    def _work(self, key: WorkloadKey, task: Task) -> None:
        try:
            self._perform(key, task)
        finally:
            self._go_on(key)

    def _go_on(self, key: WorkloadKey) -> None:
        with self._condition:
            following = self._take(key)
            if following is None:
                self._busy.discard(key)
                if not self._busy:
                    self._condition.notify_all()
                return
        self._lanes[following].submit([self._piece(key, following)])
