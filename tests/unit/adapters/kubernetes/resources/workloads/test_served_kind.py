"""Kinds that an older API server serves in an older version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from tests.servers.kubernetes_api import FakeKubernetesApi, Reply
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import CRON_JOB, DEPLOYMENT, Kind
from watch_cluster.adapters.kubernetes.resources.workloads.served_kind import ServedKind
from watch_cluster.domain.workload.workload import WorkloadKey

CRON_JOBS = Reply.of({"resources": [{"name": "jobs"}, {"name": "cronjobs"}]})
REPORT = WorkloadKey("team", "CronJob", "report")


@pytest.fixture
def fake() -> Iterator[FakeKubernetesApi]:
    fake = FakeKubernetesApi()
    with fake:
        yield fake


@pytest.fixture
def served(fake: FakeKubernetesApi, connect: Callable[[int], KubernetesApi]) -> Callable[[Kind], ServedKind]:
    return lambda kind: ServedKind(kind, connect(urlsplit(fake.url).port or 0))


Served = Callable[[Kind], ServedKind]


def test_a_kind_of_one_version_is_not_looked_up(fake: FakeKubernetesApi, served: Served) -> None:
    fake.discovery = {}
    assert served(DEPLOYMENT).collection(None) == "/apis/apps/v1/deployments"
    assert fake.requests == []


@pytest.mark.parametrize(
    ("discovery", "version"),
    [
        pytest.param({"/apis/batch/v1": CRON_JOBS}, "v1", id="1.21 and later"),
        pytest.param(
            {"/apis/batch/v1": Reply.of({"resources": [{"name": "jobs"}]}), "/apis/batch/v1beta1": CRON_JOBS},
            "v1beta1",
            id="1.20, where batch/v1 has Jobs alone",
        ),
        pytest.param(
            {"/apis/batch/v1": Reply.refusal(404), "/apis/batch/v1beta1": CRON_JOBS}, "v1beta1", id="no batch/v1 at all"
        ),
        pytest.param(
            {"/apis/batch/v1": Reply.refusal(404), "/apis/batch/v1beta1": Reply.refusal(404)}, "v1", id="none"
        ),
    ],
)
def test_cron_jobs_are_used_in_the_version_that_the_server_has(
    fake: FakeKubernetesApi, served: Served, discovery: dict[str, Reply], version: str
) -> None:
    fake.discovery = discovery
    kind = served(CRON_JOB)
    assert kind.collection(None) == f"/apis/batch/{version}/cronjobs"
    assert kind.path(REPORT) == f"/apis/batch/{version}/namespaces/team/cronjobs/report"


def test_while_the_server_is_away_the_version_is_looked_up_again_each_time(
    fake: FakeKubernetesApi, served: Served
) -> None:
    fake.discovery = {"/apis/batch/v1": Reply.refusal(503)}
    kind = served(CRON_JOB)
    assert kind.collection(None) == "/apis/batch/v1/cronjobs"
    fake.discovery = {"/apis/batch/v1": Reply.of({"resources": []}), "/apis/batch/v1beta1": CRON_JOBS}
    assert kind.collection(None) == "/apis/batch/v1beta1/cronjobs"
    fake.discovery = {}
    assert kind.collection(None) == "/apis/batch/v1beta1/cronjobs"
