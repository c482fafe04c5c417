"""What namespaces say about the workloads in them, as last seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Lock

from watch_cluster.adapters.kubernetes.resources.namespaces import Namespace
from watch_cluster.domain.workload.namespace import with_namespace_settings
from watch_cluster.domain.workload.workload import Workload


class NamespaceCache:
    """A `View` of the namespaces. `changed` is called with the name of each whose annotations of ours have changed.

    `own` is the one of Watch-Cluster, whose freeze counts everywhere. Safe for threads.
    """

    def __init__(self, own: str, changed: Callable[[str], None]) -> None:
        self.own = own
        self._changed = changed
        self._lock = Lock()
        self._annotations: dict[str, Mapping[str, str]] = {}

    def with_settings(self, workload: Workload) -> Workload:
        """The workload with what its namespace, and our own, say about it."""
        with self._lock:
            return with_namespace_settings(workload, self._annotations, self.own)

    def replace(self, namespace: str | None, items: Sequence[Namespace]) -> None:  # noqa: ARG002 - always all
        """Take in all namespaces."""
        listed = {each.name: each.annotations for each in items}
        with self._lock:
            before, self._annotations = self._annotations, listed
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
