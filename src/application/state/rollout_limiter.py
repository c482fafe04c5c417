"""How many rollouts may be in flight at once, and who is next when one has ended."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Final

from watch_cluster.application.ports.clock import Clock
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

UNSEEN_SECONDS: Final = 60.0
"""How long a rollout counts that was started and has not been seen since: what is shown may lag behind."""


class RolloutLimiter:
    """Gives out the slots of rollouts, fairly between namespaces. Thread-safe.

    If several namespaces share the slots, none has more than three quarters of them, and a free one goes to the
    namespace that has fewest. A rollout that soaks or is paused needs no slot. A running record that appears by itself
    takes none: only this process starts rollouts while it leads.

    All of it stands on the workloads: a process that starts without it finds it by `load`.
    """

    def __init__(self, most: int, clock: Clock, *, shared: bool = True) -> None:
        self._most = most
        self._share = max(1, most - max(1, most // 4)) if shared else most
        self._clock = clock
        self._lock = Lock()
        self._rollouts: dict[WorkloadKey, str] = {}
        """The ids of the rollouts that were started here, or found by `load`."""
        self._slots: dict[str, set[WorkloadKey]] = {}
        """By namespace, the workloads that have a slot."""
        self._attempts: OrderedDict[WorkloadKey, float] = OrderedDict()
        """When a slot was taken for a rollout that was not seen yet, the oldest first."""
        self._waiting: OrderedDict[str, dict[WorkloadKey, None]] = OrderedDict()
        """By namespace, the one that was served last at the end."""
        self._called: set[WorkloadKey] = set()

    def load(self, workloads: Iterable[Workload]) -> None:
        """Count the rollouts that another process has started."""
        with self._lock:
            for workload in workloads:
                record = RolloutRecord.of(workload)
                if record is not None and record.running:
                    self._rollouts[workload.key] = record.id
                    self._assign(workload)

    def see(self, workload: Workload) -> None:
        """Look at a workload, to know whether its rollout needs a slot."""
        key, record = workload.key, RolloutRecord.of(workload)
        with self._lock:
            if record is None or not record.running:
                if key not in self._attempts:
                    self._end(key)
                return
            if self._rollouts.get(key) != record.id:
                if key not in self._attempts:
                    return
                self._rollouts[key] = record.id
            self._attempts.pop(key, None)
            self._assign(workload)

    def forget(self, key: WorkloadKey) -> None:
        """The workload is gone, or is no longer watched."""
        with self._lock:
            self._end(key)
            self._attempts.pop(key, None)
            self._called.discard(key)
            self._stop_waiting(key)

    def take(self, key: WorkloadKey) -> bool:
        """Take a slot for a rollout that is about to start; whether there was one. Who gets none waits to be called."""
        with self._lock:
            self._drop_unseen()
            if key not in self._called and not self._has_slot(key) and not self._has_room(key.namespace):
                self._waiting.setdefault(key.namespace, {}).setdefault(key)
                return False
            self._slots.setdefault(key.namespace, set()).add(key)
            self._attempts[key] = self._clock.monotonic()
            self._attempts.move_to_end(key)
            self._called.discard(key)
            self._stop_waiting(key)
            return True

    def give_back(self, key: WorkloadKey) -> None:
        """The rollout has not started after all, as far as is known."""
        with self._lock:
            self._release(key)

    def waits(self, key: WorkloadKey) -> bool:
        """Whether the workload is still to be called."""
        with self._lock:
            return key in self._waiting.get(key.namespace, ())

    def finish(self, key: WorkloadKey) -> None:
        """The workload was checked: if it was called, it has used its turn."""
        with self._lock:
            self._called.discard(key)

    def call(self) -> tuple[WorkloadKey, ...]:
        """Call as many of those that wait as there are free slots: they are to be checked.

        Namespaces take turns, and in each the longest waiting comes first. A called one keeps a slot free until
        `finish`.
        """
        called: list[WorkloadKey] = []
        with self._lock:
            if not self._waiting:
                return ()
            self._drop_unseen()
            used = self._used()
            for _ in range(self._most - used.total()):
                eligible = [each for each in self._waiting if used[each] < self._share]
                if not eligible:
                    break
                namespace = min(eligible, key=lambda each: used[each])
                key = next(iter(self._waiting[namespace]))
                self._stop_waiting(key)
                if namespace in self._waiting:
                    self._waiting.move_to_end(namespace)
                used[namespace] += 1
                self._called.add(key)
                called.append(key)
        return tuple(called)

    def obstacle(self, key: WorkloadKey) -> str | None:
        """Why the workload gets no slot now, for its owner; None when there is one."""
        with self._lock:
            self._drop_unseen()
            used = self._used()
            if key in self._called or self._has_slot(key) or self._has_room(key.namespace):
                return None
            own = used[key.namespace]
            if own >= self._share < self._most:
                return f"its namespace has {own} of {self._most} (MAX_CONCURRENT_ROLLOUTS), as many as one may have"
            return f"{used.total()} of {self._most} are taken (MAX_CONCURRENT_ROLLOUTS)"

    def taken(self) -> int:
        """Count the rollouts that have a slot."""
        with self._lock:
            return sum(len(keys) for keys in self._slots.values())

    def waiting(self) -> int:
        """Count the workloads that wait for a slot."""
        with self._lock:
            return sum(len(keys) for keys in self._waiting.values())

    def clear(self) -> None:
        """This process no longer leads: nobody waits here."""
        with self._lock:
            self._rollouts.clear()
            self._slots.clear()
            self._attempts.clear()
            self._waiting.clear()
            self._called.clear()

    def _used(self) -> Counter[str]:
        """Count the slots of each namespace, those kept for who was called among them, and never more than its share.

        Whoever writes records may have had more of them at `load`.
        """
        used = Counter({namespace: len(keys) for namespace, keys in self._slots.items()})
        used.update(key.namespace for key in self._called if not self._has_slot(key))
        return Counter({namespace: min(count, self._share) for namespace, count in used.items()})

    def _has_room(self, namespace: str) -> bool:
        """Whether there is a slot for one that has not waited: those that wait come first."""
        used = self._used()
        ahead = sum(min(len(keys), self._share - used[each]) for each, keys in self._waiting.items())
        return used[namespace] < self._share and used.total() + ahead < self._most

    def _has_slot(self, key: WorkloadKey) -> bool:
        return key in self._slots.get(key.namespace, ())

    def _assign(self, workload: Workload) -> None:
        """Return the rollout in flight its slot, or take it away while it needs none."""
        if workload.paused or workload.progress.complete:
            self._release(workload.key)
        else:
            self._slots.setdefault(workload.key.namespace, set()).add(workload.key)

    def _end(self, key: WorkloadKey) -> None:
        self._rollouts.pop(key, None)
        self._release(key)

    def _release(self, key: WorkloadKey) -> None:
        keys = self._slots.get(key.namespace, set())
        keys.discard(key)
        if not keys:
            self._slots.pop(key.namespace, None)

    def _stop_waiting(self, key: WorkloadKey) -> None:
        keys = self._waiting.get(key.namespace, {})
        keys.pop(key, None)
        if not keys:
            self._waiting.pop(key.namespace, None)

    def _drop_unseen(self) -> None:
        latest = self._clock.monotonic() - UNSEEN_SECONDS
        while self._attempts and next(iter(self._attempts.values())) < latest:
            key, _ = self._attempts.popitem(last=False)
            if key not in self._rollouts:
                self._release(key)
