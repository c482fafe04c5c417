"""How a rollout in flight comes to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from tests.fakes.timing import FakeClock
from tests.unit.application.shop import (
    CART,
    NOON,
    SHOP,
    WATCHED,
    PlainNotifier,
    TracedOrchestrator,
    app,
    image,
    roll_out,
)
from watch_cluster.adapters.memory.notifier import RecordingNotifier
from watch_cluster.adapters.memory.orchestrator import DEFAULT_DEADLINE, Behaviour
from watch_cluster.adapters.webhook.nobody import NoOutbox
from watch_cluster.application.follow_rollout import FollowRollout, Sightings
from watch_cluster.application.ports.notifier import NotifierUnavailable
from watch_cluster.application.ports.orchestrator import (
    ChangeConflict,
    ChangeRejected,
    OrchestratorError,
    OrchestratorUnavailable,
)
from watch_cluster.domain import annotation
from watch_cluster.domain.events import Reason
from watch_cluster.domain.rollout import Ended, RolloutRecord, RolloutState
from watch_cluster.domain.verdict import Ongoing
from watch_cluster.domain.workload import Progress

TIMEOUT: Final = timedelta(minutes=5)


@pytest.fixture
def follow(orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock) -> FollowRollout:
    return FollowRollout(orchestrator, notifier, NoOutbox(), clock)


@pytest.fixture
def record(orchestrator: TracedOrchestrator, clock: FakeClock) -> RolloutRecord:
    """A rollout of the shop that takes 20 seconds."""
    orchestrator.create(SHOP, [app()], WATCHED)
    return roll_out(orchestrator, clock, "1.0.1")


@pytest.fixture
def stuck(orchestrator: TracedOrchestrator, clock: FakeClock) -> RolloutRecord:
    """A rollout of the shop that never gets anywhere, and of which only we can say so."""
    orchestrator.behave(image("1.0.1"), Behaviour(gets_ready=False))
    orchestrator.create(SHOP, [app()], {**WATCHED, annotation.ROLLOUT_TIMEOUT: "5m"}, deadline=None)
    return roll_out(orchestrator, clock, "1.0.1")


def until_of(verdict: Ongoing | Ended | None) -> datetime:
    assert isinstance(verdict, Ongoing)
    return verdict.until


def state_of(verdict: Ongoing | Ended | None) -> RolloutState:
    assert isinstance(verdict, Ended)
    return verdict.state


def test_a_rollout_that_goes_on_is_neither_told_nor_written(
    follow: FollowRollout, record: RolloutRecord, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    assert until_of(follow(SHOP)) == NOON + DEFAULT_DEADLINE
    assert orchestrator.record() == record
    assert len(orchestrator.changes) == 1
    assert notifier.told == []


def test_a_complete_rollout_is_told_and_closed_as_done(
    follow: FollowRollout,
    record: RolloutRecord,
    orchestrator: TracedOrchestrator,
    notifier: PlainNotifier,
    clock: FakeClock,
) -> None:
    clock.advance(timedelta(seconds=20))
    assert state_of(follow(SHOP)) is RolloutState.DONE
    [event] = notifier.told
    assert (event.reason, event.workload, event.uid) == (Reason.IMAGE_UPDATED, SHOP, record.uid)
    assert (event.message, event.rollout) == (f"Updated {record.change}", record)
    assert orchestrator.changes[1:] == [(SHOP, record.closing(Ended(RolloutState.DONE, "why"), clock.now()))]


def test_a_rollout_that_the_orchestrator_gave_up_is_told_and_closed_as_failed(
    follow: FollowRollout, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    orchestrator.behave(image("1.0.1"), Behaviour(gets_ready=False))
    orchestrator.create(SHOP, [app()], WATCHED)
    record = roll_out(orchestrator, clock, "1.0.1")
    clock.advance(DEFAULT_DEADLINE)
    assert state_of(follow(SHOP)) is RolloutState.FAILED
    [event] = notifier.told
    assert event.reason is Reason.IMAGE_UPDATE_FAILED
    assert event.message.startswith(f"Failed {record.change}: ")
    assert "timed out progressing" in event.message
    [_, message] = event.message.split(": ", 1)
    assert orchestrator.record() == replace(record, state=RolloutState.FAILED, ended=clock.now(), failure=message)
    assert annotation.LAST_UPDATE not in orchestrator.shop().annotations


@pytest.mark.parametrize(
    ("hand", "words"),
    [
        pytest.param(lambda it: it.set_image(SHOP, "app", image("9.9.9")), "9.9.9", id="a third image"),
        pytest.param(lambda it: it.set_image(SHOP, "app", image("1.0.0")), "1.0.0", id="the old image"),
        pytest.param(lambda it: it.annotate(SHOP, {annotation.ENABLED: "false"}), "no longer true", id="opted out"),
    ],
)
def test_a_rollout_that_somebody_ended_is_closed_as_superseded_and_left_as_it_is(
    follow: FollowRollout,
    record: RolloutRecord,
    orchestrator: TracedOrchestrator,
    notifier: PlainNotifier,
    hand: Callable[[TracedOrchestrator], None],
    words: str,
) -> None:
    hand(orchestrator)
    left = orchestrator.shop().containers
    assert state_of(follow(SHOP)) is RolloutState.SUPERSEDED
    [event] = notifier.told
    assert event.reason is Reason.IMAGE_UPDATE_FAILED
    assert words in event.message
    closed = orchestrator.record()
    assert closed == replace(record, state=RolloutState.SUPERSEDED, ended=closed.ended, failure=closed.failure)
    assert words in (closed.failure or "")
    assert orchestrator.shop().containers == left


def test_what_has_ended_is_looked_at_no_more(
    follow: FollowRollout, record: RolloutRecord, notifier: PlainNotifier, clock: FakeClock
) -> None:
    follow(SHOP)
    clock.advance(timedelta(seconds=20))
    follow(SHOP)
    assert follow.sightings.of(SHOP, record.id) is None
    assert follow(SHOP) is None
    assert len(notifier.told) == 1


def test_a_workload_without_a_rollout_has_nothing_to_follow(
    follow: FollowRollout, orchestrator: TracedOrchestrator
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    assert follow(SHOP) is None


def test_a_workload_that_was_deleted_is_forgotten(
    follow: FollowRollout, record: RolloutRecord, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    follow(SHOP)
    orchestrator.delete(SHOP)
    assert follow(SHOP) is None
    assert follow.sightings.of(SHOP, record.id) is None
    assert notifier.told == []


def test_the_record_of_another_workload_is_not_followed(
    follow: FollowRollout, record: RolloutRecord, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    orchestrator.delete(SHOP)
    orchestrator.create(SHOP, [app("1.0.1")], {**WATCHED, annotation.ROLLOUT: str(record)})
    assert follow(SHOP) is None
    assert notifier.told == []


def test_an_end_that_cannot_be_told_leaves_the_rollout_open(
    record: RolloutRecord, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    notifier = RecordingNotifier()
    follow = FollowRollout(orchestrator, notifier, NoOutbox(), clock)
    clock.advance(timedelta(seconds=20))
    notifier.fault = NotifierUnavailable("not now")
    with pytest.raises(NotifierUnavailable, match="not now"):
        follow(SHOP)
    assert orchestrator.record() == record
    notifier.fault = None
    assert state_of(follow(SHOP)) is RolloutState.DONE
    assert [each.reason for each in notifier.events] == [Reason.IMAGE_UPDATED]


@pytest.mark.parametrize("error", [OrchestratorUnavailable("down"), ChangeConflict("changed"), ChangeRejected("no")])
def test_an_end_that_was_told_and_not_written_is_told_by_the_next_process_as_the_same_event(
    record: RolloutRecord,
    orchestrator: TracedOrchestrator,
    notifier: PlainNotifier,
    clock: FakeClock,
    error: OrchestratorError,
) -> None:
    clock.advance(timedelta(seconds=20))
    orchestrator.fault = error
    with pytest.raises(type(error)):
        FollowRollout(orchestrator, notifier, NoOutbox(), clock)(SHOP)
    assert orchestrator.record() == record
    orchestrator.fault = None
    clock.advance(timedelta(seconds=40))
    assert state_of(FollowRollout(orchestrator, notifier, NoOutbox(), clock)(SHOP)) is RolloutState.DONE
    first, again = notifier.told
    assert first.identity == again.identity
    assert not orchestrator.record().running


def test_the_ends_of_two_rollouts_are_two_events(
    follow: FollowRollout,
    record: RolloutRecord,
    orchestrator: TracedOrchestrator,
    notifier: PlainNotifier,
    clock: FakeClock,
) -> None:
    clock.advance(timedelta(seconds=20))
    follow(SHOP)
    assert roll_out(orchestrator, clock, "1.0.2").id != record.id
    clock.advance(timedelta(seconds=20))
    follow(SHOP)
    assert len({each.identity for each in notifier.told}) == 2


@pytest.mark.usefixtures("stuck")
def test_time_without_progress_counts_from_the_first_sighting(follow: FollowRollout, clock: FakeClock) -> None:
    clock.advance(timedelta(hours=1))
    until = until_of(follow(SHOP))
    assert until == clock.now() + TIMEOUT
    clock.set(until - timedelta(seconds=1))
    assert until_of(follow(SHOP)) == until
    clock.set(until)
    assert state_of(follow(SHOP)) is RolloutState.FAILED


@pytest.mark.usefixtures("stuck")
def test_a_process_that_takes_over_counts_from_its_own_first_sighting(
    follow: FollowRollout, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    follow(SHOP)
    clock.advance(TIMEOUT)
    successor = FollowRollout(orchestrator, notifier, NoOutbox(), clock)
    assert until_of(successor(SHOP)) == clock.now() + TIMEOUT


def test_progress_since_the_last_sighting_starts_the_time_anew(
    follow: FollowRollout, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    orchestrator.behave(image("1.0.1"), Behaviour(takes=timedelta(minutes=8)))
    orchestrator.create(SHOP, [app()], {**WATCHED, annotation.ROLLOUT_TIMEOUT: "5m"}, deadline=None)
    roll_out(orchestrator, clock, "1.0.1")
    assert until_of(follow(SHOP)) == NOON + TIMEOUT
    clock.advance(timedelta(minutes=4))
    assert until_of(follow(SHOP)) == NOON + timedelta(minutes=9)
    clock.advance(timedelta(minutes=4))
    assert state_of(follow(SHOP)) is RolloutState.DONE


def test_the_sighting_of_another_rollout_does_not_count(
    follow: FollowRollout, stuck: RolloutRecord, orchestrator: TracedOrchestrator
) -> None:
    long_ago = NOON - timedelta(hours=1)
    look = Ongoing(orchestrator.shop().progress, long_ago, long_ago + TIMEOUT)
    follow.sightings.note(SHOP, "another", look)
    follow.sightings.note(CART, stuck.id, look)
    assert until_of(follow(SHOP)) == NOON + TIMEOUT


def test_only_the_last_sighting_of_a_workload_is_kept() -> None:
    nothing = Progress(observed=True, desired=1, updated=0, available=1, outdated=1)
    first = Ongoing(nothing, NOON, NOON + TIMEOUT)
    second = replace(first, since=NOON + TIMEOUT)
    sightings = Sightings()
    sightings.note(SHOP, "one", first)
    sightings.note(CART, "one", first)
    sightings.note(SHOP, "two", second)
    assert (sightings.of(SHOP, "one"), sightings.of(SHOP, "two")) == (None, second)
    sightings.forget(SHOP)
    sightings.forget(SHOP)
    assert (sightings.of(SHOP, "two"), sightings.of(CART, "one")) == (None, first)
