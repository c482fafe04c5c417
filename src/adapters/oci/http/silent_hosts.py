"""Spares requests the wait for a host that has just not responded to anybody."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

from watch_cluster.adapters.oci.http.errors import RequestError
from watch_cluster.tools.fair_turns import party
from watch_cluster.tools.lru import Lru

_MAX_HOSTS: Final = 1000
_NEARLY: Final = 0.9
"""The share of its time that a request must have had: clocks are read before and after it."""


@dataclass(frozen=True, slots=True)
class _Silence:
    since: float
    until: float
    error: RequestError


class SilentHosts:
    """Fails requests to a host for `seconds` after one has timed out, unless the host has responded to another one.

    A few requests are sent to a host at a time: without this, each one in the queue would wait for its own timeout.
    It holds for the requests of the same party (`acting_for`) only: one that queries what is slow must not stop the
    others. Times are monotonic seconds. Thread-safe; keeps only the most recently used hosts.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._responses: Lru[bytes, float] = Lru(_MAX_HOSTS)
        self._silences: Lru[tuple[str | None, bytes], _Silence] = Lru(_MAX_HOSTS)

    def check(self, host: bytes, now: float) -> None:
        """Raise the error of the request that timed out, while the host is silent."""
        with self._lock:
            silence = self._silences.get((party(), host))
            response = self._responses.get(host)
        if silence is not None and now < silence.until and (response is None or response < silence.since):
            raise RequestError(silence.error.what, silence.error.advice, silence.error.remedy)

    def responded(self, host: bytes, now: float) -> None:
        """Note that the host has sent a response to some request."""
        with self._lock:
            self._responses.put(host, now)

    def timed_out(self, host: bytes, began: float, now: float, error: RequestError) -> None:
        """Note that a request has timed out; it counts if it had all its time, and nobody got a response meanwhile."""
        with self._lock:
            response = self._responses.get(host)
            if now - began >= _NEARLY * self._seconds and (response is None or response < began):
                self._silences.put((party(), host), _Silence(now, now + self._seconds, error))
