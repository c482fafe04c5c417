"""Events on a real API server, with the rights of `k8s/rbac.yaml`, as kubectl shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from tests.cluster.cluster import Cluster
from tests.fakes.timing import FakeClock
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.events import KubernetesEvents
from watch_cluster.application.ports.reporting.notifier import Notifier
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.workload.workload import WorkloadKey

NOW = datetime(2026, 5, 1, 3, 0, 0, 42, tzinfo=UTC)


@pytest.fixture
def api(cluster: Cluster) -> Iterator[KubernetesApi]:
    api = KubernetesApi.connect(str(cluster.kubeconfig))
    yield api
    api.close()


@pytest.fixture
def events(api: KubernetesApi) -> Notifier:
    return KubernetesEvents(api, FakeClock(NOW), "watch-cluster-0_4711")


def event(namespace: str) -> Event:
    key = WorkloadKey(namespace, "Deployment", "web")
    uid = "11111111-2222-3333-4444-555555555555"
    return Event(EventReason.IMAGE_UPDATED, key, uid, "web:1.0 -> web:1.1", "web:1.1", "rollout-1")


def shown(cluster: Cluster, namespace: str, reason: str) -> str:
    return cluster.kubectl("get", "events", "-n", namespace, "--field-selector", f"reason={reason}", "--no-headers")


def test_kubectl_shows_what_happened_to_which_workload(events: Notifier, cluster: Cluster, namespace: str) -> None:
    events.notify(event(namespace))
    events.notify(replace(event(namespace), reason=EventReason.REGISTRY_ERROR, message="it answers 500"))
    line = shown(cluster, namespace, "ImageUpdated").split(maxsplit=4)
    assert line[1:] == ["Normal", "ImageUpdated", "deployment/web", "web:1.0 -> web:1.1\n"]
    assert "Warning" in shown(cluster, namespace, "RegistryError")


def test_the_same_fact_from_two_processes_is_one_event(
    events: Notifier, api: KubernetesApi, cluster: Cluster, namespace: str
) -> None:
    events.notify(event(namespace))
    KubernetesEvents(api, FakeClock(NOW), "watch-cluster-1_0815").notify(
        replace(event(namespace), message="the same in other words")
    )
    assert len(shown(cluster, namespace, "ImageUpdated").splitlines()) == 1
    [found] = cluster.read(f"/apis/events.k8s.io/v1/namespaces/{namespace}/events")["items"]
    assert "series" not in found


def test_a_state_that_lasts_is_one_event_that_counts_on(api: KubernetesApi, cluster: Cluster, namespace: str) -> None:
    lasting = replace(event(namespace), reason=EventReason.REGISTRY_ERROR, rollout=None)
    clock = FakeClock(NOW)
    for _ in range(3):
        # Each time another process, which remembers nothing.
        KubernetesEvents(api, clock, "watch-cluster-0_4711").notify(lasting)
        clock.advance(timedelta(hours=1))

    [found] = cluster.read(f"/apis/events.k8s.io/v1/namespaces/{namespace}/events")["items"]
    assert found["series"] == {"count": 3, "lastObservedTime": "2026-05-01T05:00:00.000042Z"}


def test_the_server_takes_the_longest_names_and_notes(api: KubernetesApi, cluster: Cluster, namespace: str) -> None:
    long = replace(
        event(namespace),
        workload=WorkloadKey(namespace, "Deployment", "a" * 235 + "-" + "b" * 17),
        message="이미지\x1b[31m " * 1000,
    )
    with capture_logs() as logs:
        KubernetesEvents(api, FakeClock(NOW), "i" * 300).notify(long)
    assert logs == []
    assert "이미지" in shown(cluster, namespace, "ImageUpdated")


def test_a_namespace_that_is_gone_costs_one_line(events: Notifier) -> None:
    with capture_logs() as logs:
        events.notify(event("gone"))
        events.notify(event("gone"))
    [entry] = logs
    assert entry["why"].endswith('namespaces "gone" not found')
