"""Namespaces, for what their annotations say about the workloads in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.resources.objects import ListMetadata, Metadata
from watch_cluster.adapters.kubernetes.watch.collection import Page
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.namespace import with_namespace_settings
from watch_cluster.domain.workload.workload import Workload


class _Namespace(msgspec.Struct):
    """Part of core/v1 Namespace."""

    metadata: Metadata


class _NamespaceList(msgspec.Struct):
    metadata: ListMetadata
    items: list[_Namespace] | None = None


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace that says something to us."""

    name: str
    annotations: Mapping[str, str]


class Namespaces:
    """A `Collection` of the namespaces that carry annotations of ours."""

    plural: Final = "namespaces"

    def collection(self, namespace: str | None) -> str:  # noqa: ARG002 - namespaces are in no namespace
        """The path of all namespaces."""
        return "/api/v1/namespaces"

    def path(self, name: str) -> str:
        """The path of one namespace."""
        return f"/api/v1/namespaces/{name}"

    def page(self, body: bytes) -> Page[Namespace]:
        """Read a page of a list. Raises `msgspec.DecodeError`."""
        read = _LIST.decode(body)
        namespaces = (_namespace(each) for each in read.items or ())
        return Page(
            tuple(each for each in namespaces if each is not None),
            read.metadata.resource_version,
            read.metadata.following,
        )

    def read(self, body: bytes | msgspec.Raw) -> tuple[str, str, Namespace | None]:
        """Read one namespace. Raises `msgspec.DecodeError`."""
        read = _ONE.decode(body)
        return read.metadata.name, read.metadata.resource_version, _namespace(read)


_ONE: Final = msgspec.json.Decoder(_Namespace)
_LIST: Final = msgspec.json.Decoder(_NamespaceList)


def _namespace(read: _Namespace) -> Namespace | None:
    ours = {key: value for key, value in (read.metadata.annotations or {}).items() if annotation.is_ours(key)}
    return Namespace(read.metadata.name, ours) if ours else None


class NamespaceCache:
    """A `View` of the namespaces. `changed` is called with the name of each that says something else than before.

    `own` is the one of Watch-Cluster, whose freeze counts everywhere. Safe for threads.
    """

    def __init__(self, own: str, changed: Callable[[str], None]) -> None:
        self.own = own
        self._changed = changed
        self._lock = Lock()
        self._said: dict[str, Mapping[str, str]] = {}

    def around(self, workload: Workload) -> Workload:
        """The workload with what its namespace, and our own, say about it."""
        with self._lock:
            return with_namespace_settings(workload, self._said, self.own)

    def replace(self, namespace: str | None, items: Sequence[Namespace]) -> None:  # noqa: ARG002 - always all
        """Take in all namespaces."""
        listed = {each.name: each.annotations for each in items}
        with self._lock:
            before, self._said = self._said, listed
        for name in before.keys() | listed.keys():
            if before.get(name) != listed.get(name):
                self._changed(name)

    def seen(self, item: Namespace) -> None:
        """Take in one namespace."""
        with self._lock:
            before = self._said.get(item.name)
            self._said[item.name] = item.annotations
        if before != item.annotations:
            self._changed(item.name)

    def gone(self, key: str) -> None:
        """Forget one namespace."""
        with self._lock:
            known = self._said.pop(key, None) is not None
        if known:
            self._changed(key)
