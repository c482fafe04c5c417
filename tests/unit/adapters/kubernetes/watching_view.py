"""A view that keeps what a watcher tells it, in order."""

from __future__ import annotations

from collections.abc import Sequence
from queue import Queue

from tests.servers.kubernetes_api import LIMIT_SECONDS
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import WatchedWorkload
from watch_cluster.domain.workload.workload import WorkloadKey


class RecordingView:
    """Implements the protocol `View`."""

    def __init__(self) -> None:
        self._told: Queue[tuple[str, ...]] = Queue()

    def replace(self, namespace: str | None, items: Sequence[WatchedWorkload]) -> None:
        """Note the names."""
        del namespace
        self._told.put(("all", *(each.key.name for each in items)))

    def seen(self, item: WatchedWorkload) -> None:
        """Note the name and the image."""
        self._told.put(("seen", item.key.name, item.workload.containers[0].image))

    def gone(self, key: WorkloadKey) -> None:
        """Note the name."""
        self._told.put(("gone", key.name))

    def left_out(self, namespace: str | None) -> None:
        """Note that nothing is known."""
        self.replace(namespace, [])

    def next(self) -> tuple[str, ...]:
        """Wait for what is told next."""
        return self._told.get(timeout=LIMIT_SECONDS)

    def silent(self) -> bool:
        """Whether nothing was told since."""
        return self._told.empty()
