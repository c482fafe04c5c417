"""Says once what many workloads meet at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final

import structlog

QUIET_SECONDS: Final = 30.0


class RateLimitedLogger:
    """Warns of a trouble, and for half a minute after that only counts how often it was met again.

    What is only counted is still said to whoever wants to read all (`LOG_LEVEL=debug`). Safe for threads.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._said: dict[Hashable, tuple[float, int]] = {}

    def warn(self, log: structlog.stdlib.BoundLogger, event: str, trouble: Hashable, **fields: object) -> None:
        """Say it, with how often the same was met unsaid since the last time: `unsaid`."""
        now = self._monotonic()
        with self._lock:
            said, unsaid = self._said.get(trouble, (None, 0))
            aloud = said is None or now - said >= QUIET_SECONDS
            self._said[trouble] = (now, 0) if aloud or said is None else (said, unsaid + 1)
        if not aloud:
            log.debug(event, **fields)
        elif unsaid:
            log.warning(event, **fields, unsaid=unsaid)
        else:
            log.warning(event, **fields)
