"""The nodes of the cluster, for what they can run."""

from __future__ import annotations

from threading import Lock
from typing import Final

import msgspec
import structlog

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.resources.nodes import Nodes
from watch_cluster.adapters.kubernetes.watch.backoff import Timing
from watch_cluster.adapters.kubernetes.watch.listing import describe_collection, list_all, remedy
from watch_cluster.adapters.kubernetes.watch.unreadable import UnreadableObjects
from watch_cluster.domain.images.platform import Node
from watch_cluster.tools.ongoing import Ongoing

KEPT_SECONDS: Final = 300.0
"""How long a list of nodes is good enough: platforms come and go with whole groups of machines."""
_NODES: Final = Nodes()


class KubernetesNodeInventory:
    """Implements the port `NodeInventory`: the nodes as last listed, at most five minutes ago. Thread-safe."""

    def __init__(self, api: KubernetesApi, timing: Timing, unreadable: UnreadableObjects) -> None:
        self._api = api
        self._timing = timing
        self._unreadable = unreadable
        self._lock = Lock()
        self._listed_at = -KEPT_SECONDS
        self._nodes: tuple[Node, ...] | None = None
        self._failures = Ongoing()
        self._log = structlog.get_logger()

    def nodes(self) -> tuple[Node, ...] | None:
        """Every node, None while they cannot be listed."""
        with self._lock:
            if self._timing.monotonic() - self._listed_at >= KEPT_SECONDS:
                self._nodes = self._list()
                self._listed_at = self._timing.monotonic()
            return self._nodes

    def _list(self) -> tuple[Node, ...] | None:
        try:
            nodes, _ = list_all(self._api, _NODES, None, self._unreadable.report)
        except (ApiRefused, ApiUnreachable, msgspec.DecodeError) as error:
            if self._failures.begins("nodes"):
                what = f"cannot list {describe_collection(_NODES, None)}"
                self._log.warning(f"{what}, so new images must have all platforms of the old: {error}{remedy(error)}")
            return None
        self._failures.ends("nodes")
        return tuple(nodes)
