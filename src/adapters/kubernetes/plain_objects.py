"""Reads objects of any kind as they are, and annotates workloads that Watch-Cluster does not watch yet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import KINDS
from watch_cluster.adapters.kubernetes.resources.workloads.patch import encoded
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import FIELD_MANAGER
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.domain.workload.workload import WorkloadKey

_SECONDS: Final = 30.0
_PAGE: Final = 100
_PAGE_BYTES: Final = 64 * 2**20
_MOST: Final = 20_000
"""How many objects of a kind are read."""


class PlainObjects:
    """Reads and annotates without a cache."""

    def __init__(self, api: KubernetesApi, namespace: str | None) -> None:
        """Read one namespace, or all with None."""
        self._api = api
        self._namespace = namespace

    def workloads(self) -> Iterator[Mapping[str, Any]]:
        """The workloads of all kinds. Raises `OrchestratorUnavailable`."""
        for kind in KINDS:
            versions = [f"{each}/{kind.plural}" for each in kind.group_versions]
            yield from self.of_kind(kind.name, versions)

    def of_kind(self, kind: str, resources: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """The objects of the first resource (`GROUP/VERSION/PLURAL`) that the server knows; none if it knows none.

        Raises `OrchestratorUnavailable`.
        """
        for resource in resources:
            try:
                yield from self._all(kind, resource)
            except ApiRefused as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    continue
                raise OrchestratorUnavailable(f"cannot list {resource}: {error}") from error
            except (ApiUnreachable, ValueError) as error:
                raise OrchestratorUnavailable(f"cannot list {resource}: {error}") from error
            return

    def _all(self, kind: str, resource: str) -> Iterator[Mapping[str, Any]]:
        group_version, _, plural = resource.rpartition("/")
        scope = "" if self._namespace is None else f"/namespaces/{self._namespace}"
        cursor, read = "", 0
        while read < _MOST:
            query = [("limit", str(_PAGE)), *([("continue", cursor)] if cursor else [])]
            path = f"/apis/{group_version}{scope}/{plural}"
            body = json.loads(self._api.request("GET", path, query=query, timeout=_SECONDS, max_bytes=_PAGE_BYTES))
            for each in body.get("items") or ():
                # Lists leave the kind out.
                yield {**each, "kind": kind}
                read += 1
            cursor = (body.get("metadata") or {}).get("continue") or ""
            if not cursor:
                return

    def annotate(self, key: WorkloadKey, version: str, annotations: Mapping[str, str]) -> None:
        """Annotate the workload if it still has that resource version.

        Raises `OrchestratorUnavailable`, `ChangeConflict` and `ChangeRejected`.
        """
        [kind] = [each for each in KINDS if each.name == key.kind]
        try:
            self._api.request(
                "PATCH",
                kind.path(key),
                query=[("fieldManager", FIELD_MANAGER)],
                body=encoded({"metadata": {"resourceVersion": version, "annotations": dict(annotations)}}),
                content_type="application/merge-patch+json",
                timeout=_SECONDS,
            )
        except ApiUnreachable as error:
            raise OrchestratorUnavailable(f"{key} cannot be annotated: {error}") from error
        except ApiRefused as error:
            if error.status == HTTPStatus.CONFLICT:
                raise ChangeConflict(f"{key} has changed meanwhile: run the command again") from error
            raise ChangeRejected(f"the API server refuses to annotate {key}: {error.message}") from error
