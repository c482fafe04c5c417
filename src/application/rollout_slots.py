"""How many rollouts may be in flight at once, and who is next when one has ended."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Final

from watch_cluster.application.ports.timing import Clock
from watch_cluster.domain.rollout import RolloutRecord
from watch_cluster.domain.workload import Workload, WorkloadKey

UNSEEN_SECONDS: Final = 60.0
"""How long a rollout counts that was started and has not been seen since: what is shown may lag behind."""


@dataclass(slots=True)
class _Slot:
    taken: float
    seen: bool


class RolloutSlots:
    """Counts the workloads whose rollout is in flight. Safe for threads.

    All of it stands on the workloads: a process that starts without it finds it by looking at each of them.
    """

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._lock = Lock()
        self._taken: dict[WorkloadKey, _Slot] = {}
        self._waiting: dict[WorkloadKey, None] = {}
        self._called: set[WorkloadKey] = set()

    def see(self, workload: Workload) -> None:
        """Look at a workload, to know whether its rollout is in flight."""
        record = RolloutRecord.of(workload)
        now = self._clock.monotonic()
        with self._lock:
            if record is not None and record.running:
                self._taken.setdefault(workload.key, _Slot(now, seen=True)).seen = True
            elif (slot := self._taken.get(workload.key)) is not None and slot.seen:
                del self._taken[workload.key]

    def forget(self, key: WorkloadKey) -> None:
        """The workload is gone, or is no longer watched."""
        with self._lock:
            for place in (self._taken, self._waiting):
                place.pop(key, None)
            self._called.discard(key)

    def take(self, key: WorkloadKey) -> bool:
        """Take a slot for a rollout that is about to start; whether there was one. Who gets none waits to be called."""
        with self._lock:
            self._drop_unseen()
            others = self._called - {key}
            if key not in self._taken and len(self._taken) + len(others) >= self._most:
                self._waiting.setdefault(key)
                return False
            self._taken[key] = _Slot(self._clock.monotonic(), seen=False)
            self._waiting.pop(key, None)
            return True

    def give_back(self, key: WorkloadKey) -> None:
        """The rollout has not started after all."""
        with self._lock:
            self._taken.pop(key, None)

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
            called = tuple(self._waiting)[: max(0, free)]
            for key in called:
                del self._waiting[key]
                self._called.add(key)
            return called

    def clear(self) -> None:
        """This process no longer leads: nobody waits here."""
        with self._lock:
            self._taken.clear()
            self._waiting.clear()
            self._called.clear()

    def _drop_unseen(self) -> None:
        latest = self._clock.monotonic() - UNSEEN_SECONDS
        for key in [key for key, slot in self._taken.items() if not slot.seen and slot.taken < latest]:
            del self._taken[key]
