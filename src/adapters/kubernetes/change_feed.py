"""Watches the cluster, and says which workloads have changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.resources.namespaces import Namespace, Namespaces
from watch_cluster.adapters.kubernetes.resources.workloads.served_kind import ServedKind
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import WatchedWorkload
from watch_cluster.adapters.kubernetes.watch.backoff import Timing
from watch_cluster.adapters.kubernetes.watch.cluster_cache import ClusterCache
from watch_cluster.adapters.kubernetes.watch.unreadable import UnreadableObjects
from watch_cluster.adapters.kubernetes.watch.watch_failures import WatchFailures
from watch_cluster.adapters.kubernetes.watch.watched_pods import WatchedPods
from watch_cluster.adapters.kubernetes.watch.watcher import Watcher
from watch_cluster.adapters.workers import Workers
from watch_cluster.domain.workload.workload import WorkloadKey

CLOSE_SECONDS: Final = 2.0
_NAMESPACES: Final = Namespaces()


class KubernetesChangeFeed:
    """Implements the port `ChangeFeed`: one watch for each kind and scope, one of namespaces, and those of pods."""

    def __init__(
        self,
        api: KubernetesApi,
        kinds: Iterable[ServedKind],
        scopes: tuple[str | None, ...],
        cache: ClusterCache,
        pods: WatchedPods,
        timing: Timing,
        failures: WatchFailures,
        unreadable: UnreadableObjects,
        workers: Workers | None = None,
    ) -> None:
        self._cache = cache
        self._pods = pods
        self._started = False
        self._watchers: list[Watcher[WorkloadKey, WatchedWorkload] | Watcher[str, Namespace]] = [
            Watcher(api, kind, scope, cache.workloads[kind.kind.name], timing, failures, unreadable, workers)
            for kind in kinds
            for scope in scopes
        ]
        self._watchers.append(Watcher(api, _NAMESPACES, None, cache.namespaces, timing, failures, unreadable, workers))

    def start(self, changed: Callable[[WorkloadKey], None]) -> None:
        """Begin to watch."""
        self._cache.on_change = changed
        self._pods.observe()
        self._started = True
        for watcher in self._watchers:
            watcher.start()

    def synced(self) -> bool:
        """Whether every collection was listed, or is left out because the server will not list it."""
        return self._started and all(watcher.listed for watcher in self._watchers)

    def staleness(self) -> float:
        """Seconds since the last watch event of the watch that has been silent longest; 0 before `start`."""
        if not self._started:
            return 0.0
        return max(*(watcher.staleness for watcher in self._watchers), self._pods.staleness)

    def close(self) -> None:
        """Stop watching."""
        self._cache.on_change = None
        deadline = time.monotonic() + CLOSE_SECONDS
        if self._started:
            for watcher in self._watchers:
                watcher.stop()
            for watcher in self._watchers:
                watcher.join(max(0.0, deadline - time.monotonic()))
        self._pods.close(max(0.0, deadline - time.monotonic()))
