"""Logs a failure that all watches meet at once when it begins and when it ends, once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock

import structlog

from watch_cluster.adapters.kubernetes.watch.backoff import LONGEST_PAUSE


class WatchFailures:
    """The collections that cannot be watched now, by the kind of failure. Thread-safe."""

    def __init__(self, restarted: Callable[[str], None] = lambda _resource: None) -> None:
        """Call `restarted` with the resource whenever a watch breaks off."""
        self._restarted = restarted
        self._lock = Lock()
        self._failing: dict[Hashable, set[str]] = {}
        self._log = structlog.get_logger()

    def begins(self, what: str, kind: Hashable, why: str) -> None:
        """Note that the collection cannot be watched; the first one that fails in this way is logged for all."""
        self._restarted(what.partition(" ")[0])
        with self._lock:
            failing = self._failing.setdefault(kind, set())
            first = not failing
            failing.add(what)
        if first:
            self._log.warning(f"cannot watch {what}: {why}; retrying at least every {LONGEST_PAUSE:g} s")

    def ends(self, what: str) -> None:
        """Note that the collection is watched; the last one that recovers is logged."""
        with self._lock:
            over = False
            for kind in [kind for kind, failing in self._failing.items() if what in failing]:
                self._failing[kind].discard(what)
                if not self._failing[kind]:
                    del self._failing[kind]
                    over = True
        if over:
            self._log.info(f"watching {what} again")
