"""How many rollouts may be in flight at once, and who is next when one has ended."""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice
from threading import Lock
from typing import Final

from watch_cluster.application.ports.clock import Clock
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

UNSEEN_SECONDS: Final = 60.0
"""How long a rollout counts that was started and has not been seen since: what is shown may lag behind."""


class RolloutLimiter:
    """Counts the workloads whose rollout is in flight. Safe for threads.

    All of it stands on the workloads: a process that starts without it finds it by looking at each of them.
    """

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._lock = Lock()
        self._taken: set[WorkloadKey] = set()
        self._unseen: OrderedDict[WorkloadKey, float] = OrderedDict()
        """When those slots were taken whose rollout was not seen yet, the oldest first."""
        self._waiting: dict[WorkloadKey, None] = {}
        self._called: set[WorkloadKey] = set()

    def see(self, workload: Workload) -> None:
        """Look at a workload, to know whether its rollout is in flight."""
        record = RolloutRecord.of(workload)
        with self._lock:
            if record is not None and record.running:
                self._taken.add(workload.key)
                self._unseen.pop(workload.key, None)
            elif workload.key not in self._unseen:
                self._taken.discard(workload.key)

    def forget(self, key: WorkloadKey) -> None:
        """The workload is gone, or is no longer watched."""
        with self._lock:
            self._release(key)
            self._waiting.pop(key, None)
            self._called.discard(key)

    def take(self, key: WorkloadKey) -> bool:
        """Take a slot for a rollout that is about to start; whether there was one. Who gets none waits to be called."""
        with self._lock:
            self._drop_unseen()
            others = len(self._called) - (key in self._called)
            if key not in self._taken and len(self._taken) + others >= self._most:
                self._waiting.setdefault(key)
                return False
            self._taken.add(key)
            self._unseen[key] = self._clock.monotonic()
            self._unseen.move_to_end(key)
            self._waiting.pop(key, None)
            return True

    def give_back(self, key: WorkloadKey) -> None:
        """The rollout has not started after all."""
        with self._lock:
            self._release(key)

    def waits(self, key: WorkloadKey) -> bool:
        """Whether the workload is still to be called."""
        with self._lock:
            return key in self._waiting

    def finish(self, key: WorkloadKey) -> None:
        """The workload was checked: if it was called, it has used its turn."""
        with self._lock:
            self._called.discard(key)

    def call(self) -> tuple[WorkloadKey, ...]:
        """Call as many of those that wait as there are free slots, the longest waiting first: they are to be checked.

        A called one keeps a slot free until `finish`.
        """
        with self._lock:
            self._drop_unseen()
            free = self._most - len(self._taken) - len(self._called)
            called = tuple(islice(self._waiting, max(0, free)))
            for key in called:
                del self._waiting[key]
                self._called.add(key)
            return called

    def taken(self) -> int:
        """Count the rollouts that are in flight."""
        with self._lock:
            return len(self._taken)

    def clear(self) -> None:
        """This process no longer leads: nobody waits here."""
        with self._lock:
            self._taken.clear()
            self._unseen.clear()
            self._waiting.clear()
            self._called.clear()

    def _drop_unseen(self) -> None:
        latest = self._clock.monotonic() - UNSEEN_SECONDS
        while self._unseen and next(iter(self._unseen.values())) < latest:
            key, _ = self._unseen.popitem(last=False)
            self._taken.discard(key)

    def _release(self, key: WorkloadKey) -> None:
        self._taken.discard(key)
        self._unseen.pop(key, None)
