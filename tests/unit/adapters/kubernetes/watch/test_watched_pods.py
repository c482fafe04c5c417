"""The pods of workloads, looked at once, and kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from tests.servers.kubernetes_api import FakeKubernetesApi, Reply
from tests.unit.adapters.kubernetes.resources.pods.test_pods import SHOP, pod
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.watch.backoff import Timing
from watch_cluster.adapters.kubernetes.watch.unreadable import UnreadableObjects
from watch_cluster.adapters.kubernetes.watch.watch_failures import WatchFailures
from watch_cluster.adapters.kubernetes.watch.watched_pods import WatchedPods
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.domain.workload.replica import digests_running_in
from watch_cluster.domain.workload.running_digests import RunningDigests, RunningImage
from watch_cluster.domain.workload.workload import WorkloadKey

ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")


def runs(name: str, digest: str) -> dict[str, object]:
    return pod(name, status={"containerStatuses": [{"name": "app", "imageID": f"shop@{digest}"}]})


def listing(*pods: dict[str, object]) -> Reply:
    return Reply.of({"metadata": {"resourceVersion": "1"}, "items": list(pods)})


@pytest.fixture
def fake() -> Iterator[FakeKubernetesApi]:
    fake = FakeKubernetesApi()
    with fake:
        yield fake


@pytest.fixture
def told() -> list[WorkloadKey]:
    """The workloads of which was told that their pods have changed."""
    return []


@pytest.fixture
def unwatched() -> set[WorkloadKey]:
    """The workloads that have not opted in."""
    return set()


@pytest.fixture
def pods(
    fake: FakeKubernetesApi,
    connect: Callable[[int], KubernetesApi],
    told: list[WorkloadKey],
    unwatched: set[WorkloadKey],
) -> WatchedPods:
    return WatchedPods(
        connect(urlsplit(fake.url).port or 0),
        (None,),
        Timing(),
        WatchFailures(),
        UnreadableObjects(time.monotonic),
        told.append,
        lambda key: key not in unwatched,
    )


def running_of(pods: WatchedPods, key: WorkloadKey, container: str = "app") -> RunningDigests:
    replicas = pods.of(key)
    assert replicas is not None
    return digests_running_in([each.replica for each in replicas], container)


def test_each_pod_of_the_workload_counts(fake: FakeKubernetesApi, pods: WatchedPods) -> None:
    fake.others[0] = listing(runs("shop-abc-1", ONE), runs("shop-abc-2", TWO), pod("other", metadata={"labels": {}}))

    assert running_of(pods, SHOP) == (RunningImage(ONE), RunningImage(TWO))
    assert running_of(pods, SHOP, "mesh") == ()
    assert running_of(pods, WorkloadKey("team", "Deployment", "cart")) == ()
    assert len(fake.requests) == 1, "the list is read once"


def test_pods_of_a_workload_that_has_not_opted_in_are_not_kept_and_listed_when_it_does(
    fake: FakeKubernetesApi, pods: WatchedPods, unwatched: set[WorkloadKey]
) -> None:
    fake.others[0] = listing(runs("shop-abc-1", ONE))
    unwatched.add(SHOP)
    assert running_of(pods, SHOP) == ()

    unwatched.clear()
    fake.others[0] = listing(runs("shop-abc-1", TWO))

    assert running_of(pods, SHOP) == (RunningImage(TWO),)
    assert running_of(pods, SHOP) == (RunningImage(TWO),)
    assert len(fake.requests) == 2, "listed once more, in its namespace"
    assert f"/namespaces/{SHOP.namespace}/pods" in fake.requests[1].path


def test_while_the_pods_of_a_new_workload_cannot_be_listed_they_are_not_known(
    fake: FakeKubernetesApi, pods: WatchedPods, unwatched: set[WorkloadKey]
) -> None:
    fake.others[0] = listing(runs("shop-abc-1", ONE))
    unwatched.add(SHOP)
    assert running_of(pods, SHOP) == ()

    unwatched.clear()
    fake.others[0] = Reply(500)
    with pytest.raises(OrchestratorUnavailable, match="its pods cannot be listed"):
        pods.of(SHOP)
    fake.others[0] = listing(runs("shop-abc-1", ONE))

    assert running_of(pods, SHOP) == (RunningImage(ONE),)


def test_a_digest_that_cannot_be_read_counts_as_unknown(fake: FakeKubernetesApi, pods: WatchedPods) -> None:
    fake.others[0] = listing(runs("shop-abc-1", "sha256:short"))
    assert running_of(pods, SHOP) == (None,)


def test_without_permission_to_read_pods_nothing_is_reported(fake: FakeKubernetesApi, pods: WatchedPods) -> None:
    fake.others[0] = Reply.refusal(403, "Forbidden", 'User "me" cannot list resource "pods"')
    with capture_logs() as logs:
        assert pods.of(SHOP) is None
    assert "k8s/rbac.yaml" in logs[0]["event"]


def test_while_the_api_server_is_away_it_is_not_known(fake: FakeKubernetesApi, pods: WatchedPods) -> None:
    fake.others.extendleft([Reply.refusal(503, "ServiceUnavailable", "not yet")])
    fake.others[1] = listing(runs("shop-abc-1", ONE))
    with pytest.raises(OrchestratorUnavailable, match="cannot list pods"):
        pods.of(SHOP)
    assert running_of(pods, SHOP) == (RunningImage(ONE),)
