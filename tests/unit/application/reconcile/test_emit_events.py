"""What is new, and what was emitted before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from tests.fakes.notifier import RecordingNotifier
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import CART, SHOP, PlainNotifier
from watch_cluster.application.ports.reporting.notifier import NotifierUnavailable
from watch_cluster.application.reconcile.emit_events import MOST_OWED, EmitEvents
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.rollout.event import Event, EventReason

DOWN: Final = Event(EventReason.REGISTRY_ERROR, SHOP, "uid-1", "it answered 500", "the registry")
HELD: Final = replace(DOWN, reason=EventReason.UPDATE_HELD)


def test_the_same_fact_is_emitted_once_also_in_other_words(emit: EmitEvents, notifier: PlainNotifier) -> None:
    assert emit.if_new(DOWN)
    assert not emit.if_new(DOWN)
    assert not emit.if_new(replace(DOWN, message="it answered 503"))
    assert notifier.events == [DOWN]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(DOWN, subject="another registry"), id="another subject"),
        pytest.param(replace(DOWN, uid="uid-2"), id="another workload of the same name"),
        pytest.param(replace(DOWN, workload=CART), id="another workload"),
        pytest.param(HELD, id="another reason"),
    ],
)
def test_another_fact_is_news(emit: EmitEvents, notifier: PlainNotifier, other: Event) -> None:
    emit.if_new(DOWN)
    assert emit.if_new(other)
    assert notifier.events == [DOWN, other]


def test_a_fact_that_comes_back_after_another_one_of_its_reason_is_news(
    emit: EmitEvents, notifier: PlainNotifier
) -> None:
    events = [DOWN, replace(DOWN, subject="another registry"), DOWN]
    assert all(emit.if_new(each) for each in events)
    assert notifier.events == events


def test_an_event_for_one_reason_or_workload_does_not_renew_another(emit: EmitEvents) -> None:
    for each in (DOWN, HELD, replace(DOWN, workload=CART)):
        emit.if_new(each)
    assert not emit.if_new(DOWN)


def test_a_resolved_problem_is_new_again(emit: EmitEvents) -> None:
    emit.if_new(DOWN)
    emit.if_new(HELD)
    emit.resolve(SHOP, EventReason.REGISTRY_ERROR, EventReason.INVALID_CONFIGURATION)
    assert emit.if_new(DOWN)
    assert not emit.if_new(HELD)


def test_settling_one_workload_settles_no_other(emit: EmitEvents) -> None:
    emit.if_new(DOWN)
    emit.resolve(CART, EventReason.REGISTRY_ERROR)
    assert not emit.if_new(DOWN)


def test_all_of_a_forgotten_workload_is_news_again(emit: EmitEvents, states: WorkloadStates) -> None:
    emit.if_new(DOWN)
    emit.if_new(HELD)
    states.forget(SHOP)
    assert emit.if_new(DOWN)
    assert emit.if_new(HELD)


def test_a_failed_delivery_stays_undelivered(clock: FakeClock) -> None:
    notifier = RecordingNotifier()
    emit = EmitEvents(notifier, clock, WorkloadStates())
    notifier.fault = NotifierUnavailable("not now")
    with pytest.raises(NotifierUnavailable, match="not now"):
        emit.if_new(DOWN)
    notifier.fault = None
    assert emit.if_new(DOWN)
    assert notifier.events == (DOWN,)


def test_a_lasting_fact_is_emitted_again_each_hour(emit: EmitEvents, notifier: PlainNotifier, clock: FakeClock) -> None:
    for _ in range(3 * 12):
        emit.if_new(DOWN)
        clock.advance(timedelta(minutes=5))
    assert len(notifier.events) == 3


DONE: Final = Event(EventReason.IMAGE_UPDATED, SHOP, "uid-1", "Updated shop", "rollout-1", "rollout-1")
ROLLED_BACK: Final = replace(DONE, reason=EventReason.IMAGE_ROLLED_BACK)


@pytest.fixture
def recording() -> RecordingNotifier:
    return RecordingNotifier()


@pytest.fixture
def process(recording: RecordingNotifier, clock: FakeClock) -> EmitEvents:
    """The use case, with a notifier that can be unavailable."""
    return EmitEvents(recording, clock, WorkloadStates())


def test_an_event_about_what_has_been_done_is_emitted_at_once(emit: EmitEvents, notifier: PlainNotifier) -> None:
    emit.after(DONE, ROLLED_BACK)
    emit.owed(SHOP)
    assert notifier.events == [DONE, ROLLED_BACK]


def test_an_event_about_what_has_been_done_is_owed_while_the_notifier_is_unavailable(
    process: EmitEvents, recording: RecordingNotifier
) -> None:
    recording.fault = NotifierUnavailable("not now")
    process.after(DONE)
    process.after(DONE, ROLLED_BACK)
    assert process.states.of(SHOP).owed == [DONE, ROLLED_BACK]
    with pytest.raises(NotifierUnavailable, match="not now"):
        process.owed(SHOP)
    assert process.states.of(SHOP).owed == [DONE, ROLLED_BACK]

    recording.fault = None
    process.owed(SHOP)
    assert recording.events == (DONE, ROLLED_BACK)
    assert process.states.of(SHOP).owed == []


def test_owed_events_are_emitted_before_later_ones(process: EmitEvents, recording: RecordingNotifier) -> None:
    recording.fault = NotifierUnavailable("not now")
    process.after(DONE)
    recording.fault = None
    process.after(ROLLED_BACK)
    assert recording.events == (DONE, ROLLED_BACK)


def test_undelivered_notifications_of_one_workload_delay_no_other(
    process: EmitEvents, recording: RecordingNotifier
) -> None:
    recording.fault = NotifierUnavailable("not now")
    process.after(DONE)
    recording.fault = None
    other = replace(DONE, workload=CART)
    process.after(other)
    assert recording.events == (other,)


def test_a_workload_owes_a_limited_number_of_events_the_latest(
    process: EmitEvents, recording: RecordingNotifier
) -> None:
    recording.fault = NotifierUnavailable("not now")
    events = [replace(DONE, subject=f"rollout-{number}") for number in range(MOST_OWED + 5)]
    for event in events:
        process.after(event)
    assert process.states.of(SHOP).owed == events[-MOST_OWED:]


def test_resolving_or_emitting_for_an_unknown_workload_remembers_nothing(process: EmitEvents) -> None:
    process.resolve(SHOP, *EventReason)
    process.owed(SHOP)
    assert len(process.states) == 0
