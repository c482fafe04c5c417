"""A memory of failures for a single process."""

from __future__ import annotations

from threading import Lock

from watch_cluster.application.ports.failure_memory import Failures, merged


class InProcessFailureMemory:
    """Implements the port `FailureMemory`: it is empty when the process starts."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._failures: Failures = {}

    def failures(self) -> Failures:
        """Return what is kept."""
        with self._lock:
            return self._failures

    def add(self, failures: Failures) -> None:
        """Keep these, too."""
        with self._lock:
            self._failures = merged(self._failures, failures)
