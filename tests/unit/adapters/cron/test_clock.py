"""The system clock."""

from __future__ import annotations

from datetime import UTC, datetime

from watch_cluster.adapters.cron.clock import SystemClock
from watch_cluster.application.ports.clock import Clock


def test_now_is_the_system_time_in_utc() -> None:
    clock: Clock = SystemClock()
    before = datetime.now(UTC)
    present = clock.now()
    assert before <= present <= datetime.now(UTC)
    assert present.tzinfo is UTC


def test_the_monotonic_clock_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)
