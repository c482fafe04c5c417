"""Work on workloads: one piece at a time for each of them, many of them at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from enum import IntEnum
from threading import Condition

from watch_cluster.domain.workload import WorkloadKey
from watch_cluster.entrypoints.lanes import Lane


class Task(IntEnum):
    """What is to be done for a workload; when both are, the look comes first."""

    LOOK = 0
    CHECK = 1


class WorkQueue:
    """Hands tasks to lanes, so that no workload is worked on by two threads. A task that waits already is not doubled.

    `perform` must not raise. `party_of` says with whom a workload takes turns.
    """

    def __init__(
        self,
        perform: Callable[[WorkloadKey, Task], None],
        lanes: dict[Task, Lane],
        party_of: Callable[[WorkloadKey], Hashable],
    ) -> None:
        self._perform = perform
        self._party_of = party_of
        self._lanes = lanes
        self._condition = Condition()
        self._waiting: dict[WorkloadKey, set[Task]] = {}
        self._busy: set[WorkloadKey] = set()

    def add(self, key: WorkloadKey, task: Task) -> None:
        """Have the task done for the workload, after whatever is being done for it now."""
        with self._condition:
            self._waiting.setdefault(key, set()).add(task)
            if key in self._busy:
                return
            self._busy.add(key)
        self._dispatch(key)

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

    def _dispatch(self, key: WorkloadKey) -> None:
        with self._condition:
            tasks = self._waiting.get(key)
            if not tasks:
                self._waiting.pop(key, None)
                self._busy.discard(key)
                self._condition.notify_all()
                return
            task = min(tasks)
            tasks.discard(task)
        self._lanes[task].submit(lambda: self._work(key, task), self._party_of(key))

    def _work(self, key: WorkloadKey, task: Task) -> None:
        self._perform(key, task)
        self._dispatch(key)
