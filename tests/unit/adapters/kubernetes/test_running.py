"""What pods run, looked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from tests.fakes.kubernetes_api import FakeKubernetesApi, Reply
from tests.unit.adapters.kubernetes.test_pods import SHOP, pod
from watch_cluster.adapters.kubernetes.api import KubernetesApi
from watch_cluster.adapters.kubernetes.pacing import Pace
from watch_cluster.adapters.kubernetes.pods import Pods
from watch_cluster.adapters.kubernetes.running import RunningPods
from watch_cluster.application.ports.orchestrator import OrchestratorUnavailable
from watch_cluster.domain.running import RunningImage
from watch_cluster.domain.workload import WorkloadKey

ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")


def runs(name: str, digest: str) -> dict[str, object]:
    return pod(name, status={"containerStatuses": [{"name": "app", "imageID": f"shop@{digest}"}]})


def listing(*pods: dict[str, object]) -> Reply:
    return Reply.of({"metadata": {"resourceVersion": "1"}, "items": list(pods)})


@pytest.fixture
def fake() -> Iterator[FakeKubernetesApi]:
    fake = FakeKubernetesApi()
    with fake.serving():
        yield fake


@pytest.fixture
def running(fake: FakeKubernetesApi, connect: Callable[[int], KubernetesApi]) -> RunningPods:
    return RunningPods(connect(urlsplit(fake.url).port or 0), (None,), Pace())


def test_each_pod_of_the_workload_counts(fake: FakeKubernetesApi, running: RunningPods) -> None:
    fake.others[0] = listing(runs("shop-abc-1", ONE), runs("shop-abc-2", TWO), pod("other", metadata={"labels": {}}))

    assert running.of(SHOP, "app") == (RunningImage(ONE), RunningImage(TWO))
    assert running.of(SHOP, "mesh") == ()
    assert running.of(WorkloadKey("team", "Deployment", "cart"), "app") == ()
    assert len(fake.requests) == 1, "the list is read once"


def test_a_digest_that_cannot_be_read_counts_as_unknown(fake: FakeKubernetesApi, running: RunningPods) -> None:
    fake.others[0] = listing(runs("shop-abc-1", "sha256:short"))
    assert running.of(SHOP, "app") == (None,)


def test_without_the_right_to_see_pods_nothing_is_told(fake: FakeKubernetesApi, running: RunningPods) -> None:
    fake.others[0] = Reply.refusal(403, "Forbidden", 'User "me" cannot list resource "pods"')
    with capture_logs() as logs:
        assert running.of(SHOP, "app") is None
    assert "k8s/rbac.yaml" in logs[0]["event"]


def test_while_the_api_server_is_away_it_is_not_known(fake: FakeKubernetesApi, running: RunningPods) -> None:
    fake.others.extendleft([Reply.refusal(503, "ServiceUnavailable", "not yet")])
    fake.others[1] = listing(runs("shop-abc-1", ONE))
    with pytest.raises(OrchestratorUnavailable, match="cannot list pods"):
        running.of(SHOP, "app")
    assert running.of(SHOP, "app") == (RunningImage(ONE),)


def test_pods_come_and_go(running: RunningPods, fake: FakeKubernetesApi) -> None:
    fake.others[0] = listing()
    assert running.of(SHOP, "app") == ()
    pods = [Pods().page(listing(runs(f"shop-abc-{number}", ONE)).body).items[0] for number in (1, 2)]

    running.replace("team", pods)
    running.replace("another", [])
    assert len(running.of(SHOP, "app") or ()) == 2
    running.gone(pods[0].key)
    running.gone(pods[0].key)
    assert len(running.of(SHOP, "app") or ()) == 1
    running.seen(pods[0])
    running.replace("team", [])
    assert running.of(SHOP, "app") == ()
