"""Reads workloads from the inventory of containers."""

from __future__ import annotations

from collections.abc import Iterable

from watch_cluster.adapters.docker.containers.inventory import Inventory
from watch_cluster.adapters.docker.state.store import Store
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.namespace import with_namespace_settings
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


class DockerWorkloadReader:
    """Implements the port `WorkloadReader`. `own` is the namespace whose freeze counts everywhere."""

    def __init__(self, inventory: Inventory, store: Store, own: str) -> None:
        self._inventory = inventory
        self._store = store
        self._own = own

    def workloads(self) -> Iterable[Workload]:
        """Every workload with a label of ours."""
        settings = self._settings()
        return [with_namespace_settings(each, settings, self._own) for each in self._inventory.workloads()]

    def find(self, key: WorkloadKey) -> Workload | None:
        """The workload as last seen."""
        workload = self._inventory.workload(key)
        return None if workload is None else with_namespace_settings(workload, self._settings(), self._own)

    def load(self) -> None:
        """Read all containers once."""
        self._inventory.load()

    def _settings(self) -> dict[str, dict[str, str]]:
        """Freezes are read each time: a command in another process sets them."""
        return {name: {annotation.FREEZE: reason} for name, reason in self._store.freezes().items()}
