"""What objects remember of their past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from tests.servers.kubernetes_api import FakeKubernetesApi, Reply
from tests.unit.domain.workloads import a_workload
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.history import History
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import (
    CRON_JOB,
    DAEMON_SET,
    DEPLOYMENT,
    STATEFUL_SET,
    Kind,
)
from watch_cluster.adapters.kubernetes.resources.workloads.revisions import MAX_BYTES
from watch_cluster.adapters.kubernetes.resources.workloads.served_kind import ServedKind
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import WatchedWorkload
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict
from watch_cluster.domain.workload.workload import WorkloadKey

Served = Callable[[Kind], ServedKind]
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
    return History(connect(urlsplit(fake.url).port or 0), lambda _resource, _error: None)


@pytest.fixture
def served(fake: FakeKubernetesApi, connect: Callable[[int], KubernetesApi]) -> Callable[[Kind], ServedKind]:
    api = connect(urlsplit(fake.url).port or 0)
    return lambda kind: ServedKind(kind, api)


def replica_set(owner: str, **annotations: str) -> dict[str, object]:
    owners = [{"kind": "Deployment", "name": owner, "uid": f"uid-{owner}", "controller": True}]
    return {"metadata": {"name": f"{owner}-abc", "ownerReferences": owners, "annotations": annotations}}


def test_a_deployments_revisions_remember_what_we_wrote(
    fake: FakeKubernetesApi, history: History, served: Served
) -> None:
    fake.others[0] = Reply.of({"metadata": {"name": "shop", "uid": "uid-shop"}, "spec": {"selector": SELECTOR}})
    ours = {"watch-cluster.io/rollout": "{}", "team": "blue"}
    fake.others.append(
        Reply.of(
            {"metadata": {}, "items": [replica_set("shop", **ours), replica_set("shop-two", **ours), {"metadata": {}}]}
        )
    )

    assert history.revision_annotations(served(DEPLOYMENT), SHOP, {}) == ({"watch-cluster.io/rollout": "{}"},)
    assert fake.requests[1].query["labelSelector"] == "app=shop,tier in (a,b),track notin (test),team,!old"


def test_thousands_of_revisions_full_of_annotations_are_not_kept(
    fake: FakeKubernetesApi, connect: Callable[[int], KubernetesApi], served: Served
) -> None:
    told: list[str] = []
    history = History(connect(urlsplit(fake.url).port or 0), lambda _resource, error: told.append(str(error)))
    fake.others[0] = Reply.of({"metadata": {"name": "shop", "uid": "uid-shop"}, "spec": {"selector": SELECTOR}})
    fat = {"watch-cluster.io/window": "x" * 60_000}
    fake.others.append(Reply.of({"metadata": {"resourceVersion": "9"}, "items": [replica_set("shop", **fat)] * 60}))

    found = history.revision_annotations(served(DEPLOYMENT), SHOP, {})
    assert sum(len(value) for annotations in found for value in annotations.values()) < MAX_BYTES
    assert len(found) == 17
    assert "lower its revisionHistoryLimit" in told[-1]


def test_a_history_that_is_too_long_is_not_read_to_its_end(
    fake: FakeKubernetesApi,
    connect: Callable[[int], KubernetesApi],
    served: Served,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("watch_cluster.adapters.kubernetes.history.MAX_LISTED_BYTES", 1024 * 1024)
    told: list[str] = []
    history = History(connect(urlsplit(fake.url).port or 0), lambda _resource, error: told.append(str(error)))
    fake.others[0] = Reply.of({"metadata": {"name": "shop", "uid": "uid-shop"}, "spec": {"selector": SELECTOR}})
    page = [replica_set("shop", **{"watch-cluster.io/rollout": "{}", "fat": "x" * 100_000})] * 5
    fake.others += [Reply.of({"metadata": {"resourceVersion": "9", "continue": "more"}, "items": page})] * 4

    assert len(history.revision_annotations(served(DEPLOYMENT), SHOP, {})) == 15
    assert told == [
        "Deployment shop has more than 1 MiB of them, and the rest is not read: lower its revisionHistoryLimit"
    ]


def test_revisions_are_not_read_for_an_outdated_workload(
    fake: FakeKubernetesApi, history: History, served: Served
) -> None:
    ours = {"watch-cluster.io/rollout": "{}"}
    fake.others[0] = Reply.of({"metadata": {"annotations": {**ours, "team": "blue"}}, "spec": {"selector": SELECTOR}})
    with pytest.raises(ChangeConflict, match="has changed meanwhile"):
        history.revision_annotations(served(DEPLOYMENT), SHOP, {})

    fake.others.append(Reply.of({"metadata": {}, "items": []}))
    assert history.revision_annotations(served(DEPLOYMENT), SHOP, ours) == ()


def test_other_kinds_do_not_bring_annotations_back(fake: FakeKubernetesApi, history: History, served: Served) -> None:
    assert history.revision_annotations(served(STATEFUL_SET), WorkloadKey("team", "StatefulSet", "shop"), {}) == ()
    assert fake.requests == []


def test_without_the_right_nothing_is_known(fake: FakeKubernetesApi, history: History, served: Served) -> None:
    fake.others[0] = Reply.refusal(403)
    assert history.revision_annotations(served(DEPLOYMENT), SHOP, {}) == ()
    fake.others.extend([Reply.of({"metadata": {}, "spec": {"selector": SELECTOR}}), Reply.refusal(403)])
    assert history.revision_annotations(served(DEPLOYMENT), SHOP, {}) == ()


def test_while_the_server_is_away_it_is_not_known(fake: FakeKubernetesApi, history: History, served: Served) -> None:
    fake.others[0] = Reply.refusal(503)
    with pytest.raises(OrchestratorUnavailable, match="cannot be read"):
        history.revision_annotations(served(DEPLOYMENT), SHOP, {})


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
        pytest.param([managed("watch-cluster", "2031-01-01T00:00:00Z")], "watch-cluster", id="ourselves"),
        pytest.param(
            [managed("helm", "0000-01-01T00:00:00Z"), managed("argocd", "9999-12-31T23:59:59-12:00")],
            None,
            id="times of no year",
        ),
        pytest.param([{"manager": "old", "time": "2031-01-01T00:00:00Z"}], None, id="one that tells no fields"),
    ],
)
def test_the_last_field_manager_of_an_image(
    fake: FakeKubernetesApi, history: History, served: Served, entries: list[object], hand: str | None
) -> None:
    fake.others[0] = Reply.of({"metadata": {"managedFields": entries}})
    assert history.last_changed_by(served(DEPLOYMENT), SHOP, "app") == hand


def test_the_last_field_manager_of_a_cron_jobs_image(fake: FakeKubernetesApi, history: History, served: Served) -> None:
    entry = managed("helm", "2031-01-01T00:00:00Z", template=("f:jobTemplate", "f:spec", "f:template"))
    fake.others[0] = Reply.of({"metadata": {"managedFields": [entry]}})
    assert history.last_changed_by(served(CRON_JOB), WorkloadKey("team", "CronJob", "shop"), "app") == "helm"


def revision(kind: str, number: int, label: str, digest: str) -> dict[str, object]:
    metadata = {
        "name": f"shop-{digest}",
        "labels": {label: digest},
        "annotations": {"deployment.kubernetes.io/revision": str(number)} if kind == "Deployment" else {},
        "ownerReferences": [{"kind": kind, "name": "shop", "uid": "uid-shop", "controller": True}],
    }
    return {"metadata": metadata, "revision": number}


@pytest.mark.parametrize(
    ("kind", "update_revision", "label", "expected"),
    [
        pytest.param(DEPLOYMENT, "2", "pod-template-hash", "bbb", id="a Deployment undone to its second revision"),
        pytest.param(DEPLOYMENT, "9", "pod-template-hash", None, id="a Deployment whose ReplicaSet is not there yet"),
        pytest.param(DAEMON_SET, "17", "controller-revision-hash", "ccc", id="a DaemonSet"),
    ],
)
def test_the_hash_of_the_current_revision_is_that_of_its_owners_newest_template(
    fake: FakeKubernetesApi,
    history: History,
    served: Served,
    kind: Kind,
    update_revision: str,
    label: str,
    expected: str | None,
) -> None:
    fake.others[0] = Reply.of({"metadata": {"name": "shop", "uid": "uid-shop"}, "spec": {"selector": SELECTOR}})
    revisions = [revision(kind.name, number, label, digest) for number, digest in ((1, "aaa"), (2, "bbb"), (3, "ccc"))]
    fake.others.append(Reply.of({"metadata": {}, "items": revisions}))
    watched = WatchedWorkload(replace(a_workload(kind=kind.name), uid="uid-shop"), update_revision)

    assert history.current_hash(served(kind), watched) == expected
    if expected is not None:
        assert history.current_hash(served(kind), watched) == expected
        assert len(fake.requests) == 2, "a revision never gets another hash"


def test_a_stateful_set_has_its_revision_in_its_status(
    fake: FakeKubernetesApi, history: History, served: Served
) -> None:
    watched = WatchedWorkload(a_workload(kind="StatefulSet"), "shop-7d4")
    assert history.current_hash(served(STATEFUL_SET), watched) == "shop-7d4"
    assert fake.requests == []


def test_while_the_latest_generation_is_not_observed_no_revision_is_current(history: History, served: Served) -> None:
    assert history.current_hash(served(DEPLOYMENT), WatchedWorkload(a_workload())) is None
