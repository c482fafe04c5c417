"""What is news, and what was told before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from tests.fakes.notifier import RecordingNotifier
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import CART, SHOP, PlainNotifier
from watch_cluster.application.ports.notifier import NotifierUnavailable
from watch_cluster.application.reconcile.emit_events import EmitEvents
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.rollout.event import Event, EventReason

DOWN: Final = Event(EventReason.REGISTRY_ERROR, SHOP, "uid-1", "it answered 500", "the registry")
HELD: Final = replace(DOWN, reason=EventReason.UPDATE_HELD)


def test_the_same_fact_is_told_once_also_in_other_words(emit: EmitEvents, notifier: PlainNotifier) -> None:
    assert emit.if_new(DOWN)
    assert not emit.if_new(DOWN)
    assert not emit.if_new(replace(DOWN, message="it answered 503"))
    assert notifier.told == [DOWN]


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
    assert notifier.told == [DOWN, other]


def test_a_fact_that_comes_back_after_another_one_of_its_reason_is_news(
    emit: EmitEvents, notifier: PlainNotifier
) -> None:
    events = [DOWN, replace(DOWN, subject="another registry"), DOWN]
    assert all(emit.if_new(each) for each in events)
    assert notifier.told == events


def test_what_is_told_for_one_reason_or_workload_does_not_renew_another(emit: EmitEvents) -> None:
    for each in (DOWN, HELD, replace(DOWN, workload=CART)):
        emit.if_new(each)
    assert not emit.if_new(DOWN)


def test_what_was_settled_is_news_again(emit: EmitEvents) -> None:
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


def test_what_could_not_be_delivered_counts_as_untold(clock: FakeClock) -> None:
    notifier = RecordingNotifier()
    emit = EmitEvents(notifier, clock, WorkloadStates())
    notifier.fault = NotifierUnavailable("not now")
    with pytest.raises(NotifierUnavailable, match="not now"):
        emit.if_new(DOWN)
    notifier.fault = None
    assert emit.if_new(DOWN)
    assert notifier.events == (DOWN,)


def test_a_fact_that_lasts_is_told_again_each_hour(emit: EmitEvents, notifier: PlainNotifier, clock: FakeClock) -> None:
    for _ in range(3 * 12):
        emit.if_new(DOWN)
        clock.advance(timedelta(minutes=5))
    assert len(notifier.told) == 3
