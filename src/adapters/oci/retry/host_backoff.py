"""Leaves a registry alone for as long as it wants, so that a limit ends in time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watch_cluster.adapters.oci.http.errors import RequestError
from watch_cluster.domain.images.credential import Credential

BackoffKey = tuple[str, Credential | None]
"""The host that is asked and as whom: limits are counted for a user, and anonymous ones for an address."""

_SHORTEST: Final = timedelta(seconds=1)
"""A shorter wish was fulfilled four times before a rest begins, and did not help."""
_FIRST: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(hours=1)
_MOST_KEPT: Final = 1000


@dataclass(frozen=True, slots=True)
class _Pause:
    until: datetime
    fault: RequestError
    unasked: timedelta
    """How long it is when the registry did not ask for it; nothing when it did."""


class HostBackoff:
    """The rests of all who asked too often, the oldest forgotten when there are too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rests: OrderedDict[BackoffKey, _Pause] = OrderedDict()

    def check(self, asker: BackoffKey, now: datetime) -> None:
        """Raise the `RequestError` with which a rest began, while it lasts."""
        with self._lock:
            rest = self._rests.get(asker)
        if rest is not None and now < rest.until:
            raise rest.fault.backing_off_until(rest.until)

    def after(self, asker: BackoffKey, fault: RequestError, now: datetime) -> RequestError | None:
        """Begin a rest if the fault, which all patience did not help against, gives reason, and give what to say then.

        The registry's wish counts. Without one, too many requests are a reason to rest for a minute, and for twice as
        long whenever the same happens within an hour of the last rest, up to an hour.
        """
        wish = fault.retry_at
        if wish is not None and wish - now < _SHORTEST:
            wish = None
        if wish is None and not fault.too_many:
            return None
        with self._lock:
            last = self._rests.get(asker)
            unasked = _pause(last, now) if wish is None else timedelta()
            rest = _Pause(wish or now + unasked, fault, unasked)
            if last is not None and last.until > rest.until:
                rest = last
            self._rests[asker] = rest
            self._rests.move_to_end(asker)
            while len(self._rests) > _MOST_KEPT:
                self._rests.popitem(last=False)
        return rest.fault.backing_off_until(rest.until)


def _pause(last: _Pause | None, now: datetime) -> timedelta:
    if last is None or now >= last.until + _LONGEST:
        return _FIRST
    if now < last.until:
        # Others who asked at the same time were told the same, which is no reason to double.
        return last.unasked
    return min(_LONGEST, max(_FIRST, 2 * last.unasked))
