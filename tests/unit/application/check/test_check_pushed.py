"""A push makes checks due, and is kept until they are done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.timing import FakeClock
from tests.unit.application.shop import (
    CART,
    NOON,
    REPOSITORY,
    SHOP,
    WATCHED,
    PlainNotifier,
    Process,
    TracedOrchestrator,
    app,
)
from watch_cluster.adapters.memory.push_inbox import MemoryPushInbox
from watch_cluster.application.check.check_pushed import CheckPushed
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.domain.images.mirror import Mirror
from watch_cluster.domain.images.pushed import PushedRepository
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container

PUSHED = PushedRepository.parse(REPOSITORY)


@pytest.fixture
def inbox() -> MemoryPushInbox:
    return MemoryPushInbox()


@pytest.fixture
def process(orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock) -> Process:
    orchestrator.create(SHOP, [app()], WATCHED)
    orchestrator.create(CART, [Container("app", "registry.example/cart:1.0.0")], WATCHED)
    made = Process(orchestrator, notifier, clock)
    made.detect(SHOP)
    made.detect(CART)
    return made


def following_pushes(
    inbox: MemoryPushInbox, process: Process, clock: FakeClock, mirrors: tuple[Mirror, ...] = ()
) -> CheckPushed:
    from tests.unit.application.shop import read_policy

    policies = PolicyCache(read_policy, process.states)
    return CheckPushed(inbox, process.reader, policies, process.check_schedule, clock, mirrors)


def due(schedule: CheckSchedule, clock: FakeClock) -> set[str]:
    return {key.name for key in schedule.take_due(clock.now())}


def test_makes_checks_of_workloads_on_that_repository_due_at_once(
    inbox: MemoryPushInbox, process: Process, clock: FakeClock
) -> None:
    check_pushed = following_pushes(inbox, process, clock)
    inbox.put([PUSHED])
    assert check_pushed() == (PUSHED,)
    assert due(process.check_schedule, clock) == {"shop"}


def test_keeps_the_push_until_the_check_is_done(inbox: MemoryPushInbox, process: Process, clock: FakeClock) -> None:
    check_pushed = following_pushes(inbox, process, clock)
    inbox.put([PUSHED])
    check_pushed()
    assert list(inbox.pushes()) == [PUSHED]
    process.check_schedule.take_due(clock.now())
    assert check_pushed() == ()
    assert list(inbox.pushes()) == [PUSHED]
    process.check_schedule.finish(SHOP, clock.now())
    check_pushed()
    assert inbox.pushes() == {}


def test_the_next_leader_makes_the_check_due_again_when_one_was_killed(
    inbox: MemoryPushInbox, process: Process, clock: FakeClock
) -> None:
    inbox.put([PUSHED])
    following_pushes(inbox, process, clock)()
    next_leader = following_pushes(inbox, process, clock)
    process.check_schedule.begin(clock.now())
    assert next_leader() == (PUSHED,)
    assert due(process.check_schedule, clock) == set()
    process.detect(SHOP)
    next_leader()
    assert due(process.check_schedule, clock) == {"shop"}


def test_many_pushes_are_one_check_and_one_during_the_check_is_another(
    inbox: MemoryPushInbox, process: Process, clock: FakeClock
) -> None:
    check_pushed = following_pushes(inbox, process, clock)
    for _ in range(10):
        inbox.put([PUSHED])
        check_pushed()
    assert due(process.check_schedule, clock) == {"shop"}
    clock.advance(timedelta(seconds=1))
    inbox.put([PUSHED])
    check_pushed()
    process.check_schedule.finish(SHOP, NOON)
    assert due(process.check_schedule, clock) == {"shop"}
    check_pushed()
    assert list(inbox.pushes()) == [PUSHED]


def test_the_schedule_stays_as_it_is(inbox: MemoryPushInbox, process: Process, clock: FakeClock) -> None:
    before = process.check_schedule.next_check(SHOP)
    inbox.put([PUSHED])
    following_pushes(inbox, process, clock)()
    process.check_schedule.take_due(clock.now())
    assert process.check_schedule.next_check(SHOP) == before


def test_a_push_that_concerns_no_workload_is_removed(
    inbox: MemoryPushInbox, process: Process, clock: FakeClock
) -> None:
    inbox.put([PushedRepository.parse("registry.example/another")])
    following_pushes(inbox, process, clock)()
    assert inbox.pushes() == {}
    assert due(process.check_schedule, clock) == set()


def test_a_push_to_the_mirror_concerns_the_image(inbox: MemoryPushInbox, process: Process, clock: FakeClock) -> None:
    mirror = Mirror.parse("registry.example=mirror.example/copies")
    inbox.put([PushedRepository.parse("mirror.example/copies/shop")])
    following_pushes(inbox, process, clock, (mirror,))()
    assert due(process.check_schedule, clock) == {"shop"}


@pytest.mark.parametrize(
    "written",
    [
        pytest.param({annotation.ENABLED: "false"}, id="opted out"),
        pytest.param({annotation.STRATEGY: "nonsense"}, id="misconfigured"),
    ],
)
def test_workloads_that_are_not_checked_hold_no_push_up(
    inbox: MemoryPushInbox,
    process: Process,
    clock: FakeClock,
    orchestrator: TracedOrchestrator,
    written: dict[str, str],
) -> None:
    orchestrator.annotate(SHOP, written)
    process.detect(SHOP)
    inbox.put([PUSHED])
    following_pushes(inbox, process, clock)()
    assert inbox.pushes() == {}


def test_a_deleted_workload_holds_no_push_up(
    inbox: MemoryPushInbox, process: Process, clock: FakeClock, orchestrator: TracedOrchestrator
) -> None:
    check_pushed = following_pushes(inbox, process, clock)
    inbox.put([PUSHED])
    check_pushed()
    orchestrator.delete(SHOP)
    process.detect(SHOP)
    check_pushed()
    assert inbox.pushes() == {}
