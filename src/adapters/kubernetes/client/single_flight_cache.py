"""Keeps what was read for a short while, and reads it once however many callers need it at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(slots=True)
class _Entry(Generic[Value]):
    began: float
    outcome: Future[Value] = field(default_factory=Future)
    weight: int = 0


class SingleFlightCache(Generic[Key, Value]):
    """What `read` returned for each key. Safe for threads.

    An entry is kept for so many seconds of the given clock. At most `max_entries` are kept, and values that `weigh` at
    most `max_weight` in all; the oldest go first.
    """

    def __init__(
        self,
        read: Callable[[Key], Value],
        monotonic: Callable[[], float],
        seconds: float,
        max_entries: int,
        *,
        weigh: Callable[[Value], int] = lambda _value: 0,
        max_weight: int = 0,
    ) -> None:
        self._read = read
        self._monotonic = monotonic
        self._seconds = seconds
        self._max_entries = max_entries
        self._weigh = weigh
        self._max_weight = max_weight
        self._weight = 0
        self._lock = Lock()
        # The oldest comes first.
        self._entries: dict[Key, _Entry[Value]] = {}

    def get(self, key: Key) -> Value:
        """Return what is cached, or read it. Callers that come while it is being read wait for that reading.

        Raises whatever `read` raises, to all who wait, and caches no failure.
        """
        with self._lock:
            self._expire()
            entry = self._entries.get(key)
            mine = entry is None
            if entry is None:
                if len(self._entries) >= self._max_entries:
                    self._drop(next(iter(self._entries)))
                entry = self._entries[key] = _Entry(self._monotonic())
        if mine:
            self._fulfil(key, entry)
        return entry.outcome.result()

    def _fulfil(self, key: Key, entry: _Entry[Value]) -> None:
        try:
            value = self._read(key)
        except BaseException as error:  # noqa: BLE001 - result() raises it again, here and to all who wait
            with self._lock:
                if self._entries.get(key) is entry:
                    self._drop(key)
            entry.outcome.set_exception(error)
            return
        entry.outcome.set_result(value)
        with self._lock:
            if self._entries.get(key) is not entry:
                return
            entry.weight = self._weigh(value)
            self._weight += entry.weight
            while self._weight > self._max_weight:
                self._drop(next(iter(self._entries)))

    def _expire(self) -> None:
        now = self._monotonic()
        for key, entry in list(self._entries.items()):
            if now - entry.began < self._seconds:
                return
            self._drop(key)

    def _drop(self, key: Key) -> None:
        self._weight -= self._entries.pop(key).weight
