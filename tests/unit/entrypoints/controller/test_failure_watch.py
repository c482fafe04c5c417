"""What a leader has seen fail is kept for the next one, as soon as that is possible."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from tests.cluster.processes import wait_until
from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.timing import FakeClock
from tests.unit.domain.rollouts import FAILURE, NOON, a_record
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.adapters.memory.failure_memory import InProcessFailureMemory
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.failure_memory import FailureMemoryUnavailable, Failures
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.application.state.fleet_state import FleetState
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.application.state.rollout_limiter import RolloutLimiter
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.controller.failure_watch import FailureWatch

SHOP = WorkloadKey("shop", "Deployment", "shop")
FAILED = replace(a_record(), state=RolloutState.ROLLED_BACK, failure=FAILURE, ended=NOON)


class BrokenMemory(InProcessFailureMemory):
    """A memory that can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False

    def failures(self) -> Failures:
        if self.away:
            raise FailureMemoryUnavailable("the Lease is away")
        return super().failures()


class Process:
    """A process that has seen a failure."""

    def __init__(self, memory: BrokenMemory) -> None:
        clock = FakeClock()
        self.fleet = FleetState(
            FakeOrchestrator(clock),
            RolloutLimiter(10, clock),
            ImageOutcomes(),
            CheckSchedule(CronScheduler()),
            WorkloadStates(),
            memory,
        )
        self.leads = True
        self.watch = FailureWatch(lambda: self.leads, self.fleet, Workers())
        self.fleet.observe(SHOP, a_record(), FAILED)


@pytest.fixture
def memory() -> BrokenMemory:
    return BrokenMemory()


def test_a_leader_keeps_what_it_sees_fail(memory: BrokenMemory) -> None:
    process = Process(memory)
    process.watch.start()
    wait_until(lambda: list(memory.failures()) == ["shop"], "it is kept", 10)
    process.watch.close()


@pytest.mark.parametrize(("leads", "kept"), [(True, ["shop"]), (False, [])], ids=["a leader", "another process"])
def test_what_was_not_kept_yet_is_kept_when_a_leader_stops(
    memory: BrokenMemory, kept: list[str], *, leads: bool
) -> None:
    process = Process(memory)
    process.leads = leads
    process.watch.close()
    assert list(memory.failures()) == kept


def test_a_memory_that_is_away_is_logged_once_and_loses_nothing(memory: BrokenMemory) -> None:
    process = Process(memory)
    memory.away = True
    with capture_logs() as lines:
        for _ in range(3):
            process.watch.close()
    memory.away = False
    process.watch.close()
    assert [(line["log_level"], line["why"]) for line in lines] == [("warning", "the Lease is away")]
    assert list(memory.failures()) == ["shop"]


def test_another_leader_may_have_seen_more_meanwhile(memory: BrokenMemory) -> None:
    process = Process(memory)
    process.fleet.remember()
    known = [process.fleet.outcomes.recalled]
    process.fleet.stop_leading()
    known.append(process.fleet.outcomes.recalled)
    process.fleet.remember()
    known.append(process.fleet.outcomes.recalled)
    assert known == [True, False, True]
