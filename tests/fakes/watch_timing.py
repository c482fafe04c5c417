"""A clock by which watchers wait without real time going by."""

from __future__ import annotations

from datetime import timedelta
from queue import Queue
from threading import Event

from tests.fakes.timing import FakeClock
from watch_cluster.adapters.kubernetes.watch.backoff import Timing


class FakeTiming:
    """Makes pauses end at once and moves the clock by them; after `most` of them it waits for the end of the test."""

    def __init__(self, clock: FakeClock, most: int = 50, chance: float = 1.0) -> None:
        self._clock = clock
        self._left = most
        self.pauses: Queue[float] = Queue()
        self.timing = Timing(clock.monotonic, lambda: chance, self._wait)

    def _wait(self, event: Event, seconds: float) -> bool:
        self._clock.advance(timedelta(seconds=seconds))
        self.pauses.put(seconds)
        self._left -= 1
        return event.wait(0 if self._left > 0 else None)
