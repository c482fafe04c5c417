"""Backs off from a registry, for each host and credential, so that a rate limit can recover."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watch_cluster.adapters.oci.http.errors import RequestError
from watch_cluster.domain.images.credential import Credential
from watch_cluster.tools.lru import Lru

BackoffKey = tuple[str, Credential | None]
"""A host and a credential: registries count limits per user, and per address for anonymous requests."""

_MIN_RETRY_AFTER: Final = timedelta(seconds=1)
"""The retries of the request have already waited longer than that."""
_INITIAL_PAUSE: Final = timedelta(minutes=1)
_MAX_PAUSE: Final = timedelta(hours=1)
_MAX_KEYS: Final = 1000


@dataclass(frozen=True, slots=True)
class _Pause:
    until: datetime
    error: RequestError
    chosen: timedelta
    """Its length if the registry sent no Retry-After, else zero."""


class HostBackoff:
    """Pauses requests after rate limits. Thread-safe; keeps only the most recently used pauses."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pauses: Lru[BackoffKey, _Pause] = Lru(_MAX_KEYS)

    def check(self, key: BackoffKey, now: datetime) -> None:
        """During a pause, raise the `RequestError` that caused it."""
        with self._lock:
            pause = self._pauses.get(key)
        if pause is not None and now < pause.until:
            raise pause.error.backing_off_until(pause.until)

    def after(self, key: BackoffKey, error: RequestError, now: datetime) -> RequestError | None:
        """Start a pause if the error, after all retries, requires one, and return the error to raise during it.

        The pause lasts as the registry's Retry-After says. Without one, it is a minute after 429, and doubles up to an
        hour if that happens again within an hour of the last pause.
        """
        until = error.retry_at
        if until is not None and until - now < _MIN_RETRY_AFTER:
            until = None
        if until is None and not error.too_many:
            return None
        with self._lock:
            last = self._pauses.get(key)
            chosen = _length(last, now) if until is None else timedelta()
            pause = _Pause(until or now + chosen, error, chosen)
            if last is not None and last.until > pause.until:
                pause = last
            self._pauses.put(key, pause)
        return pause.error.backing_off_until(pause.until)


def _length(last: _Pause | None, now: datetime) -> timedelta:
    if last is None or now >= last.until + _MAX_PAUSE:
        return _INITIAL_PAUSE
    if now < last.until:
        # Concurrent requests got the same response: do not double for each of them.
        return last.chosen
    return min(_MAX_PAUSE, max(_INITIAL_PAUSE, 2 * last.chosen))
