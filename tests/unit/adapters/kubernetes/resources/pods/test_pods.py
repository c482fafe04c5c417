"""Pods, read for what they run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from watch_cluster.adapters.kubernetes.resources.objects.collection import UnreadableObject
from watch_cluster.adapters.kubernetes.resources.pods.pods import Pod, PodKey, Pods
from watch_cluster.domain.workload.replica import digests_running_in
from watch_cluster.domain.workload.running_digests import RunningImage
from watch_cluster.domain.workload.workload import WorkloadKey

ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")
SHOP = WorkloadKey("team", "Deployment", "shop")


def pod(name: str = "shop-abc-1", **parts: Any) -> dict[str, Any]:
    """A running pod of the shop; `metadata` and `status` add to it or replace."""
    metadata = {
        "name": name,
        "namespace": "team",
        "uid": f"uid-{name}",
        "resourceVersion": "7",
        "labels": {"pod-template-hash": "abc"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "shop-abc", "controller": True}],
    }
    status = {"phase": "Running", "containerStatuses": [{"name": "app", "imageID": f"shop@{ONE}"}]}
    spec = {
        "containers": [{"name": "app", "image": "shop:1"}],
        "initContainers": [{"name": "migrate", "image": "tool:1"}],
    }
    return {
        "metadata": metadata | parts.get("metadata", {}),
        "spec": spec,
        "status": status | parts.get("status", {}),
    }


def read(document: dict[str, Any]) -> Pod | None:
    return Pods().read(json.dumps(document).encode())[2]


def test_a_pod_shows_its_workload_and_what_it_runs() -> None:
    key, version, found = Pods().read(json.dumps(pod()).encode())
    assert (key, version) == (PodKey("team", "shop-abc-1"), "7")
    assert found is not None
    assert (found.key, found.owner) == (key, SHOP)
    assert digests_running_in([found.replica], "app") == (RunningImage(ONE),)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(pod(metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}), id="on its way out"),
        pytest.param(pod(status={"phase": "Succeeded"}), id="done"),
        pytest.param(pod(status={"phase": "Failed"}), id="failed or evicted"),
        pytest.param(pod(metadata={"ownerReferences": None}), id="nobody's"),
        pytest.param(pod(metadata={"labels": None}), id="no hash"),
        pytest.param(
            pod(metadata={"ownerReferences": [{"kind": "Job", "name": "shop-abc", "controller": True}]}), id="a Job's"
        ),
        pytest.param(
            pod(metadata={"ownerReferences": [{"kind": "ReplicaSet", "name": "shop-abc"}]}), id="not controlled"
        ),
    ],
)
def test_pods_without_a_workload_are_ignored(document: dict[str, Any]) -> None:
    assert read(document) is None


@pytest.mark.parametrize(
    "status",
    [
        pytest.param({"phase": "Pending", "containerStatuses": None}, id="not started"),
        pytest.param({"phase": "Pending", "containerStatuses": [{"name": "app", "imageID": ""}]}, id="not pulled"),
    ],
)
def test_a_container_that_was_not_started_reports_nothing(status: dict[str, Any]) -> None:
    found = read(pod(status=status))
    assert found is not None
    assert digests_running_in([found.replica], "app") == ()


def test_a_pod_shows_its_revision_and_whether_it_has_a_node() -> None:
    conditions = [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available"},
        {"type": "Ready", "status": "False"},
    ]
    metadata = {"annotations": {"watch-cluster.io/digest": ONE}}
    found = read(pod(metadata=metadata, status={"phase": "Pending", "conditions": conditions}))
    assert found is not None
    replica = found.replica
    assert (replica.id, replica.name, replica.digest) == ("uid-shop-abc-1", "shop-abc-1", ONE)
    assert [(each.name, each.image) for each in replica.containers] == [("app", "shop:1"), ("migrate", "tool:1")]
    assert (replica.ready, replica.unplaced) == (False, "0/1 nodes are available")


def test_a_pod_is_ready_by_its_condition() -> None:
    found = read(pod(status={"conditions": [{"type": "Ready", "status": "True"}]}))
    assert found is not None
    assert found.replica.ready


def test_a_pod_that_has_run_to_its_end_does_not_matter() -> None:
    assert read(pod(status={"phase": "Failed"})) is None


@pytest.mark.parametrize(("namespace", "path"), [(None, "/api/v1/pods"), ("team", "/api/v1/namespaces/team/pods")])
def test_pods_are_found_in_one_namespace_or_in_all(namespace: str | None, path: str) -> None:
    assert Pods().collection(namespace) == path


def test_init_containers_show_what_they_ran() -> None:
    found = read(pod(status={"initContainerStatuses": [{"name": "migrate", "imageID": f"tool@{TWO}"}]}))
    assert found is not None
    assert digests_running_in([found.replica], "migrate") == (RunningImage(TWO),)


@pytest.mark.parametrize(
    ("owner", "workload"),
    [
        pytest.param({"kind": "StatefulSet", "name": "db"}, "team/StatefulSet/db", id="a StatefulSet's"),
        pytest.param({"kind": "DaemonSet", "name": "agent"}, "team/DaemonSet/agent", id="a DaemonSet's"),
        pytest.param({"kind": "Job", "name": "report-29000000"}, "team/CronJob/report", id="a CronJob's"),
    ],
)
def test_pods_of_every_kind_show_their_workload(owner: dict[str, str], workload: str) -> None:
    found = read(pod(metadata={"ownerReferences": [{**owner, "controller": True}]}))
    assert found is not None
    assert str(found.owner) == workload


@pytest.mark.parametrize(
    ("owner", "label", "current", "expected"),
    [
        pytest.param("ReplicaSet", "pod-template-hash", "abc", True, id="a Deployment's current"),
        pytest.param("ReplicaSet", "pod-template-hash", "xyz", False, id="a Deployment's earlier"),
        pytest.param("ReplicaSet", "pod-template-hash", None, None, id="not known"),
        pytest.param("DaemonSet", "controller-revision-hash", "abc", True, id="a DaemonSet's current"),
        pytest.param("StatefulSet", "controller-revision-hash", "shop-2", False, id="a StatefulSet's earlier"),
        pytest.param("DaemonSet", "other", "abc", None, id="no hash"),
    ],
)
def test_a_pod_is_of_the_current_revision_by_its_hash(
    owner: str, label: str, current: str | None, expected: bool | None
) -> None:
    owners = [{"kind": owner, "name": "shop-abc", "controller": True}]
    found = read(pod(metadata={"labels": {label: "abc"}, "ownerReferences": owners}))
    assert found is not None
    assert found.replica_in(current).of_current_revision is expected


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_finished_pod_of_a_cron_job_shows_what_it_ran(phase: str) -> None:
    owners = [{"kind": "Job", "name": "report-29000000", "controller": True}]
    metadata = {"ownerReferences": owners, "creationTimestamp": "2031-01-01T00:00:00Z"}
    found = read(pod(metadata=metadata, status={"phase": phase}))
    assert found is not None
    assert found.finished == "2031-01-01T00:00:00Z"
    assert digests_running_in([found.replica], "app") == (RunningImage(ONE),)


def test_a_pod_that_holds_too_much_is_unreadable() -> None:
    document = pod()
    document["spec"]["containers"] = [{"name": f"c{number}", "image": "x" * 1000} for number in range(200)]
    with pytest.raises(UnreadableObject, match="at most"):
        read(document)
