"""Follows the engine's events, and finishes replacements that a killed process has left."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from watch_cluster.adapters.docker.containers.inventory import Inventory
from watch_cluster.adapters.docker.engine.client import EngineApi
from watch_cluster.adapters.docker.replacing.locks import Locks
from watch_cluster.adapters.docker.replacing.replacement import Replacement
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError, OrchestratorUnavailable
from watch_cluster.domain.workload.workload import WorkloadKey

SILENCE_SECONDS: Final = 20.0
"""After so long without an event, all containers are listed again: a silent engine may have lost its events."""
RETRY_SECONDS: Final = 2.0
CLOSE_SECONDS: Final = 2.0
_ACTIONS: Final = (
    "create", "start", "die", "stop", "destroy", "rename", "health_status", "pause", "unpause", "update", "oom",
)  # fmt: skip
_FILTERS: Final = json.dumps({"type": ["container"], "event": list(_ACTIONS)})


class DockerChangeFeed:
    """Implements the port `ChangeFeed` with one thread that watches, and one that finishes replacements."""

    def __init__(
        self,
        api: EngineApi,
        inventory: Inventory,
        replacement: Replacement,
        locks: Locks,
        leads: Callable[[], bool],
        restarted: Callable[[str], None],
        workers: Workers | None = None,
    ) -> None:
        self._api = api
        self._inventory = inventory
        self._replacement = replacement
        self._locks = locks
        self._leads = leads
        self._restarted = restarted
        self._workers = workers or Workers()
        self._closed = threading.Event()
        self._wake = threading.Event()
        self._listed = False
        self._last_event: float | None = None
        self._changed: Callable[[WorkloadKey], None] | None = None
        self._threads: list[threading.Thread] = []

    def start(self, changed: Callable[[WorkloadKey], None]) -> None:
        """Begin to watch."""
        self._changed = changed
        self._last_event = time.monotonic()
        self._inventory.on_change = self._notice
        self._threads = [
            self._workers.start("watch", "watch containers", self._watch),
            self._workers.start("replacement", "replacements", self._settle),
        ]

    def synced(self) -> bool:
        """Whether all containers were listed."""
        return self._listed

    def staleness(self) -> float:
        """Seconds since the engine was last heard; 0 before `start`."""
        return 0.0 if self._last_event is None else time.monotonic() - self._last_event

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()
        self._wake.set()
        self._changed = None
        self._inventory.on_change = None
        deadline = time.monotonic() + CLOSE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _notice(self, key: WorkloadKey) -> None:
        self._wake.set()
        if self._changed is not None:
            self._changed(key)

    def _watch(self) -> bool:
        try:
            # What happens while the list is read is reported once more.
            since = f"{time.time():.3f}"
            self._inventory.load()
            self._listed = True
            self._last_event = time.monotonic()
            self._wake.set()
            self._follow(since)
        except OrchestratorError as error:
            if not self._closed.is_set():
                self._restarted("containers")
                structlog.get_logger().warning("cannot watch containers; retrying", error=str(error))
                self._closed.wait(RETRY_SECONDS)
        return not self._closed.is_set()

    def _follow(self, since: str) -> None:
        params = {"filters": _FILTERS, "since": since}
        for event in self._api.stream("GET", "/events", params, silence=SILENCE_SECONDS):
            if self._closed.is_set():
                return
            self._last_event = time.monotonic()
            actor = event.get("Actor")
            container_id = actor.get("ID") if isinstance(actor, dict) else None
            if isinstance(container_id, str):
                self._inventory.refresh_container(container_id)

    def _settle(self) -> bool:
        self._wake.wait(SILENCE_SECONDS)
        self._wake.clear()
        if self._listed and not self._closed.is_set() and self._leads():
            settled = [self._settled(key) for key in self._inventory.unsettled()]
            if not all(settled):
                self._closed.wait(RETRY_SECONDS)
                self._wake.set()
        return not self._closed.is_set()

    def _settled(self, key: WorkloadKey) -> bool:
        try:
            with self._locks.of(key):
                self._replacement.settle(key)
        except OrchestratorUnavailable as error:
            structlog.get_logger().warning("cannot finish a replacement; retrying", workload=str(key), error=str(error))
            return False
        except OrchestratorError as error:
            structlog.get_logger().warning("cannot finish a replacement", workload=str(key), error=str(error))
        return True
