"""The cluster's machines, for what they can run."""

from __future__ import annotations

from threading import Lock
from typing import Final

import msgspec
import structlog

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.client.listing import describe_error, list_all, remedy
from watch_cluster.adapters.kubernetes.resources.objects import ListMetadata
from watch_cluster.adapters.kubernetes.watch.backoff import Pace
from watch_cluster.adapters.kubernetes.watch.collection import Page
from watch_cluster.domain.images.platform import Node, Platform, Taint

KEPT_SECONDS: Final = 300.0
"""How long a list of nodes is good enough: platforms come and go with whole groups of machines."""


class _Taint(msgspec.Struct):
    """Part of core/v1 Taint."""

    key: str
    effect: str
    value: str = ""


class _Spec(msgspec.Struct):
    """Part of core/v1 NodeSpec."""

    taints: list[_Taint] | None = None


class _Info(msgspec.Struct, rename="camel"):
    """Part of core/v1 NodeSystemInfo."""

    operating_system: str = ""
    architecture: str = ""


class _Status(msgspec.Struct, rename="camel"):
    """Part of core/v1 NodeStatus."""

    node_info: _Info = msgspec.field(default_factory=_Info)


class _Metadata(msgspec.Struct, rename="camel"):
    """Part of meta/v1 ObjectMeta."""

    name: str = ""
    resource_version: str = ""
    labels: dict[str, str] | None = None


class _Node(msgspec.Struct):
    """Part of core/v1 Node."""

    metadata: _Metadata
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)


class _NodeList(msgspec.Struct):
    metadata: ListMetadata
    items: list[_Node] | None = None


class NodeList:
    """A `Collection` of the nodes that tell their platform."""

    plural: Final = "nodes"

    def collection(self, namespace: str | None) -> str:  # noqa: ARG002 - nodes are in no namespace
        """The path of all nodes."""
        return "/api/v1/nodes"

    def page(self, body: bytes) -> Page[Node]:
        """Read a page of a list. Raises `msgspec.DecodeError`."""
        read = _LIST.decode(body)
        nodes = (_node(each) for each in read.items or ())
        return Page(
            tuple(each for each in nodes if each is not None), read.metadata.resource_version, read.metadata.following
        )

    def read(self, body: bytes | msgspec.Raw) -> tuple[str, str, Node | None]:
        """Read one node. Raises `msgspec.DecodeError`."""
        read = _ONE.decode(body)
        return read.metadata.name, read.metadata.resource_version, _node(read)


_ONE: Final = msgspec.json.Decoder(_Node)
_LIST: Final = msgspec.json.Decoder(_NodeList)


def _node(read: _Node) -> Node | None:
    info = read.status.node_info
    if not (info.operating_system and info.architecture):
        return None
    # Affinities may name a node, by a field that is no label.
    labels = {**(read.metadata.labels or {}), "metadata.name": read.metadata.name}
    taints = tuple(Taint(each.key, each.value, each.effect) for each in read.spec.taints or ())
    return Node(Platform.of(info.operating_system, info.architecture), labels, taints)


class Nodes:
    """The nodes as last listed, listed again when somebody asks after five minutes. Safe for threads."""

    def __init__(self, api: KubernetesApi, pace: Pace) -> None:
        self._api = api
        self._pace = pace
        self._lock = Lock()
        self._listed_at = -KEPT_SECONDS
        self._nodes: tuple[Node, ...] | None = None
        self._told = False
        self._log = structlog.get_logger()

    def all(self) -> tuple[Node, ...] | None:
        """Every node, None while they cannot be listed."""
        with self._lock:
            if self._pace.monotonic() - self._listed_at >= KEPT_SECONDS:
                self._nodes = self._list()
                self._listed_at = self._pace.monotonic()
            return self._nodes

    def _list(self) -> tuple[Node, ...] | None:
        collection = NodeList()
        try:
            nodes, _ = list_all(self._api, collection, None)
        except (ApiRefused, ApiUnreachable, msgspec.DecodeError) as error:
            if not self._told:
                how = remedy(error) if isinstance(error, ApiRefused) else ""
                what = f"cannot list {describe_error(collection, None)}"
                self._log.warning(f"{what}, so images must keep all platforms that they have: {error}{how}")
                self._told = True
            return None
        self._told = False
        return tuple(nodes)
