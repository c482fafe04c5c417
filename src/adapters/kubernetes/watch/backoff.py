"""How long a watcher waits after a failure, and by which clock."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Final

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 15.0


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock of the watchers: a monotonic clock in seconds, chance from 0 to 1, and waiting for an event."""

    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    wait: Callable[[Event, float], bool] = Event.wait

    def between(self, shortest: float, longest: float) -> float:
        """Choose a duration by chance."""
        return shortest + (longest - shortest) * self.chance()


class BackOff:
    """Pauses that double from half a second to a quarter of a minute, each shortened by up to a half."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._pause = FIRST_PAUSE

    def next(self, retry_after: float = 0) -> float:
        """Choose the next pause in seconds, at least what the server demands, but never longer than the longest."""
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        return max(self._timing.between(pause / 2, pause), min(retry_after, LONGEST_PAUSE))

    def reset(self) -> None:
        """Begin with the shortest pause again."""
        self._pause = FIRST_PAUSE
