"""Freezes namespaces in the store, which commands in other processes share."""

from __future__ import annotations

from watch_cluster.adapters.docker.containers.inventory import Inventory
from watch_cluster.adapters.docker.state.store import Store
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeRejected


class DockerFreezeSwitch:
    """Implements the port `FreezeSwitch`."""

    def __init__(self, store: Store, inventory: Inventory) -> None:
        self._store = store
        self._inventory = inventory

    def freeze(self, namespace: str, reason: str | None) -> None:
        """Freeze the namespace, or end its freeze."""
        if not self._store.lasting:
            raise ChangeRejected(f"{self._store.folder} is not a folder: a freeze needs the state folder of `run`")
        self._store.freeze(namespace, reason)
