"""Reads the history of objects on demand: earlier revisions, and who set a field last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from threading import Lock
from typing import Any, Final

import msgspec

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.client.decoding import decode
from watch_cluster.adapters.kubernetes.resources.objects.collection import UnreadableObject
from watch_cluster.adapters.kubernetes.resources.objects.metadata import ManagedFields, ObjectMetadata, parse_time
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import DEPLOYMENT
from watch_cluster.adapters.kubernetes.resources.workloads.revisions import LabelSelector, Revision, Revisions
from watch_cluster.adapters.kubernetes.resources.workloads.served_kind import ServedKind
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import WatchedWorkload
from watch_cluster.adapters.kubernetes.watch.listing import OnUnreadable, list_all, remedy
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.tools.lru import Lru

REQUEST_SECONDS: Final = 10.0
MAX_HASHES: Final = 4096
"""Of so many revisions the hash is remembered."""
MAX_LISTED_BYTES: Final = 32 * 1024 * 1024
"""How much of a workload's revisions is read: eleven of the largest objects, which is what a Deployment keeps."""
_UNKNOWN: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


class _ManagedFieldsWithFields(ManagedFields, rename="camel"):
    """With what was written, which may be nested without limit."""

    fields_v1: msgspec.Raw = msgspec.Raw(b"{}")


class _WrittenMetadata(msgspec.Struct, rename="camel"):
    managed_fields: list[_ManagedFieldsWithFields] | None = None


class _Written(msgspec.Struct):
    metadata: _WrittenMetadata


class _Spec(msgspec.Struct):
    selector: LabelSelector = msgspec.field(default_factory=LabelSelector)


class _Selecting(msgspec.Struct):
    metadata: ObjectMetadata
    spec: _Spec = msgspec.field(default_factory=_Spec)


_WRITTEN: Final = msgspec.json.Decoder(_Written)
_SELECTING: Final = msgspec.json.Decoder(_Selecting)


class History:
    """Reads the past of one object from the API server. What we have no right to see is not known. Thread-safe."""

    def __init__(self, api: KubernetesApi, on_unreadable: OnUnreadable) -> None:
        self._api = api
        self._on_unreadable = on_unreadable
        self._lock = Lock()
        self._hashes: Lru[tuple[str, str], str] = Lru(MAX_HASHES)

    def revision_annotations(
        self, kind: ServedKind, key: WorkloadKey, known: Mapping[str, str]
    ) -> tuple[Mapping[str, str], ...]:
        """The annotations of Watch-Cluster on the ReplicaSets of a Deployment, which `kubectl rollout undo` restores.

        Raises `ChangeConflict` when the Deployment's own are not what is `known` of it: what its ReplicaSets say must
        not be held against an older state of it. Raises `OrchestratorUnavailable`.
        """
        if kind.kind.name != DEPLOYMENT.name:
            return ()
        deployment = self._selecting(kind, key)
        if deployment is None:
            return ()
        if deployment.metadata.our_annotations != known:
            raise ChangeConflict(f"{key} has changed meanwhile")
        return tuple(each.annotations for each in self._revisions("replicasets", key, deployment))

    def current_hash(self, kind: ServedKind, watched: WatchedWorkload) -> str | None:
        """The hash on the pods of the workload's current revision, None when it is not known.

        Raises `OrchestratorUnavailable`.
        """
        plural, revision = kind.kind.revisions, watched.update_revision
        if plural is None or revision is None:
            return revision
        # A revision never gets another hash.
        about = watched.workload.uid, revision
        with self._lock:
            known = self._hashes.get(about)
        if known is not None:
            return known
        found = self._read_hash(kind, plural, watched, revision)
        if found is not None:
            with self._lock:
                self._hashes.put(about, found)
        return found

    def _read_hash(self, kind: ServedKind, plural: str, watched: WatchedWorkload, revision: str) -> str | None:
        selecting = self._selecting(kind, watched.key)
        if selecting is None or selecting.metadata.uid != watched.workload.uid:
            return None
        revisions = self._revisions(plural, watched.key, selecting)
        if kind.kind.name == DEPLOYMENT.name:
            return next((each.hash for each in revisions if str(each.number) == revision), None)
        return max(revisions, key=lambda each: each.number).hash if revisions else None

    def last_changed_by(self, kind: ServedKind, key: WorkloadKey, container: str) -> str | None:
        """The field manager that set the container's image last; what a webhook makes of a request is its sender's."""
        body = self._get(kind.path(key))
        if body is None:
            return None
        try:
            entries = decode(_WRITTEN, body).metadata.managed_fields or ()
        except msgspec.DecodeError:
            return None
        writers: list[tuple[datetime, str]] = []
        for each in entries:
            time = parse_time(each.time)
            if time is not None and _sets_image(each.fields_v1, kind.kind.template, container):
                writers.append((time, each.manager))
        return max(writers)[1] or None if writers else None

    def _selecting(self, kind: ServedKind, key: WorkloadKey) -> _Selecting | None:
        body = self._get(kind.path(key))
        if body is None:
            return None
        try:
            return decode(_SELECTING, body)
        except msgspec.DecodeError as error:
            raise OrchestratorUnavailable(f"{key} cannot be read: {error}") from error

    def _revisions(self, plural: str, key: WorkloadKey, selecting: _Selecting) -> list[Revision]:
        revisions = Revisions(plural, selecting.metadata.uid)
        try:
            found, version = list_all(
                self._api,
                revisions,
                key.namespace,
                self._on_unreadable,
                str(selecting.spec.selector),
                MAX_LISTED_BYTES,
            )
        except ApiRefused as error:
            if error.status in _UNKNOWN:
                return []
            raise OrchestratorUnavailable(f"{plural} of {key} cannot be listed: {error}{remedy(error)}") from error
        except (ApiUnreachable, msgspec.DecodeError) as error:
            raise OrchestratorUnavailable(f"{plural} of {key} cannot be listed: {error}") from error
        if not version:
            why = (
                f"{key.kind} {key.name} has more than {MAX_LISTED_BYTES >> 20} MiB of them, and the rest is not read:"
                " lower its revisionHistoryLimit"
            )
            self._on_unreadable(plural, UnreadableObject(key.name, selecting.metadata, why))
        return found

    def _get(self, path: str) -> bytes | None:
        try:
            return self._api.request("GET", path, timeout=REQUEST_SECONDS)
        except ApiUnreachable as error:
            raise OrchestratorUnavailable(f"{path} cannot be read: {error}") from error
        except ApiRefused as error:
            if error.status in _UNKNOWN:
                return None
            raise OrchestratorUnavailable(f"{path} cannot be read: {error}{remedy(error)}") from error


def _sets_image(fields: msgspec.Raw, template: str, container: str) -> bool:
    """Whether the fields have the image (structured-merge-diff, fieldpath: `f:` fields and `k:` keys of lists)."""
    try:
        found: Any = msgspec.json.decode(fields)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    for step in (*template.strip("/").split("/"), "spec"):
        found = found.get(f"f:{step}") if isinstance(found, dict) else None
    name = f'k:{{"name":{json.dumps(container)}}}'
    return isinstance(found, dict) and any(
        isinstance(place, dict) and isinstance(place.get(name), dict) and "f:image" in place[name]
        for place in (found.get("f:containers"), found.get("f:initContainers"))
    )
