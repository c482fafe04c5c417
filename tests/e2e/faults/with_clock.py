"""The real process with a clock that a test sets: it is off by as many seconds as a file says."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from dependency_injector.providers import Singleton

from watch_cluster.adapters.cron.clock import SystemClock
from watch_cluster.entrypoints.container.container import Container
from watch_cluster.entrypoints.main import main

OFFSET = Path(os.environ["WATCH_CLUSTER_TEST_CLOCK"])


class SetClock(SystemClock):
    """The system's clock, set by somebody."""

    def now(self) -> datetime:
        """The time of day as it is set."""
        return super().now() + timedelta(seconds=float(OFFSET.read_text() if OFFSET.exists() else 0))


if __name__ == "__main__":
    Container.clock.override(Singleton(SetClock))
    main()
