"""Namespaces, for what their annotations say about the workloads in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.resources.objects.object_reading import read_head
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import TooLarge, check_annotations
from watch_cluster.domain.workload.annotation import FREEZE


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace with annotations of Watch-Cluster."""

    name: str
    annotations: Mapping[str, str]


class Namespaces:
    """A `Collection` of the namespaces with annotations of Watch-Cluster."""

    plural: Final = "namespaces"

    def collection(self, namespace: str | None) -> str:  # noqa: ARG002 - namespaces are in no namespace
        """The path of all namespaces."""
        return "/api/v1/namespaces"

    def path(self, name: str) -> str:
        """The path of one namespace."""
        return f"/api/v1/namespaces/{name}"

    def read(self, body: bytes | msgspec.Raw) -> tuple[str, str, Namespace | None]:
        """Read one namespace; one whose annotations are too large counts as frozen.

        Raises `msgspec.DecodeError` when it is no object at all.
        """
        head = read_head(body)
        annotations = head.our_annotations
        try:
            check_annotations(annotations)
        except TooLarge as error:
            # Its settings are unknown, and it may not allow rollouts.
            annotations = {FREEZE: f"the namespace cannot be read: {error}"}
        return head.name, head.resource_version, Namespace(head.name, annotations) if annotations else None
