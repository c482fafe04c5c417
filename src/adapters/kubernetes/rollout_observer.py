"""Observes rollouts: the pods of a workload, its earlier revisions, and who changed it last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.client.refusals import CHANGED, PERMANENT
from watch_cluster.adapters.kubernetes.history import History
from watch_cluster.adapters.kubernetes.resources.workloads.served_kind import ServedKind
from watch_cluster.adapters.kubernetes.watch.cluster_cache import ClusterCache
from watch_cluster.adapters.kubernetes.watch.listing import remedy
from watch_cluster.adapters.kubernetes.watch.watched_pods import WatchedPods
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import WorkloadKey

REQUEST_SECONDS: Final = 10.0


class KubernetesRolloutObserver:
    """Implements the port `RolloutObserver`."""

    def __init__(
        self,
        api: KubernetesApi,
        kinds: Mapping[str, ServedKind],
        cache: ClusterCache,
        pods: WatchedPods,
        history: History,
    ) -> None:
        self._api = api
        self._kinds = kinds
        self._cache = cache
        self._pods = pods
        self._history = history

    def replicas(self, key: WorkloadKey) -> tuple[Replica, ...] | None:
        """The workload's pods, as the port says."""
        pods = self._pods.of(key)
        if pods is None:
            return None
        watched = self._cache.watched(key)
        current = None
        if watched is not None and any(each.revision_hash is not None for each in pods):
            current = self._history.current_hash(self._kinds[key.kind], watched)
        return tuple(each.replica_in(current) for each in pods)

    def revision_annotations(self, key: WorkloadKey) -> tuple[Mapping[str, str], ...]:
        """The annotations of Watch-Cluster on a Deployment's ReplicaSets."""
        watched = self._cache.watched(key)
        if watched is None:
            raise ChangeConflict(f"{key} is gone")
        return self._history.revision_annotations(self._kinds[key.kind], key, watched.workload.annotations)

    def last_changed_by(self, key: WorkloadKey, container: str) -> str | None:
        """The field manager that set the image last."""
        return self._history.last_changed_by(self._kinds[key.kind], key, container)

    def replace(self, key: WorkloadKey, replica: Replica) -> None:
        """Delete the pod, as the port says."""
        path = f"/api/v1/namespaces/{key.namespace}/pods/{replica.name}"
        body = msgspec.json.encode({"preconditions": {"uid": replica.id}})
        try:
            self._api.request("DELETE", path, body=body, content_type="application/json", timeout=REQUEST_SECONDS)
        except ApiUnreachable as error:
            raise OrchestratorUnavailable(f"pod {replica.name} cannot be deleted: {error}") from error
        except ApiRefused as error:
            if error.status in CHANGED:
                return
            if error.status in PERMANENT:
                message = f"the API server refuses to delete pod {replica.name}: {error.message}{remedy(error)}"
                raise ChangeRejected(message) from error
            raise OrchestratorUnavailable(f"pod {replica.name} cannot be deleted: {error}{remedy(error)}") from error
