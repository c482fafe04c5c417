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

_SHORTEST: Final = timedelta(seconds=1)
"""A shorter Retry-After was waited for four times before, and did not help."""
_FIRST: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(hours=1)
_MOST_KEPT: Final = 1000


@dataclass(frozen=True, slots=True)
class _Pause:
    until: datetime
    fault: RequestError
    own_choice: timedelta
    """How long it is when the registry did not ask for it; nothing when it did."""


class HostBackoff:
    """The rests of all who asked too often, the oldest forgotten when there are too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pauses: Lru[BackoffKey, _Pause] = Lru(_MOST_KEPT)

    def check(self, key: BackoffKey, now: datetime) -> None:
        """Raise the `RequestError` with which a pause began, while it lasts."""
        with self._lock:
            pause = self._pauses.get(key)
        if pause is not None and now < pause.until:
            raise pause.fault.backing_off_until(pause.until)

    def after(self, key: BackoffKey, fault: RequestError, now: datetime) -> RequestError | None:
        """Begin a pause if the error, after all retries, calls for one, and give the error to raise then.

        The registry's Retry-After counts. Without one, 429 pauses for a minute, and for twice as long whenever it
        happens again within an hour of the last pause, up to an hour.
        """
        wanted = fault.retry_at
        if wanted is not None and wanted - now < _SHORTEST:
            wanted = None
        if wanted is None and not fault.too_many:
            return None
        with self._lock:
            last = self._pauses.get(key)
            own_choice = _pause(last, now) if wanted is None else timedelta()
            pause = _Pause(wanted or now + own_choice, fault, own_choice)
            if last is not None and last.until > pause.until:
                pause = last
            self._pauses.put(key, pause)
        return pause.fault.backing_off_until(pause.until)


def _pause(last: _Pause | None, now: datetime) -> timedelta:
    if last is None or now >= last.until + _LONGEST:
        return _FIRST
    if now < last.until:
        # Concurrent requests got the same response: that is no reason to double.
        return last.own_choice
    return min(_LONGEST, max(_FIRST, 2 * last.own_choice))
