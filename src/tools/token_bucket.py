"""Limits how often something happens, with room for bursts."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock


class TokenBucket:
    """Allows `rate` events a second in the long run, and `burst` at once. Thread-safe."""

    def __init__(self, rate: float, burst: int, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._monotonic = monotonic
        self._lock = Lock()
        self._tokens = float(burst)
        self._filled = monotonic()

    def take(self) -> bool:
        """Whether the event is allowed now; then it counts."""
        with self._lock:
            now = self._monotonic()
            self._tokens = min(self._burst, self._tokens + max(0.0, now - self._filled) * self._rate)
            self._filled = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
