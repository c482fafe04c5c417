"""Until when digests were sent: on a Lease, in a state file and in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.fakes.timing import FakeClock
from tests.unit.adapters.kubernetes.fake_leases import FakeLeases
from watch_cluster.adapters.docker.state.digest_log import FileDigestLog
from watch_cluster.adapters.docker.state.store import Store
from watch_cluster.adapters.kubernetes.lease.digest_log import DIGESTS, LeaseDigestLog
from watch_cluster.adapters.memory.digest_log import MemoryDigestLog
from watch_cluster.application.ports.reporting.digests import DigestLog

NOON = datetime(2031, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def leases() -> FakeLeases:
    return FakeLeases(FakeClock())


@pytest.fixture(params=["lease", "file", "memory"])
def log(request: pytest.FixtureRequest, leases: FakeLeases, tmp_path: Path) -> DigestLog:
    made: dict[str, Callable[[], DigestLog]] = {
        "lease": lambda: LeaseDigestLog(leases),
        "file": lambda: FileDigestLog(Store(tmp_path)),
        "memory": MemoryDigestLog,
    }
    return made[request.param]()


def test_keeps_the_last_time_of_each_channel(log: DigestLog) -> None:
    assert log.sent() == {}
    log.note("team-a", NOON)
    log.note("team-b", NOON.astimezone(timezone(timedelta(hours=9))))
    log.note("team-a", NOON + timedelta(days=1))
    assert log.sent() == {"team-a": NOON + timedelta(days=1), "team-b": NOON}


def test_another_process_reads_what_one_noted(leases: FakeLeases, tmp_path: Path) -> None:
    LeaseDigestLog(leases).note("team-a", NOON)
    assert LeaseDigestLog(leases).sent() == {"team-a": NOON}
    store = Store(tmp_path)
    store.finish_tick(NOON)
    FileDigestLog(store).note("team-a", NOON)
    store.close()
    assert FileDigestLog(Store(tmp_path)).sent() == {"team-a": NOON}
    assert Store(tmp_path).tick() == NOON


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "[" * 10_000, '{"team-a": 1}', '{"team-a": "yesterday"}', "x" * 99_999]
)
def test_what_others_write_there_is_left_out(leases: FakeLeases, text: str) -> None:
    leases.write(leases.new(None).with_annotation(DIGESTS, text), 1)
    assert LeaseDigestLog(leases).sent() == {}
    LeaseDigestLog(leases).note("team-b", NOON)
    assert LeaseDigestLog(leases).sent() == {"team-b": NOON}
