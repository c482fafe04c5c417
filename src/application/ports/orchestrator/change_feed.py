"""The port that says which workloads have changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from watch_cluster.domain.workload.workload import WorkloadKey


class ChangeFeed(Protocol):
    """Watches all workloads and reports those that appear, change or go away. Safe for threads."""

    def start(self, changed: Callable[[WorkloadKey], None]) -> None:
        """Start watching. `changed` is called from any thread, possibly too often: it is a hint to reconcile."""

    def synced(self) -> bool:
        """Whether every existing workload has been read at least once since `start`."""

    def staleness(self) -> float:
        """Seconds since the part of the cluster that has been silent longest was last heard from."""

    def close(self) -> None:
        """Stop watching; `changed` is not called afterwards."""
