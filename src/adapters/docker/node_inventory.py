"""The engine's machine, the only one on which its containers run."""

from __future__ import annotations

import threading

from watch_cluster.adapters.docker.engine.client import EngineApi
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError
from watch_cluster.domain.images.platform import Node, Platform


class DockerNodeInventory:
    """Implements the port `NodeInventory`."""

    def __init__(self, api: EngineApi) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._nodes: tuple[Node, ...] | None = None

    def nodes(self) -> tuple[Node, ...] | None:
        """The machine; its platform does not change while the engine runs."""
        with self._lock:
            if self._nodes is None:
                try:
                    version = self._api.get("/version")
                except OrchestratorError:
                    return None
                self._nodes = (Node(Platform.of(str(version.get("Os", "")), str(version.get("Arch", "")))),)
            return self._nodes
