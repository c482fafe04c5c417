"""The API server as an orchestrator."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Final

import msgspec
import structlog

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.client.listing import describe_error, list_all, remedy
from watch_cluster.adapters.kubernetes.client.permissions import Permissions
from watch_cluster.adapters.kubernetes.resources.history import History
from watch_cluster.adapters.kubernetes.resources.kinds import FIELD_MANAGER, KINDS, Kind
from watch_cluster.adapters.kubernetes.resources.namespaces import Namespace, NamespaceCache, Namespaces
from watch_cluster.adapters.kubernetes.resources.nodes import Nodes
from watch_cluster.adapters.kubernetes.resources.patch import ContainerGone, Operation, encoded, holds, operations
from watch_cluster.adapters.kubernetes.watch.backoff import Pace
from watch_cluster.adapters.kubernetes.watch.collection import Collection, Item, Key, View
from watch_cluster.adapters.kubernetes.watch.watch_failures import WatchFailures
from watch_cluster.adapters.kubernetes.watch.watched_pods import WatchedPods
from watch_cluster.adapters.kubernetes.watch.watcher import LEFT_OUT, Watcher
from watch_cluster.adapters.kubernetes.watch.workload_cache import WorkloadCache
from watch_cluster.application.ports.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.domain.images.platform import Node
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.workload.annotation import FREEZE
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Change, Workload, WorkloadKey

REQUEST_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 2.0
_NEVER: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
_NAMESPACES: Final = Namespaces()
AnyWatcher = Watcher[WorkloadKey, Workload] | Watcher[str, Namespace]
_CHANGED: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT})


class KubernetesOrchestrator:
    """Implements the port `Orchestrator`: a cache that watchers keep true, and JSON patches."""

    def __init__(
        self,
        api: KubernetesApi,
        namespaces: tuple[str, ...] = (),
        pace: Pace | None = None,
        own: str = "watch-cluster",
        restarted: Callable[[str], None] = lambda _resource: None,
    ) -> None:
        """Look at these namespaces, at all of them when none is named; `own` is the one that we run in.

        `restarted` is told the resource of each watch that breaks off.
        """
        self._api = api
        self._pace = pace or Pace()
        self._log = structlog.get_logger()
        self._kinds = {kind.name: kind for kind in KINDS}
        self._caches = {kind.name: WorkloadCache(self._tell) for kind in KINDS}
        spaces: tuple[str | None, ...] = namespaces or (None,)
        self._scopes = [(kind, namespace) for kind in KINDS for namespace in spaces]
        self._outage = WatchFailures(restarted)
        self._pods = WatchedPods(api, spaces, self._pace, self._outage, self._tell_of_pod)
        self._history = History(api)
        self._rights = Permissions(self._pace.monotonic)
        self._nodes = Nodes(api, self._pace)
        self._namespaces = NamespaceCache(own, self._tell_namespace)
        self._watchers: list[AnyWatcher] = []
        self._changed: Callable[[WorkloadKey], None] | None = None

    def workloads(self) -> Iterable[Workload]:
        """Every known workload that carries an annotation of ours."""
        return [self._namespaces.around(workload) for cache in self._caches.values() for workload in cache.all()]

    def find(self, key: WorkloadKey) -> Workload | None:
        """The workload as last seen."""
        cache = self._caches.get(key.kind)
        workload = None if cache is None else cache.find(key)
        return None if workload is None else self._namespaces.around(workload)

    def replicas(self, key: WorkloadKey) -> tuple[Replica, ...] | None:
        """The workload's pods."""
        return self._pods.of(key)

    def revision_annotations(self, key: WorkloadKey) -> tuple[Mapping[str, str], ...]:
        """The annotations of ours on a Deployment's ReplicaSets."""
        workload = self.find(key)
        if workload is None:
            raise ChangeConflict(f"{key} is gone")
        return self._history.revision_annotations(key, workload.annotations)

    def last_changed_by(self, key: WorkloadKey, container: str) -> str | None:
        """The field manager that has set the image last."""
        return self._history.last_changed_by(self._kinds[key.kind], key, container)

    def nodes(self) -> tuple[Node, ...] | None:
        """Every node, None while they cannot be listed."""
        return self._nodes.all()

    def load(self) -> None:
        """List everything once, without a watch. Raises `OrchestratorUnavailable`."""
        scopes = [self._load(kind, namespace, self._caches[kind.name]) for kind, namespace in self._scopes]
        refusals = [line for line in scopes if line is not None]
        if len(refusals) == len(self._scopes):
            raise OrchestratorUnavailable(refusals[0])
        for line in (*refusals, self._load(_NAMESPACES, None, self._namespaces)):
            if line is not None:
                self._log.warning(line)

    def _load(self, resource: Collection[Key, Item], namespace: str | None, view: View[Key, Item]) -> str | None:
        """List into a view; the line to say when the server does not let us."""
        what = f"cannot list {describe_error(resource, namespace)}"
        try:
            items, _ = list_all(self._api, resource, namespace)
        except ApiRefused as error:
            line = f"{what}: {error}{remedy(error)}"
            if error.status not in LEFT_OUT:
                raise OrchestratorUnavailable(line) from error
            return line
        except (ApiUnreachable, msgspec.DecodeError) as error:
            raise OrchestratorUnavailable(f"{what}: {error}") from error
        view.replace(namespace, items)
        return None

    def start(self, changed: Callable[[WorkloadKey], None]) -> None:
        """Begin to watch."""
        self._changed = changed
        self._pods.observe()
        self._watchers = [
            Watcher(self._api, kind, namespace, self._caches[kind.name], self._pace, self._outage)
            for kind, namespace in self._scopes
        ]
        self._watchers.append(Watcher(self._api, _NAMESPACES, None, self._namespaces, self._pace, self._outage))
        for watcher in self._watchers:
            watcher.start()

    def synced(self) -> bool:
        """Whether every collection was listed, or is left out because the server will not list it."""
        return bool(self._watchers) and all(watcher.listed for watcher in self._watchers)

    def staleness(self) -> float:
        """How long the watch has been silent that was heard of least lately."""
        return max([watcher.staleness for watcher in self._watchers] + [self._pods.staleness], default=0.0)

    def close(self) -> None:
        """Stop watching."""
        self._changed = None
        for watcher in self._watchers:
            watcher.stop()
        deadline = time.monotonic() + CLOSE_SECONDS
        for watcher in self._watchers:
            watcher.join(max(0.0, deadline - time.monotonic()))
        self._pods.close(max(0.0, deadline - time.monotonic()))

    def apply(self, key: WorkloadKey, change: Change) -> None:
        """Send the change as one JSON patch, as the port says."""
        kind, cache = self._kinds[key.kind], self._caches[key.kind]
        before = cache.find(key)
        if before is None:
            raise ChangeConflict(f"{key} is gone")
        patch = _patch(kind, before, change)
        try:
            answer = self._send_patch(kind.path(key), patch, "application/json-patch+json")
        except ApiUnreachable as error:
            raise OrchestratorUnavailable(f"{key} cannot be patched: {error}") from error
        except ApiRefused as error:
            if error.status == HTTPStatus.UNPROCESSABLE_ENTITY and self._has_changed(kind, key, change, patch):
                raise ChangeConflict(f"{key} has changed meanwhile") from error
            if error.status in _CHANGED:
                raise ChangeConflict(f"{key} has changed meanwhile: {error.message}") from error
            if error.status in _NEVER and not self._rights.may_come_yet(key.namespace, error):
                raise ChangeRejected(
                    f"the API server says no to patching {key}: {error.message}{remedy(error)}"
                ) from error
            raise OrchestratorUnavailable(f"{key} cannot be patched now: {error}{remedy(error)}") from error
        self._rights.granted(key.namespace)
        with suppress(msgspec.DecodeError):
            _, _, after = kind.read(answer)
            if after is not None:
                cache.written(before, after)

    def replace(self, key: WorkloadKey, replica: Replica) -> None:
        """Delete the pod, as the port says."""
        path = f"/api/v1/namespaces/{key.namespace}/pods/{replica.name}"
        body = msgspec.json.encode({"preconditions": {"uid": replica.id}})
        try:
            self._api.request("DELETE", path, body=body, content_type="application/json", timeout=REQUEST_SECONDS)
        except ApiUnreachable as error:
            raise OrchestratorUnavailable(f"pod {replica.name} cannot be deleted: {error}") from error
        except ApiRefused as error:
            if error.status in _CHANGED:
                return
            if error.status in _NEVER:
                raise ChangeRejected(
                    f"the API server says no to deleting it: {error.message}{remedy(error)}"
                ) from error
            raise OrchestratorUnavailable(f"pod {replica.name} cannot be deleted: {error}{remedy(error)}") from error

    def freeze(self, namespace: str, reason: str | None) -> None:
        """Annotate the namespace, as the port says."""
        body = {"metadata": {"annotations": {FREEZE: reason}}}
        try:
            self._send_patch(_NAMESPACES.path(namespace), body, "application/merge-patch+json")
        except ApiUnreachable as error:
            raise OrchestratorUnavailable(f"namespace {namespace} cannot be patched: {error}") from error
        except ApiRefused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                raise ChangeRejected(f"there is no namespace {namespace}") from error
            raise ChangeRejected(f"the API server says no to patching namespace {namespace}: {error}") from error

    def _send_patch(self, path: str, body: object, content_type: str) -> bytes:
        return self._api.request(
            "PATCH",
            path,
            query=[("fieldManager", FIELD_MANAGER)],
            body=encoded(body),
            content_type=content_type,
            timeout=REQUEST_SECONDS,
        )

    def _has_changed(self, kind: Kind, key: WorkloadKey, change: Change, patch: list[Operation]) -> bool:
        """Tell a test that failed from a change that is not valid: the API server answers 422 to both."""
        try:
            _, _, present = kind.read(self._api.request("GET", kind.path(key), timeout=REQUEST_SECONDS))
        except (ApiUnreachable, msgspec.DecodeError) as error:
            raise OrchestratorUnavailable(f"{key} cannot be read: {error}") from error
        except ApiRefused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return True
            raise OrchestratorUnavailable(f"{key} cannot be read: {error}{remedy(error)}") from error
        # The tests may hold at other places than before: somebody has put a container in front.
        return present is None or not holds(present, change) or _patch(kind, present, change) != patch

    def _tell_namespace(self, name: str) -> None:
        """What a namespace says concerns all workloads in it; what our own says, all that there are."""
        for cache in self._caches.values():
            for workload in cache.all():
                if name in {workload.key.namespace, self._namespaces.own}:
                    self._tell(workload.key)

    def _tell_of_pod(self, owner: WorkloadKey) -> None:
        """Pods come and go for many reasons; they matter to a rollout in flight."""
        workload = self.find(owner)
        record = None if workload is None else RolloutRecord.of(workload)
        if record is not None and record.running:
            self._tell(owner)

    def _tell(self, key: WorkloadKey) -> None:
        changed = self._changed
        if changed is not None:
            changed(key)


def _patch(kind: Kind, workload: Workload, change: Change) -> list[Operation]:
    try:
        return operations(kind, workload, change)
    except ContainerGone as error:
        raise ChangeConflict(f"{workload.key}: {error}") from error
