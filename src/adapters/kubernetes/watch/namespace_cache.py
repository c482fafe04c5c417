"""What namespaces say about the workloads in them, as last seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Final

from watch_cluster.adapters.kubernetes.resources.namespaces import Namespace
from watch_cluster.domain.workload.annotation import FREEZE
from watch_cluster.domain.workload.namespace import with_namespace_settings
from watch_cluster.domain.workload.workload import Workload

UNREADABLE: Final = (
    "namespaces cannot be read, so freezes and defaults are unknown: kubectl apply -f k8s/namespaces-and-nodes.yaml"
    " grants the permission"
)
"""Why nothing is updated while namespaces may not be read."""


class NamespaceCache:
    """A `View` of the namespaces. `changed` is called with the name of each whose annotations of Watch-Cluster changed.

    `own` is the one of Watch-Cluster, whose freeze counts everywhere. Thread-safe.
    """

    def __init__(self, own: str, changed: Callable[[str], None]) -> None:
        self.own = own
        self._changed = changed
        self._lock = Lock()
        self._annotations: dict[str, Mapping[str, str]] = {}
        self._readable = True

    def with_settings(self, workload: Workload) -> Workload:
        """The workload with what its namespace, and our own, say about it.

        While namespaces may not be read, each counts as frozen: one that is must not be updated.
        """
        with self._lock:
            known = self._annotations if self._readable else {workload.key.namespace: {FREEZE: UNREADABLE}}
            return with_namespace_settings(workload, known, self.own)

    def left_out(self, namespace: str | None) -> None:  # noqa: ARG002 - always all
        """Namespaces may not be read."""
        with self._lock:
            self._annotations, was_readable, self._readable = {}, self._readable, False
        if was_readable:
            self._changed(self.own)

    def replace(self, namespace: str | None, items: Sequence[Namespace]) -> None:  # noqa: ARG002 - always all
        """Store all namespaces."""
        listed = {each.name: each.annotations for each in items}
        with self._lock:
            before, self._annotations = self._annotations, listed
            was_readable, self._readable = self._readable, True
        if not was_readable:
            self._changed(self.own)
        for name in before.keys() | listed.keys():
            if before.get(name) != listed.get(name):
                self._changed(name)

    def seen(self, item: Namespace) -> None:
        """Take in one namespace."""
        with self._lock:
            before = self._annotations.get(item.name)
            self._annotations[item.name] = item.annotations
        if before != item.annotations:
            self._changed(item.name)

    def gone(self, key: str) -> None:
        """Forget one namespace."""
        with self._lock:
            known = self._annotations.pop(key, None) is not None
        if known:
            self._changed(key)
