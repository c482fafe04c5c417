"""The API server as an orchestrator: its parts, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from watch_cluster.adapters.kubernetes.change_feed import KubernetesChangeFeed
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.freeze_switch import KubernetesFreezeSwitch
from watch_cluster.adapters.kubernetes.node_inventory import KubernetesNodeInventory
from watch_cluster.adapters.kubernetes.resources.history import History
from watch_cluster.adapters.kubernetes.resources.kinds import KINDS
from watch_cluster.adapters.kubernetes.resources.served_kind import ServedKind
from watch_cluster.adapters.kubernetes.rollout_observer import KubernetesRolloutObserver
from watch_cluster.adapters.kubernetes.watch.backoff import Timing
from watch_cluster.adapters.kubernetes.watch.cluster_cache import ClusterCache
from watch_cluster.adapters.kubernetes.watch.unreadable import UnreadableObjects
from watch_cluster.adapters.kubernetes.watch.watch_failures import WatchFailures
from watch_cluster.adapters.kubernetes.watch.watched_pods import WatchedPods
from watch_cluster.adapters.kubernetes.workload_reader import KubernetesWorkloadReader
from watch_cluster.adapters.kubernetes.workload_writer import KubernetesWorkloadWriter
from watch_cluster.domain.images.platform import Node
from watch_cluster.domain.rollout.event import Event
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Change, Workload, WorkloadKey


class KubernetesOrchestrator:
    """Implements the port `Orchestrator` with one part for each role.

    `reader`, `writer`, `observer`, `feed`, `node_inventory` and `freeze_switch` share one cache of the cluster.
    """

    def __init__(
        self,
        api: KubernetesApi,
        namespaces: tuple[str, ...] = (),
        timing: Timing | None = None,
        own: str = "watch-cluster",
        restarted: Callable[[str], None] = lambda _resource: None,
        unreadable: Callable[[str], None] = lambda _resource: None,
        notify: Callable[[Event], None] | None = None,
    ) -> None:
        """Watch these namespaces, all of them when none is named; `own` is the one that we run in.

        `restarted` is called with the resource of each watch that breaks off, `unreadable` with that of each object
        that cannot be read, and `notify` with the Event for the owner of such a workload.
        """
        timing = timing or Timing()
        scopes: tuple[str | None, ...] = namespaces or (None,)
        kinds = {kind.name: ServedKind(kind, api) for kind in KINDS}
        cache = ClusterCache(own)
        failures = WatchFailures(restarted)
        left_out = UnreadableObjects(timing.monotonic, unreadable, notify)
        pods = WatchedPods(api, scopes, timing, failures, left_out, cache.pods_changed)
        history = History(api, left_out.report)
        self.reader = KubernetesWorkloadReader(api, kinds.values(), scopes, cache, left_out)
        self.writer = KubernetesWorkloadWriter(api, kinds, cache, timing)
        self.observer = KubernetesRolloutObserver(api, kinds, cache, pods, history)
        self.feed = KubernetesChangeFeed(api, kinds.values(), scopes, cache, pods, timing, failures, left_out)
        self.node_inventory = KubernetesNodeInventory(api, timing, left_out)
        self.freeze_switch = KubernetesFreezeSwitch(api)

    def workloads(self) -> Iterable[Workload]:
        """See `KubernetesWorkloadReader`."""
        return self.reader.workloads()

    def find(self, key: WorkloadKey) -> Workload | None:
        """See `KubernetesWorkloadReader`."""
        return self.reader.find(key)

    def load(self) -> None:
        """See `KubernetesWorkloadReader`."""
        self.reader.load()

    def replicas(self, key: WorkloadKey) -> tuple[Replica, ...] | None:
        """See `KubernetesRolloutObserver`."""
        return self.observer.replicas(key)

    def revision_annotations(self, key: WorkloadKey) -> tuple[Mapping[str, str], ...]:
        """See `KubernetesRolloutObserver`."""
        return self.observer.revision_annotations(key)

    def last_changed_by(self, key: WorkloadKey, container: str) -> str | None:
        """See `KubernetesRolloutObserver`."""
        return self.observer.last_changed_by(key, container)

    def remove(self, key: WorkloadKey, replica: Replica) -> None:
        """See `KubernetesRolloutObserver`."""
        self.observer.replace(key, replica)

    def nodes(self) -> tuple[Node, ...] | None:
        """See `KubernetesNodeInventory`."""
        return self.node_inventory.nodes()

    def apply(self, key: WorkloadKey, change: Change) -> None:
        """See `KubernetesWorkloadWriter`."""
        self.writer.apply(key, change)

    def freeze(self, namespace: str, reason: str | None) -> None:
        """See `KubernetesFreezeSwitch`."""
        self.freeze_switch.freeze(namespace, reason)

    def start(self, changed: Callable[[WorkloadKey], None]) -> None:
        """See `KubernetesChangeFeed`."""
        self.feed.start(changed)

    def synced(self) -> bool:
        """See `KubernetesChangeFeed`."""
        return self.feed.synced()

    def staleness(self) -> float:
        """See `KubernetesChangeFeed`."""
        return self.feed.staleness()

    def close(self) -> None:
        """See `KubernetesChangeFeed`."""
        self.feed.close()
