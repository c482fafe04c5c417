"""One check of one workload, from its beginning to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import (
    NOON,
    REPOSITORY,
    SHOP,
    WATCHED,
    PlainNotifier,
    Process,
    TracedOrchestrator,
    app,
    checking,
    image,
)
from watch_cluster.adapters.memory.leadership import SoleLeadership
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.application.check.actions.act_on_check import Outcome
from watch_cluster.application.check.actions.complete_check_now import CompleteCheckNow
from watch_cluster.application.check.check_workload import CheckWorkload
from watch_cluster.application.ports.registry.image_registry import RegistryUnavailable
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.registry_queries.query_cache import QueryCache
from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.workload import annotation


@pytest.fixture
def registry() -> FakeImageRegistry:
    return FakeImageRegistry({REPOSITORY: ("1.0.0", "1.0.1")})


@pytest.fixture
def process(orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock) -> Process:
    process = Process(orchestrator, notifier, clock)
    process.check_schedule.begin(NOON)
    return process


@pytest.fixture
def check(
    process: Process, orchestrator: TracedOrchestrator, registry: FakeImageRegistry, clock: FakeClock
) -> CheckWorkload:
    leadership = SoleLeadership()
    leadership.start()
    registries = RegistryAccess(registry, NoCredentials(), QueryCache(clock))
    check_for_update = replace(
        checking(orchestrator, registries, clock), read_policy=process.detect_deployment.read_policy
    )
    complete = CompleteCheckNow(orchestrator, process.emit, clock)
    proposing = process.proposing(leadership)
    fleet, states = process.fleet, process.states
    act = process.acting(leadership)
    return CheckWorkload(
        orchestrator, proposing, check_for_update, act, complete, process.check_schedule, fleet, clock, states
    )


def test_a_requested_check_starts_the_update_that_it_found(
    check: CheckWorkload, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    orchestrator.create(SHOP, [app()], {**WATCHED, annotation.CHECK_NOW: "please"})
    result = check(SHOP)
    assert (result.action.outcome, result.action.rollout) == (Outcome.STARTED, orchestrator.record())
    assert orchestrator.image_of(SHOP, "app") == image("1.0.1")
    assert annotation.CHECK_NOW not in orchestrator.shop().annotations
    assert [event.reason for event in notifier.events] == [EventReason.MANUAL_CHECK_DONE]


def test_a_registry_error_is_kept_until_a_check_succeeds(
    check: CheckWorkload,
    process: Process,
    orchestrator: TracedOrchestrator,
    registry: FakeImageRegistry,
    clock: FakeClock,
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    registry.faults[REPOSITORY] = RegistryUnavailable("it answers 500")
    check(SHOP)
    assert process.states.of(SHOP).registry_failed
    del registry.faults[REPOSITORY]
    clock.advance(timedelta(minutes=2))
    check(SHOP)
    assert not process.states.of(SHOP).registry_failed


def test_a_check_of_a_deleted_workload_forgets_it(
    check: CheckWorkload, process: Process, orchestrator: TracedOrchestrator
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    process.reconcile(SHOP)
    orchestrator.delete(SHOP)
    assert check(SHOP).action.outcome is Outcome.NOT_WATCHED
    assert (len(process.states), len(process.check_schedule)) == (0, 0)


def test_a_check_of_a_workload_that_opted_out_remembers_nothing(
    check: CheckWorkload, process: Process, orchestrator: TracedOrchestrator
) -> None:
    orchestrator.create(SHOP, [app()], {annotation.ENABLED: "false"})
    assert check(SHOP).action.outcome is Outcome.NOT_WATCHED
    assert len(process.states) == 0
