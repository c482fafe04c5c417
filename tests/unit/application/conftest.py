"""What all tests of the use cases start from: noon, an empty orchestrator, and people who hear everything."""

from __future__ import annotations

import pytest

from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import NOON, REPOSITORY, PlainNotifier, TracedOrchestrator
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.application.reconcile.emit_events import EmitEvents
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.application.state.workload_state import WorkloadStates


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def orchestrator(clock: FakeClock) -> TracedOrchestrator:
    return TracedOrchestrator(clock)


@pytest.fixture
def registry() -> FakeImageRegistry:
    return FakeImageRegistry({REPOSITORY: ("1.0.0",)})


@pytest.fixture
def notifier() -> PlainNotifier:
    return PlainNotifier()


@pytest.fixture
def states() -> WorkloadStates:
    return WorkloadStates()


@pytest.fixture
def emit(notifier: PlainNotifier, clock: FakeClock, states: WorkloadStates) -> EmitEvents:
    return EmitEvents(notifier, clock, states)


@pytest.fixture
def check_schedule() -> CheckSchedule:
    return CheckSchedule(CronScheduler())
