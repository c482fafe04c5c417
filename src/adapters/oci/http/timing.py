"""Time and randomness of the client, in one place, so that tests can control them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """The monotonic time in seconds, the time in UTC (`now`), a sleep (`wait`), and random numbers.

    `chance` returns a number from 0 up to 1.
    """

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc_now
    wait: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
