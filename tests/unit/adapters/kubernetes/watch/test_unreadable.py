"""Objects that cannot be read are counted, named once, and their owners are notified."""

from __future__ import annotations

from datetime import timedelta
from queue import Queue

from structlog.testing import capture_logs

from tests.fakes.timing import FakeClock
from tests.servers.kubernetes_api import LIMIT_SECONDS
from watch_cluster.adapters.kubernetes.resources.objects.collection import UnreadableObject
from watch_cluster.adapters.kubernetes.resources.objects.metadata import ObjectMetadata
from watch_cluster.adapters.kubernetes.watch.unreadable import MAX_LINES_PER_NAMESPACE, UnreadableObjects
from watch_cluster.adapters.workers import Workers
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.workload.workload import WorkloadKey


def odd(name: str, namespace: str = "team", why: str = "too large") -> UnreadableObject:
    return UnreadableObject(WorkloadKey(namespace, "Deployment", name), ObjectMetadata(name, namespace, "u1"), why)


def test_each_is_counted_and_named_once_until_something_else_is_wrong() -> None:
    counted: list[str] = []
    objects = UnreadableObjects(FakeClock().monotonic, counted.append)
    with capture_logs() as logs:
        for why in ("too large", "too large", "no number", "no number"):
            objects.report("deployments", odd("shop", why=why))
    assert counted == ["deployments"] * 4
    assert [(each["namespace"], each["name"], each["why"]) for each in logs] == [
        ("team", "shop", "too large"),
        ("team", "shop", "no number"),
    ]


def test_a_namespace_cannot_fill_the_log_nor_hide_what_others_have() -> None:
    clock = FakeClock()
    objects = UnreadableObjects(clock.monotonic)
    with capture_logs() as logs:
        for number in range(10_000):
            objects.report("deployments", odd(f"odd-{number}"))
        objects.report("deployments", odd("shop", "other"))
    assert [each["namespace"] for each in logs] == ["team"] * MAX_LINES_PER_NAMESPACE + ["other"]
    assert "for an hour" in logs[MAX_LINES_PER_NAMESPACE - 1]["event"]

    clock.advance(timedelta(hours=1))
    with capture_logs() as logs:
        objects.report("deployments", odd("odd-1"))
    assert len(logs) == 1


def test_a_defect_counts_as_an_error_of_the_watch_and_an_odd_value_does_not() -> None:
    failed: list[str] = []
    objects = UnreadableObjects(FakeClock().monotonic, workers=Workers(failed.append))
    with capture_logs() as logs:
        objects.report("deployments", odd("shop"))
        assert failed == []
        objects.report(
            "deployments", UnreadableObject("cart", ObjectMetadata("cart", "team"), "KeyError: 1", KeyError(1))
        )
    assert failed == ["watch"]
    assert "a defect left out an object, and the watch continues" in [each["event"] for each in logs]


def test_the_owner_of_a_workload_is_notified_once() -> None:
    notified: Queue[Event] = Queue()
    objects = UnreadableObjects(FakeClock().monotonic, notify=notified.put)
    for name in ("shop", "shop", "cart"):
        objects.report("deployments", odd(name))
    first, second = notified.get(timeout=LIMIT_SECONDS), notified.get(timeout=LIMIT_SECONDS)
    assert [first.workload.name, second.workload.name] == ["shop", "cart"]
    assert (first.reason, first.uid) == (EventReason.INVALID_CONFIGURATION, "u1")
    assert first.message == "Watch-Cluster leaves this Deployment alone, since it cannot be read: too large"


def test_a_failed_notification_does_not_block_the_others() -> None:
    notified: Queue[str] = Queue()

    def notify(event: Event) -> None:
        notified.put(event.workload.name)
        if event.workload.name == "shop":
            raise RuntimeError("no Event")

    objects = UnreadableObjects(FakeClock().monotonic, notify=notify)
    for name in ("shop", "cart"):
        objects.report("deployments", odd(name))
    assert [notified.get(timeout=LIMIT_SECONDS) for _ in range(2)] == ["shop", "cart"]
