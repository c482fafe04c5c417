"""Whether we lack a right, or the API server has only just started."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

from watch_cluster.adapters.kubernetes.client.errors import ApiRefused

BELIEVED_AFTER_SECONDS: Final = 15.0
"""How long it must be refused. An API server that has just started forbids everything, until it has read the roles."""

FORGOTTEN_AFTER_SECONDS: Final = 180.0
"""After that a refusal has nothing to do with the one before: whoever is put off comes again within a minute."""


class Permissions:
    """The rights that were refused, by the namespace in which they were asked for. Safe for threads."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._refused: dict[str, tuple[float, float]] = {}
        """When it was refused first and last."""

    def granted(self, namespace: str) -> None:
        """The right was there."""
        if self._refused:
            with self._lock:
                self._refused.pop(namespace, None)

    def may_come_yet(self, namespace: str, error: ApiRefused) -> bool:
        """Whether it is too early to believe that this refusal will last."""
        if not error.lacks_right:
            return False
        with self._lock:
            now = self._monotonic()
            since, last = self._refused.get(namespace, (now, now))
            if now - last > FORGOTTEN_AFTER_SECONDS:
                since = now
            self._refused[namespace] = since, now
        return now - since < BELIEVED_AFTER_SECONDS
