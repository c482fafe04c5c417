"""Deliveries wait in order for each workload, in turn for namespaces, and within a capacity."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.adapters.notifications.delivery_queue import Delivery, DeliveryQueue
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.workload.workload import WorkloadKey

DETECTED = NotificationType.DEPLOYMENT_DETECTED
STARTED = NotificationType.IMAGE_ROLLOUT_STARTED
COMPLETED = NotificationType.IMAGE_ROLLOUT_COMPLETED
NOW = datetime(2031, 1, 1, tzinfo=UTC)


def key(namespace: str, name: str = "shop") -> WorkloadKey:
    return WorkloadKey(namespace, "Deployment", name)


def notification(of: WorkloadKey, kind: NotificationType = COMPLETED, name: str = "") -> Notification:
    return Notification(f"{of}-{kind}-{name}", kind, of, (), NOW)


def queue(*notifications: Notification, capacity: int = 10) -> DeliveryQueue:
    made = DeliveryQueue(capacity)
    for each in notifications:
        made.put(each, 0)
    return made


def take(waiting: DeliveryQueue, now: float = 0) -> Delivery:
    delivery = waiting.take(now)
    assert delivery is not None
    return delivery


def test_offers_the_deliveries_of_a_workload_one_after_the_other() -> None:
    first, second = notification(key("a"), STARTED), notification(key("a"), COMPLETED)
    waiting = queue(first, second)
    started = take(waiting)
    assert started.notification == first
    assert waiting.take(0) is None
    waiting.remove(started, 0)
    assert take(waiting).notification == second


def test_namespaces_take_turns() -> None:
    waiting = queue(*(notification(key("a", str(number))) for number in range(3)), notification(key("b")))
    assert [take(waiting).workload.namespace for _ in range(4)] == ["a", "b", "a", "a"]


def test_offers_a_failed_delivery_again_when_it_is_due() -> None:
    waiting = queue(notification(key("a")))
    delivery = take(waiting)
    waiting.retry(delivery, 5)
    assert (waiting.take(4), waiting.next_due()) == (None, 5)
    assert take(waiting, 5) is delivery


def test_an_empty_queue_has_no_next_delivery() -> None:
    assert (queue().take(0), queue().next_due(), len(queue())) == (None, None, 0)


@pytest.mark.parametrize(
    ("waiting", "dropped"),
    [
        pytest.param((COMPLETED, STARTED, DETECTED, DETECTED), 2, id="the oldest detection"),
        pytest.param((COMPLETED, STARTED, STARTED), 1, id="else the oldest start"),
        pytest.param((COMPLETED, COMPLETED, COMPLETED), 2, id="else the newest end"),
    ],
)
def test_drops_first(waiting: tuple[NotificationType, ...], dropped: int) -> None:
    entries = [notification(key("a", str(number)), kind) for number, kind in enumerate(waiting)]
    filled = queue(*entries, capacity=1)
    assert filled.is_over_capacity()
    found = filled.drop_one()
    assert found is not None
    assert found.notification == entries[dropped]
    assert len(filled) == len(waiting) - 1


def test_drops_a_delivery_of_the_namespace_that_has_the_most() -> None:
    waiting = queue(notification(key("a")), *(notification(key("b", str(number))) for number in range(2)))
    dropped = waiting.drop_one()
    assert dropped is not None
    assert dropped.workload.namespace == "b"


def test_drops_nothing_that_is_in_progress() -> None:
    waiting = queue(notification(key("a")))
    take(waiting)
    assert waiting.drop_one() is None
    assert len(waiting) == 1


def test_a_dropped_delivery_is_not_offered() -> None:
    waiting = queue(notification(key("a")))
    waiting.drop_one()
    assert waiting.take(0) is None


@pytest.mark.parametrize(
    ("kind", "namespace", "fits"),
    [
        pytest.param(DETECTED, "b", True, id="what is dropped first anyway"),
        pytest.param(COMPLETED, "a", True, id="an end in a namespace with fewer"),
        pytest.param(COMPLETED, "b", False, id="an end in the namespace with the most"),
    ],
)
def test_a_queue_full_of_ends_has_room_for(kind: NotificationType, namespace: str, *, fits: bool) -> None:
    ends = (notification(key("a")), *(notification(key("b", str(number))) for number in range(2)))
    assert queue(*ends, capacity=3).has_room_for(notification(key(namespace, "new"), kind)) is fits


def test_an_end_displaces_a_start() -> None:
    assert queue(notification(key("a"), STARTED), capacity=1).has_room_for(notification(key("a", "new")))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("12")), max_size=20))
def test_everything_that_was_put_is_offered_once(entries: list[tuple[str, str]]) -> None:
    put = [notification(key(*entry), name=str(number)) for number, entry in enumerate(entries)]
    waiting = queue(*put)
    offered = []
    while (delivery := waiting.take(0)) is not None:
        offered.append(delivery.notification)
        waiting.remove(delivery, 0)
    assert sorted(each.id for each in offered) == sorted(each.id for each in put)
    assert len(waiting) == 0
