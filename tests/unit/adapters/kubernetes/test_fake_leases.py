"""The fake Lease conflicts where the API server does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.timing import FakeClock
from tests.unit.adapters.kubernetes.fake_leases import FakeLeases
from watch_cluster.adapters.kubernetes.lease.record import LeaseTiming
from watch_cluster.adapters.kubernetes.lease.store import LeaseConflict

NOW = datetime(2026, 5, 1, tzinfo=UTC)
TIMING = LeaseTiming()


def test_a_lease_is_read_as_it_was_written_with_a_version_of_its_own() -> None:
    leases = FakeLeases(FakeClock())
    assert leases.read(1) is None
    created = leases.write(leases.new(None).held_by("a", TIMING, NOW, None), 1)
    assert leases.read(1) == created
    replaced = leases.write(created.held_by("a", TIMING, NOW, None), 1)
    assert replaced.version != created.version


def test_only_the_present_version_is_replaced() -> None:
    leases = FakeLeases(FakeClock())
    first = leases.write(leases.new(None).held_by("a", TIMING, NOW, None), 1)
    leases.touch()
    with pytest.raises(LeaseConflict):
        leases.write(first.held_by("a", TIMING, NOW, None), 1)
    with pytest.raises(LeaseConflict):
        leases.write(leases.new(None).held_by("b", TIMING, NOW, None), 1)
    leases.record = None
    with pytest.raises(LeaseConflict):
        leases.write(first.held_by("a", TIMING, NOW, None), 1)


def test_a_request_takes_its_time_before_and_after_its_effect() -> None:
    clock = FakeClock()
    leases = FakeLeases(clock)
    leases.latency = (timedelta(seconds=1), timedelta(seconds=2))
    leases.write(leases.new(None).held_by("a", TIMING, NOW, None), 1)
    leases.read(1)
    assert clock.monotonic() == 6
