"""Everything that the watches keep: workloads of all kinds, and what their namespaces say about them."""

from __future__ import annotations

from collections.abc import Callable

from watch_cluster.adapters.kubernetes.resources.workloads.budget import WorkloadBudget
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import KINDS
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import WatchedWorkload
from watch_cluster.adapters.kubernetes.watch.namespace_cache import NamespaceCache
from watch_cluster.adapters.kubernetes.watch.workload_cache import WorkloadCache
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


class ClusterCache:
    """The cluster as last seen. Thread-safe.

    `own_namespace` is that of Watch-Cluster. `on_change` is called for each workload that appears, changes or goes.
    """

    def __init__(self, own_namespace: str) -> None:
        self.budget = WorkloadBudget()
        self.workloads = {kind.name: WorkloadCache(self._changed, self.budget) for kind in KINDS}
        self.namespaces = NamespaceCache(own_namespace, self._namespace_changed)
        self.on_change: Callable[[WorkloadKey], None] | None = None

    def all(self) -> list[Workload]:
        """Every workload, with what its namespace says."""
        return [
            self.namespaces.with_settings(each.workload) for cache in self.workloads.values() for each in cache.all()
        ]

    def watched(self, key: WorkloadKey) -> WatchedWorkload | None:
        """The workload of that key, without what its namespace says."""
        cache = self.workloads.get(key.kind)
        return None if cache is None else cache.find(key)

    def is_watched(self, key: WorkloadKey) -> bool:
        """Whether the workload has an annotation of Watch-Cluster."""
        return self.watched(key) is not None

    def find(self, key: WorkloadKey) -> Workload | None:
        """The workload of that key, with what its namespace says."""
        watched = self.watched(key)
        return None if watched is None else self.namespaces.with_settings(watched.workload)

    def pods_changed(self, owner: WorkloadKey) -> None:
        """Pods of a workload have changed. They do so for many reasons; it matters to a running rollout."""
        watched = self.watched(owner)
        record = None if watched is None else RolloutRecord.of(watched.workload)
        if record is not None and record.running:
            self._changed(owner)

    def _namespace_changed(self, name: str) -> None:
        """What a namespace says concerns all workloads in it; what our own says, all that there are."""
        for cache in self.workloads.values():
            for each in cache.all():
                if name in {each.key.namespace, self.namespaces.own}:
                    self._changed(each.key)

    def _changed(self, key: WorkloadKey) -> None:
        on_change = self.on_change
        if on_change is not None:
            on_change(key)
