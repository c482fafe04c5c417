"""Reads workloads: from what the watches keep, or by one list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
import structlog

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.resources.namespaces import Namespaces
from watch_cluster.adapters.kubernetes.resources.objects.collection import Collection, Item, Key, View
from watch_cluster.adapters.kubernetes.resources.workloads.served_kind import ServedKind
from watch_cluster.adapters.kubernetes.watch.cluster_cache import ClusterCache
from watch_cluster.adapters.kubernetes.watch.listing import describe_collection, list_all, remedy
from watch_cluster.adapters.kubernetes.watch.refusals import LEFT_OUT
from watch_cluster.adapters.kubernetes.watch.unreadable import UnreadableObjects
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

_NAMESPACES: Final = Namespaces()


class KubernetesWorkloadReader:
    """Implements the port `WorkloadReader`. `scopes` are the namespaces to read, one None for all."""

    def __init__(
        self,
        api: KubernetesApi,
        kinds: Iterable[ServedKind],
        scopes: tuple[str | None, ...],
        cache: ClusterCache,
        unreadable: UnreadableObjects,
    ) -> None:
        self._api = api
        self._scopes = [(kind, namespace) for kind in kinds for namespace in scopes]
        self._cache = cache
        self._unreadable = unreadable
        self._log = structlog.get_logger()

    def workloads(self) -> Iterable[Workload]:
        """Return all known workloads with an annotation of Watch-Cluster."""
        return self._cache.all()

    def find(self, key: WorkloadKey) -> Workload | None:
        """The workload as last seen."""
        return self._cache.find(key)

    def load(self) -> None:
        """List everything once, without a watch. Raises `OrchestratorUnavailable`."""
        outcomes = [self._load(kind, scope, self._cache.workloads[kind.kind.name]) for kind, scope in self._scopes]
        refusals = [line for line in outcomes if line is not None]
        if len(refusals) == len(self._scopes):
            raise OrchestratorUnavailable(refusals[0])
        for line in (*refusals, self._load(_NAMESPACES, None, self._cache.namespaces)):
            if line is not None:
                self._log.warning(line)

    def _load(self, resource: Collection[Key, Item], namespace: str | None, view: View[Key, Item]) -> str | None:
        """List into a view; returns the line to log when the server does not let us."""
        try:
            items, _ = list_all(self._api, resource, namespace, self._unreadable.report)
        except (ApiRefused, ApiUnreachable, msgspec.DecodeError) as error:
            line = f"cannot list {describe_collection(resource, namespace)}: {error}{remedy(error)}"
            if not isinstance(error, ApiRefused) or error.status not in LEFT_OUT:
                raise OrchestratorUnavailable(line) from error
            view.left_out(namespace)
            return line
        view.replace(namespace, items)
        return None
