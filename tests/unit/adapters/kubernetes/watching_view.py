"""A view that keeps what a watcher tells it, in order."""

from __future__ import annotations

from queue import Queue

from tests.fakes.kubernetes_api import LIMIT_SECONDS
from watch_cluster.adapters.kubernetes.kinds import Kind
from watch_cluster.domain.workload import Workload, WorkloadKey


class RecordingView:
    """Implements the protocol `View`."""

    def __init__(self) -> None:
        self._told: Queue[tuple[str, ...]] = Queue()

    def replace(self, kind: Kind, namespace: str | None, workloads: list[Workload]) -> None:
        """Note the names."""
        del kind, namespace
        self._told.put(("all", *(each.key.name for each in workloads)))

    def seen(self, workload: Workload) -> None:
        """Note the name and the image."""
        self._told.put(("seen", workload.key.name, workload.containers[0].image))

    def gone(self, key: WorkloadKey) -> None:
        """Note the name."""
        self._told.put(("gone", key.name))

    def next(self) -> tuple[str, ...]:
        """Wait for what is told next."""
        return self._told.get(timeout=LIMIT_SECONDS)

    def silent(self) -> bool:
        """Whether nothing was told since."""
        return self._told.empty()
