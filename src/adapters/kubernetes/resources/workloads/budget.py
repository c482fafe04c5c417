"""How many bytes of watched workloads are kept, so that no namespace takes the memory of all others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from threading import Lock
from typing import Final

from watch_cluster.domain.workload.workload import WorkloadKey

_MIB: Final = 1024 * 1024
MAX_NAMESPACE_BYTES: Final = 24 * _MIB
"""About ten thousand workloads: only their containers and annotations of Watch-Cluster are kept."""
MAX_BYTES: Final = 64 * _MIB
ASSURED_BYTES: Final = 1 * _MIB
"""What each namespace may hold however much all others do: some hundred workloads."""


class WorkloadBudget:
    """The size of each workload that is kept. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sizes: dict[WorkloadKey, int] = {}
        self._of: Counter[str] = Counter()

    def refusal(self, key: WorkloadKey, size: int) -> str | None:
        """Count the workload with that size, in place of what it had; why it may not be kept, None when it may."""
        with self._lock:
            self._release(key)
            namespace = self._of[key.namespace] + size
            if namespace > MAX_NAMESPACE_BYTES:
                return self._over_budget(
                    f"its namespace holds more than {MAX_NAMESPACE_BYTES // _MIB} MiB of watched workloads"
                )
            if namespace > ASSURED_BYTES and self._of.total() + size > MAX_BYTES:
                return self._over_budget(f"the cluster holds more than {MAX_BYTES // _MIB} MiB of watched workloads")
            self._sizes[key] = size
            self._of[key.namespace] = namespace
        return None

    def release(self, keys: Collection[WorkloadKey]) -> None:
        """Those are kept no longer."""
        with self._lock:
            for key in keys:
                self._release(key)

    def _release(self, key: WorkloadKey) -> None:
        size = self._sizes.pop(key, 0)
        self._of[key.namespace] -= size
        if not self._of[key.namespace]:
            del self._of[key.namespace]

    @staticmethod
    def _over_budget(why: str) -> str:
        return f"{why}: shorten their annotations, or watch fewer of them"
