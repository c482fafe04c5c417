"""Only so many rollouts are in flight at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.timing import FakeClock
from tests.unit.application.shop import CART, SHOP, WATCHED, TracedOrchestrator, app, roll_out
from watch_cluster.application.state.rollout_limiter import UNSEEN_SECONDS, RolloutLimiter
from watch_cluster.domain.rollout.changes import closed_record, record_change
from watch_cluster.domain.rollout.record import RolloutState
from watch_cluster.domain.workload.workload import WorkloadKey

SITE = WorkloadKey("default", "Deployment", "site")


@pytest.fixture
def one(clock: FakeClock) -> RolloutLimiter:
    return RolloutLimiter(1, clock)


def test_who_gets_no_slot_waits_and_is_called_when_one_is_free(one: RolloutLimiter) -> None:
    assert one.take(SHOP)
    assert not one.take(CART)
    assert (one.waits(CART), one.waits(SHOP)) == (True, False)
    assert one.call() == ()
    one.give_back(SHOP)
    assert one.call() == (CART,)
    assert one.take(CART)


def test_those_that_wait_are_called_in_the_order_of_their_coming(one: RolloutLimiter) -> None:
    one.take(SHOP)
    one.take(SITE)
    one.take(CART)
    one.take(SITE)
    one.give_back(SHOP)
    assert one.call() == (SITE,)
    assert one.call() == (), "one slot is for one"
    assert not one.take(CART), "it is kept for who was called"
    one.finish(SITE)
    assert one.call() == (CART,), "who was called did not need it"


def test_a_slot_that_is_held_already_is_given_again(one: RolloutLimiter) -> None:
    assert one.take(SHOP)
    assert one.take(SHOP)


def test_what_is_in_flight_is_found_by_looking(
    one: RolloutLimiter, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    record = roll_out(orchestrator, clock, "1.0.1")
    one.see(orchestrator.shop())
    assert not one.take(CART)
    orchestrator.apply(
        SHOP, record_change(orchestrator.shop(), closed_record(record, RolloutState.DONE, "", clock.now()))
    )
    one.see(orchestrator.shop())
    assert one.call() == (CART,)


def test_a_look_that_lags_behind_frees_no_slot(one: RolloutLimiter, orchestrator: TracedOrchestrator) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    stale = orchestrator.shop()
    one.take(SHOP)
    one.see(stale)
    assert not one.take(CART)


def test_a_rollout_that_is_never_seen_frees_its_slot_after_a_while(one: RolloutLimiter, clock: FakeClock) -> None:
    one.take(SHOP)
    one.take(CART)
    clock.advance(timedelta(seconds=UNSEEN_SECONDS))
    assert one.call() == ()
    clock.advance(timedelta(seconds=1))
    assert one.call() == (CART,)


def test_who_is_gone_neither_holds_nor_waits(one: RolloutLimiter) -> None:
    one.take(SHOP)
    one.take(CART)
    one.forget(SHOP)
    one.forget(CART)
    assert one.call() == ()
    assert one.take(SITE)


def test_a_process_that_stands_by_forgets_all(one: RolloutLimiter) -> None:
    one.take(SHOP)
    one.take(CART)
    one.clear()
    assert one.call() == ()
    assert one.take(SITE)
