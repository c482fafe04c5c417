"""Time and chance as the client uses them, in one place so that tests neither sleep nor guess."""

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
    """Where seconds come from (`monotonic`), what time it is (`now`, in UTC), how to `wait` seconds, and jitter.

    `chance` gives a number from 0 up to 1.
    """

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc_now
    wait: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
