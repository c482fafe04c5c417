"""Nodes, for what they can run."""

from __future__ import annotations

from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.client.decoding import decode
from watch_cluster.adapters.kubernetes.resources.objects.object_reading import read_head, reading
from watch_cluster.domain.images.platform import Node, Platform, Taint

MAX_NODE_BYTES: Final = 64 * 1024
"""Limits what is kept of a node: its kubelet may set any labels."""


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


class Nodes:
    """A `Collection` of the nodes whose platform is known."""

    plural: Final = "nodes"

    def collection(self, namespace: str | None) -> str:  # noqa: ARG002 - nodes are in no namespace
        """The path of all nodes."""
        return "/api/v1/nodes"

    def read(self, body: bytes | msgspec.Raw) -> tuple[str, str, Node | None]:
        """Read one node. Raises `UnreadableObject`, and `msgspec.DecodeError` when it is no object at all."""
        head = read_head(body)
        with reading(head.name, head):
            read = decode(_NODE, body)
            size = len(msgspec.json.encode((read.metadata.labels, read.spec)))
            if size > MAX_NODE_BYTES:
                raise ValueError(f"its labels and taints hold {size} bytes, at most {MAX_NODE_BYTES} are read")
            node = _node(read)
        return head.name, head.resource_version, node


_NODE: Final = msgspec.json.Decoder(_Node)


def _node(read: _Node) -> Node | None:
    info = read.status.node_info
    if not (info.operating_system and info.architecture):
        return None
    # Affinities may name a node, by a field that is no label.
    labels = {**(read.metadata.labels or {}), "metadata.name": read.metadata.name}
    taints = tuple(Taint(each.key, each.value, each.effect) for each in read.spec.taints or ())
    return Node(Platform.of(info.operating_system, info.architecture), labels, taints)
