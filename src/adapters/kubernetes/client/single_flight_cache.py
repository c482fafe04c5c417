"""Remembers for a short while what was read, so that many who need the same ask for it once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Reading(Generic[Value]):
    began: float
    outcome: Future[Value] = field(default_factory=Future)


class SingleFlightCache(Generic[Key, Value]):
    """What `read` gave for each key, for so many seconds of the given clock and for so many keys. Safe for threads."""

    def __init__(self, read: Callable[[Key], Value], monotonic: Callable[[], float], seconds: float, most: int) -> None:
        self._read = read
        self._monotonic = monotonic
        self._seconds = seconds
        self._most = most
        self._lock = Lock()
        # The oldest comes first.
        self._readings: dict[Key, _Reading[Value]] = {}

    def get(self, key: Key) -> Value:
        """Give what is remembered, or read it. Who asks while it is being read waits for that reading.

        Raises whatever `read` raises, to all who wait, and remembers no failure.
        """
        with self._lock:
            self._forget_old()
            reading = self._readings.get(key)
            mine = reading is None
            if reading is None:
                if len(self._readings) >= self._most:
                    del self._readings[next(iter(self._readings))]
                reading = self._readings[key] = _Reading(self._monotonic())
        if mine:
            self._fulfil(key, reading)
        return reading.outcome.result()

    def _fulfil(self, key: Key, reading: _Reading[Value]) -> None:
        try:
            reading.outcome.set_result(self._read(key))
        except BaseException as error:  # noqa: BLE001 - result() raises it again, here and to all who wait
            with self._lock:
                if self._readings.get(key) is reading:
                    del self._readings[key]
            reading.outcome.set_exception(error)

    def _forget_old(self) -> None:
        now = self._monotonic()
        for key, reading in list(self._readings.items()):
            if now - reading.began < self._seconds:
                return
            del self._readings[key]
