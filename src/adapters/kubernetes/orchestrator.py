"""Kubernetes as an orchestrator: one adapter for each port, and what they share."""

from __future__ import annotations

from collections.abc import Callable

from watch_cluster.adapters.kubernetes.change_feed import KubernetesChangeFeed
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.freeze_switch import KubernetesFreezeSwitch
from watch_cluster.adapters.kubernetes.history import History
from watch_cluster.adapters.kubernetes.node_inventory import KubernetesNodeInventory
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import KINDS
from watch_cluster.adapters.kubernetes.resources.workloads.served_kind import ServedKind
from watch_cluster.adapters.kubernetes.rollout_observer import KubernetesRolloutObserver
from watch_cluster.adapters.kubernetes.watch.backoff import Timing
from watch_cluster.adapters.kubernetes.watch.cluster_cache import ClusterCache
from watch_cluster.adapters.kubernetes.watch.unreadable import UnreadableObjects
from watch_cluster.adapters.kubernetes.watch.watch_failures import WatchFailures
from watch_cluster.adapters.kubernetes.watch.watched_pods import WatchedPods
from watch_cluster.adapters.kubernetes.workload_reader import KubernetesWorkloadReader
from watch_cluster.adapters.kubernetes.workload_writer import KubernetesWorkloadWriter
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.domain.rollout.event import Event


def kubernetes_orchestrator(
    api: KubernetesApi,
    namespaces: tuple[str, ...] = (),
    timing: Timing | None = None,
    own: str = "watch-cluster",
    restarted: Callable[[str], None] = lambda _resource: None,
    unreadable: Callable[[str], None] = lambda _resource: None,
    notify: Callable[[Event], None] | None = None,
    workers: Workers | None = None,
) -> Orchestrator:
    """Watch these namespaces, all of them when none is named; `own` is the one that we run in.

    `restarted` is called with the resource of each watch that breaks off, `unreadable` with that of each object that
    cannot be read, and `notify` with the Event for the owner of such a workload.
    """
    timing, workers = timing or Timing(), workers or Workers()
    scopes: tuple[str | None, ...] = namespaces or (None,)
    cache = ClusterCache(own)
    kinds = {kind.name: ServedKind(kind, api, cache.budget) for kind in KINDS}
    failures = WatchFailures(restarted)
    left_out = UnreadableObjects(timing.monotonic, unreadable, notify, workers)
    pods = WatchedPods(api, scopes, timing, failures, left_out, cache.pods_changed, cache.is_watched, workers)
    history = History(api, left_out.report)
    return Orchestrator(
        reader=KubernetesWorkloadReader(api, kinds.values(), scopes, cache, left_out),
        writer=KubernetesWorkloadWriter(api, kinds, cache, timing),
        observer=KubernetesRolloutObserver(api, kinds, cache, pods, history),
        feed=KubernetesChangeFeed(api, kinds.values(), scopes, cache, pods, timing, failures, left_out, workers),
        nodes=KubernetesNodeInventory(api, timing, left_out),
        freezes=KubernetesFreezeSwitch(api),
    )
