"""Logs a problem once that many workloads have at the same time."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final

import structlog

from watch_cluster.tools.lru import Lru

QUIET_SECONDS: Final = 30.0
_MAX_PROBLEMS: Final = 4096


class RateLimitedLogger:
    """Logs a problem as a warning, and suppresses repeats for 30 seconds. Thread-safe.

    Repeats are logged at the debug level.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._logged: Lru[Hashable, tuple[float, int]] = Lru(_MAX_PROBLEMS)

    def warning(self, log: structlog.stdlib.BoundLogger, event: str, problem: Hashable, **fields: object) -> None:
        """Log the event, with the number of repeats that were not logged since the last time: `suppressed`."""
        now = self._monotonic()
        with self._lock:
            logged_at, suppressed = self._logged.get(problem) or (None, 0)
            repeated = logged_at is not None and now - logged_at < QUIET_SECONDS
            self._logged.put(problem, (logged_at, suppressed + 1) if repeated and logged_at is not None else (now, 0))
        if repeated:
            log.debug(event, **fields)
        elif suppressed:
            log.warning(event, **fields, suppressed=suppressed)
        else:
            log.warning(event, **fields)
