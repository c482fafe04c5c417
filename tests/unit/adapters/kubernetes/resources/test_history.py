"""What objects remember of their past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from tests.fakes.kubernetes_api import FakeKubernetesApi, Reply
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.resources.history import History
from watch_cluster.adapters.kubernetes.resources.kinds import CRON_JOB, DEPLOYMENT
from watch_cluster.application.ports.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.workload_writer import ChangeConflict
from watch_cluster.domain.workload.workload import WorkloadKey

SHOP = WorkloadKey("team", "Deployment", "shop")
SELECTOR = {
    "matchLabels": {"app": "shop"},
    "matchExpressions": [
        {"key": "tier", "operator": "In", "values": ["a", "b"]},
        {"key": "track", "operator": "NotIn", "values": ["test"]},
        {"key": "team", "operator": "Exists"},
        {"key": "old", "operator": "DoesNotExist"},
    ],
}


@pytest.fixture
def fake() -> Iterator[FakeKubernetesApi]:
    fake = FakeKubernetesApi()
    with fake:
        yield fake


@pytest.fixture
def history(fake: FakeKubernetesApi, connect: Callable[[int], KubernetesApi]) -> History:
    return History(connect(urlsplit(fake.url).port or 0))


def replica_set(owner: str, **annotations: str) -> dict[str, object]:
    owners = [{"kind": "Deployment", "name": owner, "controller": True}]
    return {"metadata": {"name": f"{owner}-abc", "ownerReferences": owners, "annotations": annotations}}


def test_a_deployments_revisions_remember_what_we_wrote(fake: FakeKubernetesApi, history: History) -> None:
    fake.others[0] = Reply.of({"metadata": {"name": "shop"}, "spec": {"selector": SELECTOR}})
    ours = {"watch-cluster.io/rollout": "{}", "team": "blue"}
    fake.others.append(
        Reply.of({"items": [replica_set("shop", **ours), replica_set("shop-two", **ours), {"metadata": {}}]})
    )

    assert history.revision_annotations(SHOP, {}) == ({"watch-cluster.io/rollout": "{}"},)
    assert fake.requests[1].query == {"labelSelector": "app=shop,tier in (a,b),track notin (test),team,!old"}


def test_what_revisions_say_is_not_held_against_an_older_look(fake: FakeKubernetesApi, history: History) -> None:
    ours = {"watch-cluster.io/rollout": "{}"}
    fake.others[0] = Reply.of({"metadata": {"annotations": {**ours, "team": "blue"}}, "spec": {"selector": SELECTOR}})
    with pytest.raises(ChangeConflict, match="has changed meanwhile"):
        history.revision_annotations(SHOP, {})

    fake.others.append(Reply.of({"items": []}))
    assert history.revision_annotations(SHOP, ours) == ()


def test_other_kinds_do_not_bring_annotations_back(fake: FakeKubernetesApi, history: History) -> None:
    assert history.revision_annotations(WorkloadKey("team", "StatefulSet", "shop"), {}) == ()
    assert fake.requests == []


def test_without_the_right_nothing_is_known(fake: FakeKubernetesApi, history: History) -> None:
    fake.others[0] = Reply.refusal(403)
    assert history.revision_annotations(SHOP, {}) == ()
    fake.others.extend([Reply.of({"metadata": {}, "spec": {"selector": SELECTOR}}), Reply.refusal(403)])
    assert history.revision_annotations(SHOP, {}) == ()


def test_while_the_server_is_away_it_is_not_known(fake: FakeKubernetesApi, history: History) -> None:
    fake.others[0] = Reply.refusal(503)
    with pytest.raises(OrchestratorUnavailable, match="cannot be read"):
        history.revision_annotations(SHOP, {})


def managed(manager: str, time: str, container: str = "app", *, template: tuple[str, ...] = ("f:template",)) -> object:
    fields: dict[str, object] = {"f:containers": {f'k:{{"name":"{container}"}}': {"f:image": {}}}}
    for step in ("f:spec", *reversed(template), "f:spec"):
        fields = {step: fields}
    return {"manager": manager, "time": time, "fieldsV1": fields}


@pytest.mark.parametrize(
    ("entries", "hand"),
    [
        pytest.param([], None, id="nobody"),
        pytest.param([managed("argocd", "2031-01-01T00:00:00Z")], "argocd", id="one"),
        pytest.param(
            [managed("helm", "2031-01-02T00:00:00Z"), managed("kubectl", "2031-01-01T00:00:00Z")], "helm", id="the last"
        ),
        pytest.param([managed("helm", "2031-01-01T00:00:00Z", "mesh")], None, id="another container's"),
        pytest.param([managed("watch-cluster", "2031-01-01T00:00:00Z")], None, id="ourselves"),
        pytest.param([{"manager": "old", "time": "2031-01-01T00:00:00Z"}], None, id="one that tells no fields"),
    ],
)
def test_the_last_hand_on_an_image(
    fake: FakeKubernetesApi, history: History, entries: list[object], hand: str | None
) -> None:
    fake.others[0] = Reply.of({"metadata": {"managedFields": entries}})
    assert history.last_changed_by(DEPLOYMENT, SHOP, "app") == hand


def test_the_last_hand_on_a_cron_jobs_image(fake: FakeKubernetesApi, history: History) -> None:
    entry = managed("helm", "2031-01-01T00:00:00Z", template=("f:jobTemplate", "f:spec", "f:template"))
    fake.others[0] = Reply.of({"metadata": {"managedFields": [entry]}})
    assert history.last_changed_by(CRON_JOB, WorkloadKey("team", "CronJob", "shop"), "app") == "helm"
