"""Detects when a condition begins and ends, so that it is logged once."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock

from watch_cluster.tools.lru import Lru


class Ongoing:
    """The conditions that last, each with an optional detail. Thread-safe.

    At most `max_entries` are kept: one that was dropped begins again, rather than filling the memory.
    """

    def __init__(self, max_entries: int = 4096) -> None:
        self._lock = Lock()
        self._details: Lru[Hashable, tuple[Hashable]] = Lru(max_entries)

    def begins(self, condition: Hashable, detail: Hashable = None) -> bool:
        """Note the condition. Returns whether it is new, or has another detail than before."""
        with self._lock:
            if self._details.get(condition) == (detail,):
                return False
            self._details.put(condition, (detail,))
            return True

    def ends(self, condition: Hashable) -> bool:
        """Note that the condition does not hold. Returns whether it did."""
        with self._lock:
            return self._details.pop(condition) is not None

    def clear(self) -> None:
        """No condition holds."""
        with self._lock:
            self._details.clear()
