"""Summarizes the checks of one tick in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from threading import Lock


class CheckSummary:
    """Counts workloads and what was decided for them, until the summary is taken. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._workloads = 0
        self._decisions: Counter[str] = Counter()

    def count(self, decisions: Iterable[str]) -> None:
        """A workload was checked."""
        with self._lock:
            self._workloads += 1
            self._decisions.update(decisions)

    def take(self) -> dict[str, int] | None:
        """Return the counts since the last time, and reset them; None if nothing was checked."""
        with self._lock:
            if not self._workloads:
                return None
            taken = {"workloads": self._workloads} | {
                name.replace(" ", "_"): number for name, number in sorted(self._decisions.items())
            }
            self._workloads = 0
            self._decisions.clear()
        return taken
