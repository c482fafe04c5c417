"""Every event of a rollout is emitted in the end, once for its readers, whatever failed or was killed meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.notifier import RecordingNotifier
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import (
    SHOP,
    WATCHED,
    PlainNotifier,
    Process,
    TracedOrchestrator,
    app,
    image,
    roll_out,
    see_through,
)
from watch_cluster.adapters.memory.behavior import Behavior
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.reporting.notifier import NotifierUnavailable
from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.rollout_events import EMIT_AGAIN_WITHIN

STARTED = EventReason.IMAGE_UPDATE_STARTED
UPDATED = EventReason.IMAGE_UPDATED
FAILED = EventReason.IMAGE_UPDATE_FAILED
ROLLED_BACK = EventReason.IMAGE_ROLLED_BACK


@pytest.fixture
def notifier() -> RecordingNotifier:
    """Keeps one event for each identity, as its readers see them."""
    return RecordingNotifier()


@pytest.fixture
def process(orchestrator: TracedOrchestrator, notifier: RecordingNotifier, clock: FakeClock) -> Process:
    orchestrator.create(SHOP, [app()], WATCHED)
    return Process(orchestrator, notifier, clock)


def reconcile_for(process: Process, clock: FakeClock, duration: timedelta) -> None:
    """Reconcile the shop every five seconds."""
    for _ in range(duration // timedelta(seconds=5)):
        process.reconcile(SHOP)
        clock.advance(timedelta(seconds=5))


def reasons(notifier: RecordingNotifier) -> list[EventReason]:
    return [event.reason for event in notifier.events]


def test_a_notifier_that_is_away_for_hours_delays_no_rollout_and_gets_every_event_once(
    process: Process, orchestrator: TracedOrchestrator, notifier: RecordingNotifier, clock: FakeClock
) -> None:
    notifier.fault = NotifierUnavailable("not now")
    roll_out(orchestrator, clock, "1.0.1")
    reconcile_for(process, clock, timedelta(minutes=2))
    assert orchestrator.record().state is RolloutState.DONE
    assert [owed.reason for owed in orchestrator.record().owed] == [STARTED, UPDATED]

    clock.advance(timedelta(hours=5))
    reconcile_for(process, clock, timedelta(minutes=1))
    notifier.fault = None
    reconcile_for(process, clock, timedelta(minutes=1))
    assert reasons(notifier) == [STARTED, UPDATED]
    assert orchestrator.record().owed == ()


@pytest.mark.exhaustive
def test_while_the_notifier_is_away_what_is_owed_is_written_once(
    process: Process, orchestrator: TracedOrchestrator, notifier: RecordingNotifier, clock: FakeClock
) -> None:
    notifier.fault = NotifierUnavailable("not now")
    roll_out(orchestrator, clock, "1.0.1")
    reconcile_for(process, clock, timedelta(minutes=2))
    written = len(orchestrator.changes)
    reconcile_for(process, clock, timedelta(hours=1))
    assert len(orchestrator.changes) == written


def test_while_the_notifier_is_away_for_many_rollouts_what_is_owed_is_not_written_again_and_again(
    process: Process, orchestrator: TracedOrchestrator, notifier: RecordingNotifier, clock: FakeClock
) -> None:
    notifier.fault = NotifierUnavailable("not now")
    for number in range(1, 7):
        roll_out(orchestrator, clock, f"1.0.{number}")
        reconcile_for(process, clock, timedelta(minutes=2))
    written = len(orchestrator.changes)
    reconcile_for(process, clock, timedelta(minutes=10))
    assert len(orchestrator.changes) == written


@pytest.mark.parametrize("away", [timedelta(minutes=1), timedelta(days=2)], ids=["a minute", "days"])
def test_the_next_process_emits_the_events_of_a_rollback(
    process: Process,
    orchestrator: TracedOrchestrator,
    notifier: RecordingNotifier,
    clock: FakeClock,
    away: timedelta,
) -> None:
    notifier.fault = NotifierUnavailable("not now")
    orchestrator.behave(image("1.0.1"), Behavior(crashes_after=timedelta()))
    roll_out(orchestrator, clock, "1.0.1")
    reconcile_for(process, clock, timedelta(minutes=10))
    assert orchestrator.record().state is RolloutState.ROLLED_BACK

    clock.advance(away)
    notifier.fault = None
    successor = Process(orchestrator, notifier, clock)
    reconcile_for(successor, clock, timedelta(minutes=1))
    assert reasons(notifier) == [STARTED, FAILED, ROLLED_BACK]
    assert orchestrator.record().owed == ()
    assert successor.states.of(SHOP).owed == []


@pytest.mark.usefixtures("process")
def test_a_process_that_is_killed_between_writing_the_end_and_emitting_it_leaves_that_to_the_next(
    orchestrator: TracedOrchestrator, notifier: RecordingNotifier, clock: FakeClock
) -> None:
    unavailable = RecordingNotifier()
    unavailable.fault = NotifierUnavailable("killed before it could")
    roll_out(orchestrator, clock, "1.0.1")
    see_through(Process(orchestrator, unavailable, clock).follow, clock)
    assert orchestrator.record().state is RolloutState.DONE
    assert orchestrator.record().owed == ()

    reconcile_for(Process(orchestrator, notifier, clock), clock, timedelta(minutes=1))
    assert reasons(notifier) == [UPDATED]


def test_a_process_that_starts_long_after_the_end_does_not_emit_it_again(
    process: Process, orchestrator: TracedOrchestrator, notifier: RecordingNotifier, clock: FakeClock
) -> None:
    roll_out(orchestrator, clock, "1.0.1")
    reconcile_for(process, clock, timedelta(minutes=2))
    assert reasons(notifier) == [STARTED, UPDATED]

    clock.advance(EMIT_AGAIN_WITHIN)
    later = PlainNotifier()
    reconcile_for(Process(orchestrator, later, clock), clock, timedelta(minutes=1))
    assert later.events == []


def test_the_next_process_emits_a_manual_revert_that_could_not_be_emitted(
    process: Process, orchestrator: TracedOrchestrator, notifier: RecordingNotifier, clock: FakeClock
) -> None:
    roll_out(orchestrator, clock, "1.0.1")
    reconcile_for(process, clock, timedelta(minutes=2))
    notifier.fault = NotifierUnavailable("not now")
    orchestrator.set_image(SHOP, "app", image("1.0.0"))
    reconcile_for(process, clock, timedelta(minutes=1))
    assert orchestrator.record().state is RolloutState.SUPERSEDED

    clock.advance(timedelta(days=1))
    notifier.fault = None
    reconcile_for(Process(orchestrator, notifier, clock), clock, timedelta(minutes=1))
    assert reasons(notifier) == [STARTED, UPDATED, EventReason.UPDATE_HELD]
    assert "(by kubectl-set)" in notifier.events[-1].message
    assert orchestrator.record().owed == ()


def test_events_that_one_rollout_owes_are_carried_over_to_the_record_of_the_next(
    process: Process, orchestrator: TracedOrchestrator, notifier: RecordingNotifier, clock: FakeClock
) -> None:
    notifier.fault = NotifierUnavailable("not now")
    roll_out(orchestrator, clock, "1.0.1")
    reconcile_for(process, clock, timedelta(minutes=2))
    roll_out(orchestrator, clock, "1.0.2")
    reconcile_for(process, clock, timedelta(minutes=2))

    notifier.fault = None
    reconcile_for(Process(orchestrator, notifier, clock), clock, timedelta(minutes=1))
    assert reasons(notifier) == [STARTED, UPDATED, STARTED, UPDATED]
    assert orchestrator.record().owed == ()


def test_an_event_that_stays_owed_is_still_one_event(
    process: Process, orchestrator: TracedOrchestrator, notifier: RecordingNotifier, clock: FakeClock
) -> None:
    notifier.fault = NotifierUnavailable("not now")
    roll_out(orchestrator, clock, "1.0.1")
    reconcile_for(process, clock, timedelta(minutes=2))
    notifier.fault = None
    orchestrator.fault = OrchestratorUnavailable("not now")
    with pytest.raises(OrchestratorUnavailable):
        process.reconcile(SHOP)
    orchestrator.fault = None
    reconcile_for(process, clock, timedelta(minutes=1))
    assert reasons(notifier) == [STARTED, UPDATED]
    assert orchestrator.record().owed == ()


def test_a_workload_that_opts_out_still_gets_its_owed_events_and_is_then_forgotten(
    process: Process, orchestrator: TracedOrchestrator, notifier: RecordingNotifier, clock: FakeClock
) -> None:
    notifier.fault = NotifierUnavailable("not now")
    roll_out(orchestrator, clock, "1.0.1")
    reconcile_for(process, clock, timedelta(minutes=2))
    orchestrator.annotate(SHOP, {"watch-cluster.io/enabled": "false"})
    reconcile_for(process, clock, timedelta(minutes=1))
    assert len(process.states) == 1
    notifier.fault = None
    reconcile_for(process, clock, timedelta(minutes=1))
    assert reasons(notifier) == [STARTED, UPDATED]
    assert orchestrator.record().owed == ()
    assert len(process.states) == 0
