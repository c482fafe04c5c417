"""The clock of the machine."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

# A machine that was suspended must find its lead ended; Linux alone has a clock of its own for that.
_CLOCK: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """The operating system's clocks."""

    def now(self) -> datetime:
        """Tell the present moment, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Tell the seconds since the machine started, or another fixed moment, also those in which it slept."""
        return time.clock_gettime(_CLOCK)
