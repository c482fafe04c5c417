"""Turns by name: how many threads may do something for the same name at once."""

from __future__ import annotations

from threading import BoundedSemaphore, Lock
from weakref import WeakValueDictionary


class Turns:
    """A semaphore for each name, kept while a thread holds it or waits for it. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._of: WeakValueDictionary[object, BoundedSemaphore] = WeakValueDictionary()

    def of(self, name: object) -> BoundedSemaphore:
        """Return the semaphore of the name, which so many threads may hold."""
        with self._lock:
            turn = self._of.get(name)
            if turn is None:
                turn = self._of[name] = BoundedSemaphore(self._most)
            return turn
