"""The port that watches workloads for changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from watch_cluster.domain.workload.workload import WorkloadKey


class ChangeFeed(Protocol):
    """Reports workloads that are created, changed or deleted. Thread-safe."""

    def start(self, changed: Callable[[WorkloadKey], None]) -> None:
        """Start watching. `changed` is called from any thread, possibly too often: it is a hint to reconcile."""

    def synced(self) -> bool:
        """Whether every existing workload has been read at least once since `start`."""

    def staleness(self) -> float:
        """Return the seconds since the last watch event, of the watch that has been silent longest."""

    def close(self) -> None:
        """Stop watching; `changed` is not called afterwards."""
