"""The system clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

# After a suspend, leadership must have expired. Only Linux has a monotonic clock that includes suspended time.
_MONOTONIC: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """Implements the port `Clock` with the clocks of the operating system."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since a fixed moment, including suspended time where the system supports it."""
        return time.clock_gettime(_MONOTONIC)
