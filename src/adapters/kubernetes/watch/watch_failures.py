"""Says of a trouble that all watches meet at once that it is there, once, and that it is over."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock

import structlog

from watch_cluster.adapters.kubernetes.watch.backoff import LONGEST_PAUSE


class WatchFailures:
    """Which collections cannot be watched now, by the kind of trouble. Safe for threads."""

    def __init__(self, restarted: Callable[[str], None] = lambda _resource: None) -> None:
        """Tell `restarted` the resource whenever a watch breaks off."""
        self._restarted = restarted
        self._lock = Lock()
        self._troubled: dict[Hashable, set[str]] = {}
        self._log = structlog.get_logger()

    def begins(self, what: str, kind: Hashable, why: str) -> None:
        """Note that the collection cannot be watched; the first one that meets such a trouble speaks for all."""
        self._restarted(what.partition(" ")[0])
        with self._lock:
            troubled = self._troubled.setdefault(kind, set())
            first = not troubled
            troubled.add(what)
        if first:
            self._log.warning(
                f"cannot watch {what}: {why}: tried again for as long as it lasts, every {LONGEST_PAUSE:g} s at most"
            )

    def ends(self, what: str) -> None:
        """Note that the collection is watched; the last one of those that were in trouble says so."""
        with self._lock:
            over = False
            for kind in [kind for kind, troubled in self._troubled.items() if what in troubled]:
                self._troubled[kind].discard(what)
                if not self._troubled[kind]:
                    del self._troubled[kind]
                    over = True
        if over:
            self._log.info(f"watching {what} again")
