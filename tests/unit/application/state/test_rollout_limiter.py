"""Only so many rollouts are in flight at once, and no namespace has all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.timing import FakeClock
from tests.unit.application.shop import CART, SHOP, WATCHED, TracedOrchestrator, app, roll_out
from tests.unit.domain.rollouts import BEGUN, COMPLETE, a_record, shop, with_record
from watch_cluster.application.state.rollout_limiter import UNSEEN_SECONDS, RolloutLimiter
from watch_cluster.domain.rollout.changes import closed_record, record_change
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

SITE = WorkloadKey("default", "Deployment", "site")
BLOG = WorkloadKey("default", "Deployment", "blog")


def key(namespace: str, number: int = 0) -> WorkloadKey:
    return WorkloadKey(namespace, "Deployment", f"work-{number}")


def rolling(namespace: str, number: int = 0) -> Workload:
    """A workload of which a record says that its rollout is in flight."""
    return replace(with_record(shop(BEGUN), a_record()), key=key(namespace, number))


@pytest.fixture
def one(clock: FakeClock) -> RolloutLimiter:
    return RolloutLimiter(1, clock)


def test_a_workload_without_a_slot_waits_and_is_called_when_one_is_free(one: RolloutLimiter) -> None:
    assert one.acquire(SHOP)
    assert not one.acquire(CART)
    assert (one.is_waiting(CART), one.is_waiting(SHOP)) == (True, False)
    assert (one.in_flight(), one.waiting()) == (1, 1)
    assert one.admit() == ()
    one.release(SHOP)
    assert one.admit() == (CART,)
    assert one.acquire(CART)


def test_waiting_workloads_are_called_in_order_of_arrival(one: RolloutLimiter) -> None:
    one.acquire(SHOP)
    one.acquire(SITE)
    one.acquire(CART)
    one.acquire(SITE)
    one.release(SHOP)
    assert one.admit() == (SITE,)
    assert one.admit() == (), "one slot is for one"
    assert not one.acquire(CART), "it is kept for who was called"
    one.finish_check(SITE)
    assert one.admit() == (CART,), "who was called did not need it"


def test_waiting_workloads_are_served_in_order(one: RolloutLimiter) -> None:
    one.acquire(SHOP)
    one.acquire(CART)
    one.release(SHOP)
    assert not one.acquire(BLOG)
    assert one.admit() == (CART,)


def test_a_slot_that_is_held_already_is_given_again(one: RolloutLimiter) -> None:
    assert one.acquire(SHOP)
    assert one.acquire(SHOP)


def test_rollouts_in_progress_are_found_on_the_workloads(
    one: RolloutLimiter, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    record = roll_out(orchestrator, clock, "1.0.1")
    one.load([orchestrator.shop()])
    assert not one.acquire(CART)
    orchestrator.apply(
        SHOP, record_change(orchestrator.shop(), closed_record(record, RolloutState.DONE, "", clock.now()))
    )
    one.observe(orchestrator.shop())
    assert one.admit() == (CART,)


def test_a_stale_reconcile_frees_no_slot(one: RolloutLimiter, orchestrator: TracedOrchestrator) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    stale = orchestrator.shop()
    one.acquire(SHOP)
    one.observe(stale)
    assert not one.acquire(CART)


def test_a_rollout_that_is_never_seen_frees_its_slot_after_a_while(one: RolloutLimiter, clock: FakeClock) -> None:
    one.acquire(SHOP)
    one.acquire(CART)
    clock.advance(timedelta(seconds=UNSEEN_SECONDS))
    assert one.admit() == ()
    clock.advance(timedelta(seconds=1))
    assert one.admit() == (CART,)


def test_a_rollout_that_was_started_although_the_server_denied_it_has_its_slot(one: RolloutLimiter) -> None:
    one.acquire(key("shop"))
    one.release(key("shop"))
    one.observe(rolling("shop"))
    assert one.in_flight() == 1


@pytest.mark.parametrize(
    "resting",
    [
        pytest.param(lambda workload: replace(workload, progress=COMPLETE), id="soaking"),
        pytest.param(lambda workload: replace(workload, paused=True), id="paused"),
    ],
)
def test_a_rollout_that_soaks_or_is_paused_needs_no_slot(
    one: RolloutLimiter, resting: Callable[[Workload], Workload]
) -> None:
    workload = rolling("shop")
    assert one.acquire(workload.key)
    assert not one.acquire(CART)
    one.observe(workload)
    assert one.admit() == ()
    one.observe(resting(workload))
    assert one.admit() == (CART,)
    one.finish_check(CART)
    one.observe(workload)
    assert not one.acquire(SITE), "it goes on, and has a slot again"


def test_a_running_record_that_appears_by_itself_takes_no_slot(one: RolloutLimiter) -> None:
    for number in range(10):
        one.observe(rolling("hostile", number))
    assert one.in_flight() == 0
    assert one.acquire(SHOP)


@pytest.mark.parametrize(("most", "left"), [(2, 1), (4, 1), (10, 2), (100, 25)])
def test_however_many_running_records_a_namespace_has_it_leaves_slots_to_others(
    clock: FakeClock, most: int, left: int
) -> None:
    limiter = RolloutLimiter(most, clock)
    limiter.load(rolling("hostile", number) for number in range(1000))
    assert not limiter.acquire(key("hostile", 2000))
    assert [limiter.acquire(key(f"honest-{number}")) for number in range(left + 1)] == [True] * left + [False]


@pytest.mark.parametrize("most", [8, 10, 100])
def test_two_namespaces_whose_rollouts_never_end_leave_a_slot_to_the_others(clock: FakeClock, most: int) -> None:
    limiter = RolloutLimiter(most, clock)
    for namespace in ("one", "two"):
        for number in range(most):
            limiter.acquire(key(namespace, number))
    assert limiter.in_flight() == most - 1
    assert (limiter.admit(), limiter.acquire(key("honest"))) == ((), True)


@pytest.mark.parametrize("most", [8, 10, 100])
def test_two_namespaces_that_let_paused_rollouts_go_on_leave_a_slot_to_the_others(clock: FakeClock, most: int) -> None:
    limiter = RolloutLimiter(most, clock)
    rollouts = [rolling(namespace, number) for namespace in ("one", "two") for number in range(most)]
    for workload in rollouts:
        assert limiter.acquire(workload.key)
        limiter.observe(workload)
        limiter.observe(replace(workload, paused=True))
    for workload in rollouts:
        limiter.observe(workload)
    assert limiter.in_flight() == 2 * most
    assert [limiter.acquire(key(namespace, most)) for namespace in ("one", "two")] == [False, False]
    assert limiter.acquire(key("honest"))


@pytest.mark.parametrize(("first", "second"), [(1, 8), (5, 4), (8, 1)])
def test_namespaces_whose_rollouts_fit_wait_for_nothing(clock: FakeClock, first: int, second: int) -> None:
    limiter = RolloutLimiter(10, clock)
    wanted = [key("one", number) for number in range(first)] + [key("two", number) for number in range(second)]
    assert [limiter.acquire(workload) for workload in wanted] == [True] * len(wanted)


@given(
    most=st.integers(8, 40),
    wanted=st.lists(st.sampled_from(["one", "two"]), min_size=80, max_size=160),
    paused=st.sets(st.integers(0, 159)),
)
def test_no_two_namespaces_take_all_slots_while_nothing_ends(most: int, wanted: list[str], paused: set[int]) -> None:
    limiter = RolloutLimiter(most, FakeClock())
    started = [rolling(name, number) for number, name in enumerate(wanted) if limiter.acquire(key(name, number))]
    for number, workload in enumerate(started):
        limiter.observe(replace(workload, paused=number in paused))
    assert limiter.acquire(key("honest"))


def test_a_controller_of_one_namespace_gives_it_all_slots(clock: FakeClock) -> None:
    limiter = RolloutLimiter(4, clock, shared=False)
    assert [limiter.acquire(key("shop", number)) for number in range(5)] == [True] * 4 + [False]


def test_a_waiting_workload_is_reported_with_what_it_waits_for(clock: FakeClock) -> None:
    limiter = RolloutLimiter(4, clock)
    for number in range(3):
        assert limiter.why_full(key("shop", number)) is None
        limiter.acquire(key("shop", number))
    assert limiter.why_full(key("shop", 3)) == (
        "its namespace has 3 of 4 (MAX_CONCURRENT_ROLLOUTS), as many as one may have"
    )
    assert limiter.why_full(key("cart")) is None
    limiter.acquire(key("cart"))
    assert limiter.why_full(key("site")) == "4 of 4 are taken (MAX_CONCURRENT_ROLLOUTS)"
    limiter.release(key("shop", 2))
    assert limiter.why_full(key("cart", 1)) == (
        "3 of 4 are taken (MAX_CONCURRENT_ROLLOUTS), and the last one is for a namespace that has none"
    )


def test_a_deleted_workload_neither_holds_a_slot_nor_waits(one: RolloutLimiter) -> None:
    one.acquire(SHOP)
    one.acquire(CART)
    one.forget(SHOP)
    one.forget(CART)
    assert one.admit() == ()
    assert one.acquire(SITE)


def test_a_standby_process_forgets_everything(one: RolloutLimiter) -> None:
    one.acquire(SHOP)
    one.acquire(CART)
    one.clear()
    assert one.admit() == ()
    assert one.acquire(SITE)


@given(
    most=st.integers(1, 12),
    namespaces=st.integers(1, 6),
    greed=st.integers(10, 60),
    patience=st.integers(0, 3),
)
def test_each_namespace_gets_its_share_whatever_the_others_do(
    most: int, namespaces: int, greed: int, patience: int
) -> None:
    """Greedy namespaces have endless work; a modest one has one workload at a time. None waits longer than a round."""
    limiter = RolloutLimiter(most, FakeClock())
    greedy = [f"greedy-{number}" for number in range(namespaces)]
    for number in range(greed):
        for namespace in greedy:
            limiter.acquire(key(namespace, number))
    modest = key("modest")
    served: Counter[str] = Counter()
    while not limiter.acquire(modest):
        running = [each for keys in limiter._slots.values() for each in sorted(keys)]
        assert running, "slots are free, and nobody is called"
        ended = running[patience % len(running)]
        limiter.release(ended)
        limiter.acquire(ended)
        for called in limiter.admit():
            if called == modest:
                continue
            assert limiter.acquire(called)
            served[called.namespace] += 1
        assert sum(served.values()) <= namespaces + most, "it waits for more than one round of all others"
        assert limiter.in_flight() <= most


@given(st.lists(st.tuples(st.sampled_from("tgsfp"), st.integers(0, 3), st.integers(0, 2)), max_size=200), st.data())
def test_no_slot_leaks_and_never_are_there_too_many(steps: list[tuple[str, int, int]], data: st.DataObject) -> None:
    clock = FakeClock()
    limiter = RolloutLimiter(3, clock)
    for act, namespace, number in steps:
        workload = rolling(f"n{namespace}", number)
        if act == "t":
            limiter.acquire(workload.key)
        elif act == "g":
            limiter.release(workload.key)
        elif act == "s":
            resting = data.draw(st.booleans())
            limiter.observe(replace(workload, progress=COMPLETE) if resting else workload)
        elif act == "f":
            limiter.finish_check(workload.key)
        else:
            limiter.admit()
    for namespace in range(4):
        for number in range(3):
            limiter.forget(key(f"n{namespace}", number))
    clock.advance(timedelta(minutes=2))
    assert (limiter.in_flight(), limiter.waiting(), limiter.admit()) == (0, 0, ())
    assert [limiter.acquire(key(f"new-{number}")) for number in range(4)] == [True, True, True, False]
