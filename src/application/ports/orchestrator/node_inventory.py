"""The port that lists the nodes on which workloads run."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.domain.images.platform import Node


class NodeInventory(Protocol):
    """Lists nodes. Thread-safe."""

    def nodes(self) -> tuple[Node, ...] | None:
        """Return the nodes, at most a few minutes old; None if they are unknown."""
