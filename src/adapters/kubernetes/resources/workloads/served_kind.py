"""A kind of workload at one API server, in the version that this one serves."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.client.decoding import decode
from watch_cluster.adapters.kubernetes.resources.objects.collection import UnreadableObject
from watch_cluster.adapters.kubernetes.resources.objects.metadata import ObjectMetadata
from watch_cluster.adapters.kubernetes.resources.workloads.budget import WorkloadBudget
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import Kind
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import WatchedWorkload
from watch_cluster.domain.workload.workload import WorkloadKey

_TIMEOUT_SECONDS: Final = 5.0


class _Resource(msgspec.Struct):
    name: str = ""


class _ResourceList(msgspec.Struct):
    """Part of meta/v1 APIResourceList."""

    resources: list[_Resource] | None = None


_RESOURCES: Final = msgspec.json.Decoder(_ResourceList)


class ServedKind:
    """A `Collection` of workloads of one kind. Thread-safe.

    A kind with several versions is looked up at the API server when its path is first needed, and again until the
    server has answered; meanwhile the newest version is used.
    """

    def __init__(self, kind: Kind, api: KubernetesApi, budget: WorkloadBudget | None = None) -> None:
        self.kind = kind
        self._budget = budget or WorkloadBudget()
        self._api = api
        self._group_version = kind.group_versions[0] if len(kind.group_versions) == 1 else None

    @property
    def plural(self) -> str:
        """The resource's name, as people know it."""
        return self.kind.plural

    def collection(self, namespace: str | None) -> str:
        """The path of all objects, in one namespace or in all."""
        if self._group_version is None:
            self._group_version = self._served_version()
        return self.kind.collection_in(self._group_version or self.kind.group_versions[0], namespace)

    def path(self, key: WorkloadKey) -> str:
        """The path of one object."""
        return f"{self.collection(key.namespace)}/{key.name}"

    def read(self, body: bytes | msgspec.Raw) -> tuple[WorkloadKey, str, WatchedWorkload | None]:
        """Read one object, see `Kind.read`; one that goes over the budget cannot be read."""
        key, version, item = self.kind.read(body)
        if item is None:
            self._budget.release((key,))
            return key, version, None
        refusal = self._budget.refusal(key, item.size)
        if refusal is not None:
            raise UnreadableObject(key, ObjectMetadata(key.name, key.namespace, item.workload.uid, version), refusal)
        return key, version, item

    def _served_version(self) -> str | None:
        """The newest version that the API server serves the kind in, None while it is not known."""
        for group_version in self.kind.group_versions:
            try:
                body = self._api.request("GET", f"/apis/{group_version}", timeout=_TIMEOUT_SECONDS)
                served = {each.name for each in decode(_RESOURCES, body).resources or ()}
            except ApiRefused as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    return None
                continue
            except (ApiUnreachable, msgspec.DecodeError):
                return None
            if self.plural in served:
                return group_version
        return None
