"""Limits how many rollouts are in flight at once, and decides which workload is next."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Final

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.state.namespace_queues import NamespaceQueues
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

UNSEEN_SECONDS: Final = 60.0
"""How long a started rollout that was not observed yet keeps its slot: what is observed may lag behind."""


class RolloutLimiter:
    """Assigns rollout slots, fairly between namespaces. Thread-safe.

    If several namespaces share the slots, none has more than three quarters of them, the last free one is for a
    namespace that has none, and a free one goes to the namespace that has fewest. So two namespaces whose rollouts
    never end leave one of eight slots or more to the others. A rollout that soaks or is paused needs no slot. Nor does
    a running record that this process did not write: only this process starts rollouts while it leads.

    Nothing here is stored: a new process reads it from the workloads (`load`).
    """

    def __init__(self, most: int, clock: Clock, *, shared: bool = True) -> None:
        self._most = most
        self._share = max(1, most - max(1, most // 4)) if shared else most
        self._kept = 1 if shared else 0
        """How many free slots are for namespaces that have none."""
        self._clock = clock
        self._lock = Lock()
        self._rollouts: dict[WorkloadKey, str] = {}
        """The ids of the rollouts that were started here, or found by `load`."""
        self._slots: dict[str, set[WorkloadKey]] = {}
        """By namespace, the workloads that have a slot."""
        self._attempts: OrderedDict[WorkloadKey, float] = OrderedDict()
        """When a slot was taken for a rollout that was not seen yet, the oldest first."""
        self._waiting = NamespaceQueues()
        self._admitted: set[WorkloadKey] = set()
        """The workloads for which a slot is kept until they are checked."""

    def load(self, workloads: Iterable[Workload]) -> None:
        """Count the rollouts that another process has started."""
        with self._lock:
            for workload in workloads:
                record = RolloutRecord.of(workload)
                if record is not None and record.running and record.proposal is None:
                    self._rollouts[workload.key] = record.id
                    self._assign(workload)

    def observe(self, workload: Workload) -> None:
        """Assign or free the slot of the workload's rollout, as its current state requires."""
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
        """Drop a workload that was deleted or is no longer watched."""
        with self._lock:
            self._end(key)
            self._attempts.pop(key, None)
            self._admitted.discard(key)
            self._waiting.remove(key)

    def acquire(self, key: WorkloadKey) -> bool:
        """Take a slot for a rollout that is about to start; False if there is none, and the workload waits for one."""
        with self._lock:
            self._drop_unseen()
            if key not in self._admitted and not self._has_slot(key) and not self._has_room(key.namespace):
                self._waiting.put(key)
                return False
            self._slots.setdefault(key.namespace, set()).add(key)
            self._attempts[key] = self._clock.monotonic()
            self._attempts.move_to_end(key)
            self._admitted.discard(key)
            self._waiting.remove(key)
            return True

    def release(self, key: WorkloadKey) -> None:
        """Free the slot of a rollout that did not start, as far as is known."""
        with self._lock:
            self._free(key)

    def is_waiting(self, key: WorkloadKey) -> bool:
        """Whether the workload waits for a slot."""
        with self._lock:
            return key in self._waiting

    def finish_check(self, key: WorkloadKey) -> None:
        """Stop keeping a slot for a workload that was checked."""
        with self._lock:
            self._admitted.discard(key)

    def admit(self) -> tuple[WorkloadKey, ...]:
        """Return as many waiting workloads as there are free slots: they are to be checked now.

        Namespaces take turns, and in each the longest waiting comes first. A slot is kept for each until
        `finish_check`.
        """
        admitted: list[WorkloadKey] = []
        with self._lock:
            if not self._waiting:
                return ()
            self._drop_unseen()
            used = self._used()
            while (namespace := self._next(used, (waiting for waiting, _ in self._waiting.sizes()))) is not None:
                key = self._waiting.take(namespace)
                used[namespace] += 1
                self._admitted.add(key)
                admitted.append(key)
        return tuple(admitted)

    def why_full(self, key: WorkloadKey) -> str | None:
        """Return why there is no slot for the workload now, as a clause for people; None if there is one."""
        with self._lock:
            self._drop_unseen()
            used = self._used()
            if key in self._admitted or self._has_slot(key) or self._has_room(key.namespace):
                return None
            own, taken = used[key.namespace], self._taken(used)
            if own >= self._share < self._most:
                return f"its namespace has {own} of {self._most} (MAX_CONCURRENT_ROLLOUTS), as many as one may have"
            full = f"{taken} of {self._most} are taken (MAX_CONCURRENT_ROLLOUTS)"
            if own and taken == self._most - 1 and self._kept:
                return f"{full}, and the last one is for a namespace that has none"
            return full

    def in_flight(self) -> int:
        """Count the rollouts that have a slot."""
        with self._lock:
            return sum(len(keys) for keys in self._slots.values())

    def waiting(self) -> int:
        """Count the workloads that wait for a slot."""
        with self._lock:
            return len(self._waiting)

    def clear(self) -> None:
        """Forget everything: this process no longer leads."""
        with self._lock:
            self._rollouts.clear()
            self._slots.clear()
            self._attempts.clear()
            self._waiting.clear()
            self._admitted.clear()

    def _used(self) -> Counter[str]:
        """Count the slots of each namespace, with those kept for admitted workloads, up to its share.

        `load` may have found more: anybody who can edit a workload can write a running record.
        """
        used = Counter({namespace: len(keys) for namespace, keys in self._slots.items()})
        used.update(key.namespace for key in self._admitted if not self._has_slot(key))
        return Counter({namespace: min(count, self._share) for namespace, count in used.items()})

    def _taken(self, used: Counter[str]) -> int:
        """Count the slots that are taken.

        Namespaces may hold more than they may take: all rollouts that they had paused may go on at once. What they hold
        beyond their first slot counts up to what two of them may take.
        """
        most_beyond = max(self._share - 1, self._most - self._kept - 2)
        first = sum(1 for count in used.values() if count)
        return first + min(used.total() - first, most_beyond)

    def _may_take(self, own: int, taken: int) -> bool:
        """Whether a namespace that has so many slots may take another one, when so many are taken."""
        return own < self._share and taken < self._most - (self._kept if own else 0)

    def _next(self, used: Counter[str], waiting: Iterable[str]) -> str | None:
        """Return the namespace that gets the next slot, None if none of those waiting may take one."""
        taken = self._taken(used)
        eligible = (namespace for namespace in waiting if self._may_take(used[namespace], taken))
        return min(eligible, key=lambda candidate: used[candidate], default=None)

    def _has_room(self, namespace: str) -> bool:
        """Whether there is a slot for a workload that has not waited: those that wait come first."""
        used, waiting = self._used(), dict(self._waiting.sizes())
        while (served := self._next(used, waiting)) is not None:
            used[served] += 1
            waiting[served] -= 1
            if not waiting[served]:
                del waiting[served]
        return self._may_take(used[namespace], self._taken(used))

    def _has_slot(self, key: WorkloadKey) -> bool:
        return key in self._slots.get(key.namespace, ())

    def _assign(self, workload: Workload) -> None:
        """Give the rollout in flight a slot, or free it while the rollout needs none."""
        if workload.paused or workload.progress.complete:
            self._free(workload.key)
        else:
            self._slots.setdefault(workload.key.namespace, set()).add(workload.key)

    def _end(self, key: WorkloadKey) -> None:
        self._rollouts.pop(key, None)
        self._free(key)

    def _free(self, key: WorkloadKey) -> None:
        keys = self._slots.get(key.namespace, set())
        keys.discard(key)
        if not keys:
            self._slots.pop(key.namespace, None)

    def _drop_unseen(self) -> None:
        latest = self._clock.monotonic() - UNSEEN_SECONDS
        while self._attempts and next(iter(self._attempts.values())) < latest:
            key, _ = self._attempts.popitem(last=False)
            if key not in self._rollouts:
                self._free(key)
