"""Work on workloads: one piece at a time for each of them, many of them at once."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from queue import SimpleQueue
from threading import Condition, Thread
from typing import Protocol

from watch_cluster.domain.workload import WorkloadKey


class Task(IntEnum):
    """What is to be done for a workload; when both are, the look comes first."""

    LOOK = 0
    CHECK = 1


class Lane(Protocol):
    """Where work runs."""

    def submit(self, work: Callable[[], None]) -> None:
        """Run the work, now or as soon as there is room."""


class InlineLane:
    """Runs work at once, where it is submitted."""

    def submit(self, work: Callable[[], None]) -> None:
        """Run the work."""
        work()


class ThreadLane:
    """Runs work on a fixed number of threads.

    They are daemons: a request that hangs must not keep a process alive that was told to stop.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._queue: SimpleQueue[Callable[[], None]] = SimpleQueue()
        for number in range(threads):
            Thread(target=self._run, name=f"{name}-{number}", daemon=True).start()

    def submit(self, work: Callable[[], None]) -> None:
        """Run the work as soon as a thread is free."""
        self._queue.put(work)

    def _run(self) -> None:
        while True:
            self._queue.get()()


class WorkQueue:
    """Hands tasks to lanes, so that no workload is worked on by two threads. A task that waits already is not doubled.

    `perform` must not raise.
    """

    def __init__(self, perform: Callable[[WorkloadKey, Task], None], lanes: dict[Task, Lane]) -> None:
        self._perform = perform
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
        self._lanes[task].submit(lambda: self._work(key, task))

    def _work(self, key: WorkloadKey, task: Task) -> None:
        self._perform(key, task)
        self._dispatch(key)
