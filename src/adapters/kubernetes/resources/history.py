"""What objects remember of their past: earlier revisions, and whose hand was on a field last. Read only when asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.client.listing import remedy
from watch_cluster.adapters.kubernetes.resources.kinds import DEPLOYMENT, FIELD_MANAGER, Kind
from watch_cluster.adapters.kubernetes.resources.objects import Metadata
from watch_cluster.application.ports.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.workload_writer import ChangeConflict
from watch_cluster.domain.workload.annotation import is_ours
from watch_cluster.domain.workload.workload import WorkloadKey

REQUEST_SECONDS: Final = 10.0
_SILENT: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


class _Requirement(msgspec.Struct):
    """Part of meta/v1 LabelSelectorRequirement."""

    key: str
    operator: str
    values: list[str] | None = None


class _Selector(msgspec.Struct, rename="camel"):
    """Part of meta/v1 LabelSelector."""

    match_labels: dict[str, str] | None = None
    match_expressions: list[_Requirement] | None = None

    def __str__(self) -> str:
        """Write it as a query parameter (k8s.io/apimachinery/pkg/labels)."""
        return ",".join((*(f"{key}={value}" for key, value in (self.match_labels or {}).items()), *self._expressions()))

    def _expressions(self) -> Iterator[str]:
        for each in self.match_expressions or ():
            values = ",".join(each.values or ())
            match each.operator:
                case "Exists":
                    yield each.key
                case "DoesNotExist":
                    yield f"!{each.key}"
                case operator:
                    yield f"{each.key} {operator.lower()} ({values})"


class _Spec(msgspec.Struct):
    selector: _Selector = msgspec.field(default_factory=_Selector)


class _Selecting(msgspec.Struct):
    metadata: Metadata
    spec: _Spec = msgspec.field(default_factory=_Spec)


class _Revision(msgspec.Struct):
    """Part of apps/v1 ReplicaSet."""

    metadata: Metadata


class _Revisions(msgspec.Struct):
    items: list[_Revision] | None = None


_SELECTING: Final = msgspec.json.Decoder(_Selecting)
_REVISIONS: Final = msgspec.json.Decoder(_Revisions)


class History:
    """Asks the API server about the past of one object. What we have no right to see is not known."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api = api

    def revision_annotations(self, key: WorkloadKey, known: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
        """The annotations of ours on the ReplicaSets of a Deployment: only they come back when it is undone.

        Raises `ChangeConflict` when the Deployment's own are not what is `known` of it: what its ReplicaSets say must
        not be held against an older look at it.
        """
        if key.kind != DEPLOYMENT.name:
            return ()
        body = self._get(DEPLOYMENT.path(key))
        if body is None:
            return ()
        deployment = _SELECTING.decode(body)
        if _ours(deployment.metadata) != known:
            raise ChangeConflict(f"{key} has changed meanwhile")
        path = f"/apis/apps/v1/namespaces/{key.namespace}/replicasets"
        listed = self._get(path, [("labelSelector", str(deployment.spec.selector))])
        if listed is None:
            return ()
        return tuple(
            _ours(each.metadata)
            for each in _REVISIONS.decode(listed).items or ()
            if any(owner.controller and owner.name == key.name for owner in each.metadata.owner_references or ())
        )

    def last_changed_by(self, kind: Kind, key: WorkloadKey, container: str) -> str | None:
        """The field manager, other than ourselves, that has set the container's image last."""
        body = self._get(kind.path(key))
        if body is None:
            return None
        entries: list[dict[str, Any]] = json.loads(body)["metadata"].get("managedFields", [])
        hands = [
            (datetime.fromisoformat(each["time"]), each.get("manager", ""))
            for each in entries
            if "time" in each and _sets_image(each.get("fieldsV1", {}), kind, container)
        ]
        manager = max(hands, default=(None, ""))[1]
        return manager if manager != FIELD_MANAGER and manager else None

    def _get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> bytes | None:
        try:
            return self._api.request("GET", path, query=query, timeout=REQUEST_SECONDS)
        except ApiUnreachable as error:
            raise OrchestratorUnavailable(f"{path} cannot be read: {error}") from error
        except ApiRefused as error:
            if error.status in _SILENT:
                return None
            raise OrchestratorUnavailable(f"{path} cannot be read: {error}{remedy(error)}") from error


def _ours(metadata: Metadata) -> dict[str, str]:
    return {name: value for name, value in (metadata.annotations or {}).items() if is_ours(name)}


def _sets_image(fields: dict[str, Any], kind: Kind, container: str) -> bool:
    """Whether the fields have the image (structured-merge-diff, fieldpath: `f:` fields and `k:` keys of lists)."""
    for step in (*kind.template.strip("/").split("/"), "spec"):
        fields = fields.get(f"f:{step}", {})
    name = f'k:{{"name":{json.dumps(container)}}}'
    return any("f:image" in fields.get(f"f:{place}", {}).get(name, {}) for place in ("containers", "initContainers"))
