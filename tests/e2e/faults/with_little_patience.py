"""The real process, whose health check waits less long, and whose loop stops at SIGUSR1 and goes on at SIGUSR2."""

from __future__ import annotations

import signal
from threading import Event

from watch_cluster.entrypoints import health
from watch_cluster.entrypoints.main import main

GOES_ON = Event()


def _hold_up(_number: int, _frame: object) -> None:
    """Handlers run on the main thread, as the loop does."""
    GOES_ON.clear()
    while not GOES_ON.wait(0.1):
        pass


def _go_on(_number: int, _frame: object) -> None:
    GOES_ON.set()


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _hold_up)
    signal.signal(signal.SIGUSR2, _go_on)
    health.STUCK_AFTER_SECONDS = 5.0  # type: ignore[misc]
    # A watch that is well hears something about every minute.
    health.STALE_AFTER_SECONDS = 75.0  # type: ignore[misc]
    health.UNHEALTHY_AFTER_SECONDS = 90.0  # type: ignore[misc]
    main()
