"""What is counted over all workloads follows each of them, and nothing is left of those that are gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.fakes.timing import FakeClock
from tests.unit.application.shop import (
    CART,
    REPOSITORY,
    SHOP,
    WATCHED,
    PlainNotifier,
    Process,
    TracedOrchestrator,
    app,
    roll_out,
    see_through,
)
from watch_cluster.adapters.memory.behavior import Behavior
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.workload import annotation

FAILED_IMAGE = ImageReference.parse(f"{REPOSITORY}:1.0.1")
Leave = Callable[[TracedOrchestrator], None]
LEAVING = pytest.mark.parametrize(
    "leave",
    [
        pytest.param(lambda it: it.delete(SHOP), id="deleted"),
        pytest.param(lambda it: it.annotate(SHOP, {annotation.ENABLED: None}), id="annotation removed"),
    ],
)


@pytest.fixture
def process(orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock) -> Process:
    orchestrator.create(SHOP, [app()], WATCHED)
    orchestrator.create(CART, [app()], WATCHED)
    return Process(orchestrator, notifier, clock)


def update(process: Process, orchestrator: TracedOrchestrator) -> None:
    process.fleet.update(SHOP, orchestrator.find(SHOP))


def test_loading_counts_every_rollout_in_flight_before_any_workload_is_reconciled(
    process: Process, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    roll_out(orchestrator, clock, "1.0.1")
    assert process.fleet.load() == (SHOP, CART)
    assert process.limiter.in_flight() == 1
    assert len(process.states) == 0


def test_a_deleted_workload_takes_no_slot_and_has_no_check_and_no_state(
    process: Process, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    roll_out(orchestrator, clock, "1.0.1")
    process.fleet.load()
    process.reconcile(SHOP)
    assert (process.limiter.in_flight(), len(process.check_schedule), len(process.states)) == (1, 1, 1)
    orchestrator.delete(SHOP)
    update(process, orchestrator)
    assert (process.limiter.in_flight(), len(process.check_schedule), len(process.states)) == (0, 0, 0)


def test_a_workload_that_opts_out_has_no_check_and_is_new_when_it_opts_in_again(
    process: Process, orchestrator: TracedOrchestrator
) -> None:
    process.reconcile(SHOP)
    state = process.states.of(SHOP)
    state.failures["CHECK"] = 3
    orchestrator.annotate(SHOP, {annotation.ENABLED: "false"})
    update(process, orchestrator)
    assert len(process.check_schedule) == 0
    assert (state.failures, state.policy, state.seen_approval) == ({}, None, False)


def test_updating_an_unwatched_workload_remembers_nothing(process: Process, orchestrator: TracedOrchestrator) -> None:
    orchestrator.annotate(SHOP, {annotation.ENABLED: "false"})
    update(process, orchestrator)
    assert len(process.states) == 0


def test_a_process_that_stops_leading_counts_no_rollouts(
    process: Process, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    roll_out(orchestrator, clock, "1.0.1")
    process.fleet.load()
    process.fleet.stop_leading()
    assert process.limiter.in_flight() == 0


@LEAVING
def test_an_image_that_failed_on_a_workload_that_left_is_tried_on_the_others(
    process: Process, orchestrator: TracedOrchestrator, clock: FakeClock, leave: Leave
) -> None:
    orchestrator.behave(str(FAILED_IMAGE), Behavior(crashes_after=timedelta()))
    roll_out(orchestrator, clock, "1.0.1")
    see_through(process.follow, clock)
    update(process, orchestrator)
    assert process.outcomes.failing(FAILED_IMAGE, CART).workloads == (SHOP,)
    leave(orchestrator)
    update(process, orchestrator)
    assert process.outcomes.failing(FAILED_IMAGE, CART).workloads == ()
