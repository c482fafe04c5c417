"""What is news, and what was told before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from tests.fakes.timing import FakeClock
from tests.unit.application.shop import CART, SHOP, PlainNotifier
from watch_cluster.adapters.memory.notifier import RecordingNotifier
from watch_cluster.application.ports.notifier import NotifierUnavailable
from watch_cluster.application.state.event_deduplication import EventDeduplicator
from watch_cluster.domain.rollout.event import Event, EventReason

DOWN: Final = Event(EventReason.REGISTRY_ERROR, SHOP, "uid-1", "it answered 500", "the registry")
HELD: Final = replace(DOWN, reason=EventReason.UPDATE_HELD)


def test_the_same_fact_is_told_once_also_in_other_words(reports: EventDeduplicator, notifier: PlainNotifier) -> None:
    assert reports.tell(DOWN)
    assert not reports.tell(DOWN)
    assert not reports.tell(replace(DOWN, message="it answered 503"))
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
def test_another_fact_is_news(reports: EventDeduplicator, notifier: PlainNotifier, other: Event) -> None:
    reports.tell(DOWN)
    assert reports.tell(other)
    assert notifier.told == [DOWN, other]


def test_a_fact_that_comes_back_after_another_one_of_its_reason_is_news(
    reports: EventDeduplicator, notifier: PlainNotifier
) -> None:
    events = [DOWN, replace(DOWN, subject="another registry"), DOWN]
    assert all(reports.tell(each) for each in events)
    assert notifier.told == events


def test_what_is_told_for_one_reason_or_workload_does_not_renew_another(reports: EventDeduplicator) -> None:
    for each in (DOWN, HELD, replace(DOWN, workload=CART)):
        reports.tell(each)
    assert not reports.tell(DOWN)


def test_what_was_settled_is_news_again(reports: EventDeduplicator) -> None:
    reports.tell(DOWN)
    reports.tell(HELD)
    reports.settle(SHOP, EventReason.REGISTRY_ERROR, EventReason.INVALID_CONFIGURATION)
    assert reports.tell(DOWN)
    assert not reports.tell(HELD)


def test_settling_one_workload_settles_no_other(reports: EventDeduplicator) -> None:
    reports.tell(DOWN)
    reports.settle(CART, EventReason.REGISTRY_ERROR)
    assert not reports.tell(DOWN)


def test_all_of_a_forgotten_workload_is_news_again(reports: EventDeduplicator) -> None:
    reports.tell(DOWN)
    reports.tell(HELD)
    reports.forget(SHOP)
    assert reports.tell(DOWN)
    assert reports.tell(HELD)


def test_what_could_not_be_delivered_counts_as_untold(clock: FakeClock) -> None:
    notifier = RecordingNotifier()
    reports = EventDeduplicator(notifier, clock)
    notifier.fault = NotifierUnavailable("not now")
    with pytest.raises(NotifierUnavailable, match="not now"):
        reports.tell(DOWN)
    notifier.fault = None
    assert reports.tell(DOWN)
    assert notifier.events == (DOWN,)


def test_a_fact_that_lasts_is_told_again_each_hour(
    reports: EventDeduplicator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    for _ in range(3 * 12):
        reports.tell(DOWN)
        clock.advance(timedelta(minutes=5))
    assert len(notifier.told) == 3
