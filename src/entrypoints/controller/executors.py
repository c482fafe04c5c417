"""Where work runs, and how those who share a lane are kept from each other's troubles."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable
from threading import Condition
from typing import Final, NamedTuple, Protocol

from watch_cluster.adapters.workers import Workers

SLOW_SECONDS: Final = 0.5
"""Work that takes longer waits for somebody, and no longer keeps others from being done."""

Work = Callable[[], None]


class Party(NamedTuple):
    """For whom work is done: parties take turns, and all parties of one owner share its threads."""

    owner: str
    line: Hashable = None


Piece = tuple[Work, Party]
"""Work, and the party that it is done for."""


class Executor(Protocol):
    """Where work runs."""

    def submit(self, pieces: Iterable[Piece]) -> None:
        """Run the work, now or as soon as there is room. Parties take turns, whatever each of them has to do."""


class FairExecutor:
    """Runs work on threads that are made as they are needed, and kept.

    `workers` pieces of work are done at once, not counting those that turn out to be slow. An owner has no more than
    that at once, slow ones included, and all together have `most` threads; the last `workers` of these are for owners
    that have none. So an owner whose registries never answer keeps nobody else waiting, and several such owners leave
    threads to the others.

    The threads are daemons: a request that hangs must not keep a process alive that was told to stop.
    """

    def __init__(self, name: str, workers: int, most: int, threads: Workers | None = None) -> None:
        self._workers_alive = threads or Workers()
        self._name = name
        self._workers = workers
        self._most = most
        self._condition = Condition()
        self._waiting: OrderedDict[Party, deque[Work]] = OrderedDict()
        self._quick: OrderedDict[object, float] = OrderedDict()
        """When each piece of work began that is not slow yet, the oldest first."""
        self._running: Counter[str] = Counter()
        """How much is being done for each owner."""
        self._threads = 0
        self._idle = 0
        """How many of them look for work or wait for it, those that are just being made among them."""

    def submit(self, pieces: Iterable[Piece]) -> None:
        """Run the work in its parties' turns."""
        with self._condition:
            for work, party in pieces:
                self._waiting.setdefault(party, deque()).append(work)
            if self._waiting:
                self._call()

    def _step(self) -> bool:
        piece, party, work = self._take()
        try:
            with self._workers_alive.busy():
                work()
        finally:
            with self._condition:
                self._idle += 1
                self._quick.pop(piece, None)
                self._running[party.owner] -= 1
                if not self._running[party.owner]:
                    del self._running[party.owner]
        return True

    def _take(self) -> tuple[object, Party, Work]:
        with self._condition:
            while (found := self._next()) is None:
                self._condition.wait(self._patience())
            self._idle -= 1
            party, work = found
            piece = object()
            self._quick[piece] = time.monotonic()
            self._running[party.owner] += 1
            # Where there is no room, one that waits is enough to see when there is some.
            if self._waiting and (len(self._quick) < self._workers or not self._idle):
                self._call()
            return piece, party, work

    def _call(self) -> None:
        """Have a thread look at what waits, also when all that there are have something to do."""
        if self._idle:
            self._condition.notify()
        elif self._threads < self._most:
            self._threads += 1
            self._idle += 1
            self._workers_alive.start(self._name, f"{self._name}-{self._threads}", self._step)

    def _next(self) -> tuple[Party, Work] | None:
        """The work that may be done now, None if there is none."""
        latest = time.monotonic() - SLOW_SECONDS
        while self._quick and next(iter(self._quick.values())) <= latest:
            self._quick.popitem(last=False)
        if len(self._quick) >= self._workers:
            return None
        free = self._most - self._running.total()
        party = next((each for each in self._waiting if self._may_run(each.owner, free)), None)
        if party is None:
            return None
        works = self._waiting[party]
        work = works.popleft()
        if works:
            self._waiting.move_to_end(party)
        else:
            del self._waiting[party]
        return party, work

    def _may_run(self, owner: str, free: int) -> bool:
        running = self._running[owner]
        return running < self._workers and (free > self._workers or not running or self._most <= self._workers)

    def _patience(self) -> float | None:
        """How long until what is being done counts as slow, which may make room; None while nothing waits for that."""
        if not self._waiting or not self._quick:
            return None
        return max(0.0, next(iter(self._quick.values())) + SLOW_SECONDS - time.monotonic())
