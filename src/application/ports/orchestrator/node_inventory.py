"""The port that lists the machines on which workloads run."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.domain.images.platform import Node


class NodeInventory(Protocol):
    """Lists nodes. Safe for threads."""

    def nodes(self) -> tuple[Node, ...] | None:
        """The nodes, as they were a few minutes ago at most; None when they are unknown."""
