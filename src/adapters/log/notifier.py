"""Writes events to the log."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

import structlog

from watch_cluster.domain.rollout.event import Event
from watch_cluster.tools.lru import Lru
from watch_cluster.tools.token_bucket import TokenBucket

BURST: Final = 200
"""How many lines of a namespace are logged at once: more than its workloads usually cause together."""
LINES_PER_SECOND: Final = 5.0
_MAX_NAMESPACES: Final = 4096


class LogNotifier:
    """Implements the port `Notifier` with one log line per event; never fails. Thread-safe.

    A namespace has 200 lines at once, and then 5 a second: whoever changes settings all the time would fill the log.
    Further lines have the level debug, and the next one tells their number: `suppressed`.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._log = structlog.get_logger()
        self._lock = Lock()
        self._limits: Lru[str, tuple[TokenBucket, int]] = Lru(_MAX_NAMESPACES)

    def notify(self, event: Event) -> None:
        """Log the event, at level warning if it needs attention."""
        suppressed = self._suppressed(event.workload.namespace)
        write = self._log.warning if event.reason.is_warning else self._log.info
        fields: dict[str, object] = {"reason": event.reason.value, "workload": str(event.workload)}
        if suppressed is None:
            write = self._log.debug
        elif suppressed:
            fields["suppressed"] = suppressed
        write(event.message, **fields)

    def _suppressed(self, namespace: str) -> int | None:
        """How many lines of the namespace were suppressed before this one; None if this one is, too."""
        with self._lock:
            limit, suppressed = self._limits.get(namespace) or (self._bucket(), 0)
            allowed = limit.take()
            self._limits.put(namespace, (limit, 0 if allowed else suppressed + 1))
        return suppressed if allowed else None

    def _bucket(self) -> TokenBucket:
        return TokenBucket(LINES_PER_SECOND, BURST, self._monotonic)
