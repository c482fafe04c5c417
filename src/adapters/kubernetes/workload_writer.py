"""Changes workloads by JSON patches that carry their own conditions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.client.permissions import Permissions
from watch_cluster.adapters.kubernetes.client.refusals import CHANGED, PERMANENT
from watch_cluster.adapters.kubernetes.resources.objects.collection import UnreadableObject
from watch_cluster.adapters.kubernetes.resources.workloads.patch import (
    ContainerGone,
    Operation,
    encoded,
    holds,
    operations,
)
from watch_cluster.adapters.kubernetes.resources.workloads.served_kind import ServedKind
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import FIELD_MANAGER
from watch_cluster.adapters.kubernetes.watch.backoff import Timing
from watch_cluster.adapters.kubernetes.watch.cluster_cache import ClusterCache
from watch_cluster.adapters.kubernetes.watch.listing import remedy
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.domain.workload.workload import Change, Workload, WorkloadKey

REQUEST_SECONDS: Final = 10.0


class KubernetesWorkloadWriter:
    """Implements the port `WorkloadWriter`."""

    def __init__(
        self, api: KubernetesApi, kinds: Mapping[str, ServedKind], cache: ClusterCache, timing: Timing
    ) -> None:
        self._api = api
        self._kinds = kinds
        self._cache = cache
        self._permissions = Permissions(timing.monotonic)

    def apply(self, key: WorkloadKey, change: Change) -> None:
        """Send the change as one JSON patch, as the port says."""
        kind = self._kinds[key.kind]
        before = self._cache.watched(key)
        if before is None:
            raise ChangeConflict(f"{key} is gone")
        patch = _patch(kind, before.workload, change)
        try:
            response = self._api.request(
                "PATCH",
                kind.path(key),
                query=[("fieldManager", FIELD_MANAGER)],
                body=encoded(patch),
                content_type="application/json-patch+json",
                timeout=REQUEST_SECONDS,
            )
        except ApiUnreachable as error:
            raise OrchestratorUnavailable(f"{key} cannot be patched: {error}") from error
        except ApiRefused as error:
            raise self._refusal(kind, key, change, patch, error) from error
        self._permissions.granted(key.namespace)
        with suppress(msgspec.DecodeError, UnreadableObject):
            _, _, after = kind.read(response)
            if after is not None:
                self._cache.workloads[key.kind].written(before, after)

    def _refusal(
        self, kind: ServedKind, key: WorkloadKey, change: Change, patch: list[Operation], error: ApiRefused
    ) -> Exception:
        """What the refusal of the patch means for the caller."""
        if error.status == HTTPStatus.UNPROCESSABLE_ENTITY and self._has_changed(kind, key, change, patch):
            return ChangeConflict(f"{key} has changed meanwhile")
        if error.status in CHANGED:
            return ChangeConflict(f"{key} has changed meanwhile: {error.message}")
        if error.status in PERMANENT and not self._permissions.may_be_granted_soon(key.namespace, error):
            return ChangeRejected(f"the API server refuses to patch {key}: {error.message}{remedy(error)}")
        return OrchestratorUnavailable(f"{key} cannot be patched now: {error}{remedy(error)}")

    def _has_changed(self, kind: ServedKind, key: WorkloadKey, change: Change, patch: list[Operation]) -> bool:
        """Distinguish a failed `test` operation from an invalid change: the API server returns 422 for both."""
        try:
            _, _, present = kind.read(self._api.request("GET", kind.path(key), timeout=REQUEST_SECONDS))
        except UnreadableObject:
            return True
        except (ApiUnreachable, msgspec.DecodeError) as error:
            raise OrchestratorUnavailable(f"{key} cannot be read: {error}") from error
        except ApiRefused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return True
            raise OrchestratorUnavailable(f"{key} cannot be read: {error}{remedy(error)}") from error
        # The indexes may have changed: somebody inserted a container.
        return present is None or not holds(present.workload, change) or _patch(kind, present.workload, change) != patch


def _patch(kind: ServedKind, workload: Workload, change: Change) -> list[Operation]:
    try:
        return operations(kind.kind, workload, change)
    except ContainerGone as error:
        raise ChangeConflict(f"{workload.key}: {error}") from error
