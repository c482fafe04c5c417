"""How long a watcher waits, and by which clock: trouble is met with patience, and no two processes in step."""

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
class Pace:
    """How time goes by: seconds since some moment of the past, chance from 0 to 1, and waiting for an event."""

    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    wait: Callable[[Event, float], bool] = Event.wait

    def between(self, shortest: float, longest: float) -> float:
        """Choose a duration by chance."""
        return shortest + (longest - shortest) * self.chance()


class BackOff:
    """Pauses that double from half a second to a quarter of a minute, each shortened by up to a half."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._pause = FIRST_PAUSE

    def next(self, wish: float = 0) -> float:
        """Choose the next pause in seconds, as long as the server wishes but never longer than the longest."""
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        return max(self._pace.between(pause / 2, pause), min(wish, LONGEST_PAUSE))

    def reset(self) -> None:
        """Begin anew with the shortest."""
        self._pause = FIRST_PAUSE
