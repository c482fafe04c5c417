"""Runs work on a pool of threads, fairly: slow work of one owner does not delay that of another."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable
from threading import Condition
from typing import Final, NamedTuple, Protocol

from watch_cluster.adapters.workers import Workers

SLOW_SECONDS: Final = 0.5
"""Work that takes longer counts as blocked on I/O, and no longer occupies one of the workers."""

Work = Callable[[], None]


class FairnessKey(NamedTuple):
    """What work is grouped by: groups take turns, and all groups of an owner share the owner's limit of threads."""

    owner: str
    group: Hashable = None


Job = tuple[Work, FairnessKey]
"""Work, and what it is grouped by."""


class Executor(Protocol):
    """Runs work in the background."""

    def submit(self, jobs: Iterable[Job]) -> None:
        """Run the jobs as soon as there is room. Groups take turns, however many jobs each of them has."""


class FairExecutor:
    """Runs work on threads that are created on demand, and kept.

    `workers` jobs run at once, not counting slow ones. An owner has at most that many at once, slow ones included, and
    all owners together have `max_threads`; the last `workers` of these are for owners that run nothing. So an owner
    whose registries never respond delays no other, and several such owners leave threads to the others.

    The threads are daemons: a request that hangs must not keep a process alive that is shutting down.
    """

    def __init__(self, name: str, workers: int, max_threads: int, supervisor: Workers | None = None) -> None:
        self._supervisor = supervisor or Workers()
        self._name = name
        self._workers = workers
        self._max_threads = max_threads
        self._condition = Condition()
        self._waiting: OrderedDict[FairnessKey, deque[Work]] = OrderedDict()
        """The group that was served last is at the end."""
        self._quick: OrderedDict[object, float] = OrderedDict()
        """The start times of running jobs that are not slow yet, the oldest first."""
        self._running: Counter[str] = Counter()
        """The number of running jobs of each owner."""
        self._threads = 0
        self._idle = 0
        """The number of threads that run no job, including those that are being started."""

    def submit(self, jobs: Iterable[Job]) -> None:
        """Queue the jobs, and wake a thread."""
        with self._condition:
            for work, key in jobs:
                self._waiting.setdefault(key, deque()).append(work)
            if self._waiting:
                self._wake_one()

    def _step(self) -> bool:
        token, key, work = self._take()
        try:
            with self._supervisor.busy():
                work()
        finally:
            with self._condition:
                self._idle += 1
                self._quick.pop(token, None)
                self._running[key.owner] -= 1
                if not self._running[key.owner]:
                    del self._running[key.owner]
        return True

    def _take(self) -> tuple[object, FairnessKey, Work]:
        with self._condition:
            while (job := self._next()) is None:
                self._condition.wait(self._seconds_until_room())
            self._idle -= 1
            key, work = job
            token = object()
            self._quick[token] = time.monotonic()
            self._running[key.owner] += 1
            # Without room, one idle thread is enough to notice when there is some.
            if self._waiting and (len(self._quick) < self._workers or not self._idle):
                self._wake_one()
            return token, key, work

    def _wake_one(self) -> None:
        """Wake an idle thread, or start one if all are busy and more are allowed."""
        if self._idle:
            self._condition.notify()
        elif self._threads < self._max_threads:
            self._threads += 1
            self._idle += 1
            self._supervisor.start(self._name, f"{self._name}-{self._threads}", self._step)

    def _next(self) -> tuple[FairnessKey, Work] | None:
        """Remove and return the job that may run next; None if none may run now."""
        slow_since = time.monotonic() - SLOW_SECONDS
        while self._quick and next(iter(self._quick.values())) <= slow_since:
            self._quick.popitem(last=False)
        if len(self._quick) >= self._workers:
            return None
        free = self._max_threads - self._running.total()
        key = next((waiting for waiting in self._waiting if self._may_run(waiting.owner, free)), None)
        if key is None:
            return None
        queue = self._waiting[key]
        work = queue.popleft()
        if queue:
            self._waiting.move_to_end(key)
        else:
            del self._waiting[key]
        return key, work

    def _may_run(self, owner: str, free: int) -> bool:
        running = self._running[owner]
        return running < self._workers and (free > self._workers or not running or self._max_threads <= self._workers)

    def _seconds_until_room(self) -> float | None:
        """Return when the oldest job becomes slow, which may make room; None if nothing waits for that."""
        if not self._waiting or not self._quick:
            return None
        return max(0.0, next(iter(self._quick.values())) + SLOW_SECONDS - time.monotonic())
