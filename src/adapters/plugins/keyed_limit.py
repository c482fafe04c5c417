"""Limits how many threads may do something for the same key at once."""

from __future__ import annotations

from threading import BoundedSemaphore, Lock
from weakref import WeakValueDictionary


class KeyedLimit:
    """A semaphore for each key, kept while a thread holds it or waits for it. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._semaphores: WeakValueDictionary[object, BoundedSemaphore] = WeakValueDictionary()

    def of(self, key: object) -> BoundedSemaphore:
        """Return the semaphore of the key, which so many threads may hold."""
        with self._lock:
            semaphore = self._semaphores.get(key)
            if semaphore is None:
                semaphore = self._semaphores[key] = BoundedSemaphore(self._most)
            return semaphore
