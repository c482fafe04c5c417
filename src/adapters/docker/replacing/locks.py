"""One lock for each workload, so that its containers are replaced by one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from watch_cluster.domain.workload.workload import WorkloadKey


class Locks:
    """Locks by workload; a lock without a holder or waiter is dropped."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[WorkloadKey, tuple[threading.RLock, int]] = {}

    @contextmanager
    def of(self, key: WorkloadKey) -> Iterator[None]:
        """Hold the lock of the workload."""
        with self._guard:
            lock, users = self._locks.get(key, (threading.RLock(), 0))
            self._locks[key] = lock, users + 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, users = self._locks[key]
                if users == 1:
                    del self._locks[key]
                else:
                    self._locks[key] = lock, users - 1
