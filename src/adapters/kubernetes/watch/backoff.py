"""How long a watcher waits after a failure, and by which clock."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Final

from watch_cluster.tools.backoff import exponential_backoff, jittered

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
    """The pauses between the attempts of one watcher: from half a second to 15 seconds, with jitter."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._failures = 0

    def next(self, retry_after: float = 0) -> float:
        """Choose the next pause in seconds, at least what the server demands, but never longer than the longest."""
        pause = exponential_backoff(self._failures, FIRST_PAUSE, LONGEST_PAUSE)
        self._failures += 1
        return max(jittered(pause, self._timing.chance()), min(retry_after, LONGEST_PAUSE))

    def reset(self) -> None:
        """Begin with the shortest pause again."""
        self._failures = 0
