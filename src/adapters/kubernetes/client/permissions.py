"""Distinguishes a missing permission from an API server that has just started."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

from watch_cluster.adapters.kubernetes.client.errors import ApiRefused

PERMANENT_AFTER_SECONDS: Final = 15.0
"""How long requests must be refused. An API server that has just started refuses all, until it has read the roles."""

FORGOTTEN_AFTER_SECONDS: Final = 180.0
"""After that time a refusal counts as the first: retries come at least every minute."""


class Permissions:
    """Refused permissions by namespace. Thread-safe."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._refused: dict[str, tuple[float, float]] = {}
        """When the permission was refused first and last."""

    def granted(self, namespace: str) -> None:
        """Note that a request was allowed."""
        if self._refused:
            with self._lock:
                self._refused.pop(namespace, None)

    def may_be_granted_soon(self, namespace: str, error: ApiRefused) -> bool:
        """Whether it is too early to treat this refusal as permanent."""
        if not error.lacks_right:
            return False
        with self._lock:
            now = self._monotonic()
            since, last = self._refused.get(namespace, (now, now))
            if now - last > FORGOTTEN_AFTER_SECONDS:
                since = now
            self._refused[namespace] = since, now
        return now - since < PERMANENT_AFTER_SECONDS
