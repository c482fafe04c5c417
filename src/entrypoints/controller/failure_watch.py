"""Keeps observed failures for the next leader, on a thread of its own: their place may be slow."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Final

import structlog

from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.failure_memory import FailureMemoryUnavailable
from watch_cluster.application.state.fleet_state import FleetState
from watch_cluster.tools.ongoing import Ongoing

INTERVAL_SECONDS: Final = 1.0
_UNAVAILABLE: Final = "unavailable"


class FailureWatch:
    """Has the fleet remember failures every second while `leading` says so, and once more when it is closed."""

    def __init__(self, leading: Callable[[], bool], fleet: FleetState, workers: Workers) -> None:
        self._leading = leading
        self._fleet = fleet
        self._workers = workers
        self._stop = Event()
        self._conditions = Ongoing()
        self._log = structlog.get_logger()

    def start(self) -> None:
        """Start looking."""
        self._workers.start("failures", "failures", self._step)

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        if self._leading():
            self._remember()

    def _step(self) -> bool:
        if self._stop.wait(INTERVAL_SECONDS):
            return False
        if self._leading():
            with self._workers.busy():
                self._remember()
        return True

    def _remember(self) -> None:
        try:
            self._fleet.remember()
        except FailureMemoryUnavailable as error:
            if self._conditions.begins(_UNAVAILABLE):
                self._log.warning(
                    "failures in other namespaces are known to this process alone; retrying", why=str(error)
                )
            return
        self._conditions.ends(_UNAVAILABLE)
