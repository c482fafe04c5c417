"""The workloads of one kind as last seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from watch_cluster.adapters.kubernetes.resources.workloads.budget import WorkloadBudget
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import WatchedWorkload
from watch_cluster.domain.workload.workload import WorkloadKey


class WorkloadCache:
    """A `View` of one kind's workloads. `changed` is called for each that comes, changes or goes. Thread-safe."""

    def __init__(self, changed: Callable[[WorkloadKey], None], budget: WorkloadBudget) -> None:
        """Release from the budget what goes."""
        self._changed = changed
        self._budget = budget
        self._lock = Lock()
        self._workloads: dict[WorkloadKey, WatchedWorkload] = {}

    def all(self) -> list[WatchedWorkload]:
        """Every workload."""
        with self._lock:
            return list(self._workloads.values())

    def find(self, key: WorkloadKey) -> WatchedWorkload | None:
        """The workload of that name."""
        with self._lock:
            return self._workloads.get(key)

    def left_out(self, namespace: str | None) -> None:
        """Forget the workloads that may not be seen."""
        self.replace(namespace, [])

    def replace(self, namespace: str | None, items: Sequence[WatchedWorkload]) -> None:
        """Take in a whole collection: what is not in it is gone."""
        listed = {each.key: each for each in items}
        with self._lock:
            before = {key: known for key, known in self._workloads.items() if namespace in {None, key.namespace}}
            gone = before.keys() - listed.keys()
            for key in gone:
                del self._workloads[key]
            self._workloads.update(listed)
        self._budget.release(gone)
        for key in before.keys() | listed.keys():
            if before.get(key) != listed.get(key):
                self._changed(key)

    def seen(self, item: WatchedWorkload) -> None:
        """Take in one workload."""
        with self._lock:
            self._workloads[item.key] = item
        self._changed(item.key)

    def written(self, before: WatchedWorkload, after: WatchedWorkload) -> None:
        """Take in what we have made of a workload, unless a watch has shown it meanwhile.

        So no decision is based on the old state until the watch shows the change.
        """
        with self._lock:
            if self._workloads.get(before.key) is before:
                self._workloads[before.key] = after

    def gone(self, key: WorkloadKey) -> None:
        """Forget one workload."""
        with self._lock:
            known = self._workloads.pop(key, None) is not None
        self._budget.release((key,))
        if known:
            self._changed(key)
