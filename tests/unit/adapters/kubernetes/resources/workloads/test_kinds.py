from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.servers.kubernetes_api import deployment
from tests.unit.adapters.kubernetes.reading import read
from watch_cluster.adapters.kubernetes.resources.objects.collection import UnreadableObject
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import (
    CRON_JOB,
    DAEMON_SET,
    DEPLOYMENT,
    STATEFUL_SET,
    Kind,
)
from watch_cluster.adapters.kubernetes.resources.workloads.patch import operations
from watch_cluster.domain.workload.workload import Change, Container, ImageChange, Progress, Workload, WorkloadKey

LATE = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "it timed out"}
CREATED = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_deployment_is_read_as_a_workload_with_our_annotations_only() -> None:
    annotations = {
        "watch-cluster.io/enabled": "true",
        "side.watch-cluster.io/strategy": "latest",
        "not-watch-cluster.io/enabled": "true",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
    }

    workload = read(deployment("web", metadata={"annotations": annotations}))

    assert workload.key == WorkloadKey("team", "Deployment", "web")
    assert workload.uid == "uid-of-web"
    assert workload.containers == (Container("main", "app:1"),)
    assert workload.annotations == {"watch-cluster.io/enabled": "true", "side.watch-cluster.io/strategy": "latest"}


@pytest.mark.parametrize(
    ("spec", "status", "expected"),
    [
        pytest.param({}, {}, Progress(False, 1, 0, 0, 0), id="just created"),
        pytest.param(
            {"replicas": 3, "progressDeadlineSeconds": 600},
            {"observedGeneration": 1, "replicas": 4, "updatedReplicas": 2, "availableReplicas": 3},
            Progress(True, 3, 2, 3, 2, deadline=timedelta(seconds=600)),
            id="in the middle",
        ),
        pytest.param(
            {"replicas": 2},
            {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
            Progress(True, 2, 2, 2, 0),
            id="complete",
        ),
        pytest.param(
            {"replicas": 0},
            {"observedGeneration": 1},
            Progress(True, 0, 0, 0, 0, unverifiable="it is scaled to zero"),
            id="scaled to zero",
        ),
        pytest.param(
            {"progressDeadlineSeconds": 2147483647},
            {"observedGeneration": 1},
            Progress(True, 1, 0, 0, 0),
            id="no deadline",
        ),
        pytest.param(
            {},
            {"observedGeneration": 1, "conditions": [LATE]},
            Progress(True, 1, 0, 0, 0, stalled="it timed out"),
            id="given up",
        ),
        pytest.param(
            {},
            {"observedGeneration": 0, "conditions": [LATE]},
            Progress(False, 1, 0, 0, 0),
            id="given up on an older template",
        ),
        pytest.param(
            {},
            {"observedGeneration": 1, "conditions": [{**LATE, "status": "True", "reason": "NewReplicaSetAvailable"}]},
            Progress(True, 1, 0, 0, 0),
            id="available",
        ),
        pytest.param(
            {},
            {"observedGeneration": 1, "conditions": [{**LATE, "type": "ReplicaFailure"}]},
            Progress(True, 1, 0, 0, 0),
            id="another condition",
        ),
    ],
)
def test_progress_is_read_as_kubectl_rollout_status_reads_it(
    spec: dict[str, Any], status: dict[str, Any], expected: Progress
) -> None:
    assert read(deployment(spec=spec, status=status)).progress == expected


@pytest.mark.parametrize(
    ("writers", "expected"),
    [
        pytest.param(None, CREATED, id="nobody is on record"),
        pytest.param([("kubectl", "", 5)], CREATED + timedelta(minutes=5), id="a person"),
        pytest.param([("a", "", 9), ("b", "", 5)], CREATED + timedelta(minutes=9), id="the last of several"),
        pytest.param(
            [("kubectl", "", 5), ("watch-cluster", "", 9)], CREATED + timedelta(minutes=5), id="not ourselves"
        ),
        pytest.param([("kube-controller-manager", "", 9)], CREATED, id="not the controller"),
        pytest.param([("kubectl", "scale", 9)], CREATED, id="not a scaler"),
        pytest.param([("kubectl", "", None)], CREATED, id="no time on record"),
    ],
)
def test_the_last_modification_by_others_counts(
    writers: list[tuple[str, str, int | None]] | None, expected: datetime
) -> None:
    fields = [
        {
            "manager": manager,
            "operation": "Update",
            **({"subresource": subresource} if subresource else {}),
            **({"time": f"2026-01-01T00:{minute:02}:00Z"} if minute is not None else {}),
            "fieldsV1": {"f:metadata": {}},
        }
        for manager, subresource, minute in writers or ()
    ]

    assert read(deployment(metadata={"managedFields": fields or None})).last_modified_by_others == expected


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"template": {"spec": {"containers": None}}}, id="null"),
        pytest.param({"template": {"spec": {"containers": []}}}, id="none"),
        pytest.param({"template": {"spec": {}}}, id="absent"),
        pytest.param({"template": {}}, id="no pod"),
    ],
)
def test_a_workload_without_containers_is_still_a_workload(spec: dict[str, Any]) -> None:
    assert read(deployment(spec=spec)).containers == ()


@pytest.mark.parametrize(
    "annotations",
    [
        pytest.param(None, id="no map"),
        pytest.param({}, id="an empty map"),
        pytest.param({"team": "blue", "watch-cluster.io.example/enabled": "true"}, id="only those of others"),
    ],
)
def test_an_object_without_annotations_of_ours_is_no_workload(annotations: dict[str, str] | None) -> None:
    document = deployment(version="7", metadata={"annotations": annotations})

    assert DEPLOYMENT.read(json.dumps(document).encode()) == (WorkloadKey("team", "Deployment", "app"), "7", None)


@pytest.mark.parametrize(
    ("namespace", "path"),
    [
        pytest.param(None, "/apis/apps/v1/deployments", id="all namespaces"),
        pytest.param("team", "/apis/apps/v1/namespaces/team/deployments", id="one namespace"),
    ],
)
def test_a_collection_has_a_path(namespace: str | None, path: str) -> None:
    assert DEPLOYMENT.collection(namespace) == path


@pytest.mark.parametrize(
    ("spec", "secrets", "account"),
    [
        pytest.param({}, (), "default", id="nothing"),
        pytest.param({"imagePullSecrets": None, "serviceAccountName": ""}, (), "default", id="nothing, written out"),
        pytest.param(
            {"imagePullSecrets": [{"name": "b"}, {"name": "a"}]}, ("b", "a"), "default", id="secrets in order"
        ),
        pytest.param({"imagePullSecrets": [{}]}, ("",), "default", id="a secret without a name"),
        pytest.param({"serviceAccountName": "builder"}, (), "builder", id="an account"),
    ],
)
def test_the_template_names_the_pull_secrets(spec: dict[str, object], secrets: tuple[str, ...], account: str) -> None:
    containers = [{"name": "main", "image": "app:1"}]
    workload = read(deployment(spec={"template": {"spec": {"containers": containers, **spec}}}))
    assert (workload.pull_secrets, workload.service_account) == (secrets, account)


def a(kind: Kind, spec: dict[str, Any], status: dict[str, Any]) -> Workload:
    """A workload of the kind as the server tells of it."""
    _, _, watched = kind.read(json.dumps(deployment(spec=spec, status=status)).encode())
    assert watched is not None
    return watched.workload


THREE = {"replicas": 3}
ROLLED = {"observedGeneration": 1, "currentRevision": "b", "updateRevision": "b"}
ROLLING = {"observedGeneration": 1, "currentRevision": "a", "updateRevision": "b"}


def partitioned(partition: int) -> dict[str, Any]:
    return {"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}}


@pytest.mark.parametrize(
    ("spec", "status", "complete", "unverifiable"),
    [
        pytest.param(THREE, {**ROLLED, "readyReplicas": 3, "updatedReplicas": 3}, True, None, id="complete"),
        pytest.param(
            {"replicas": 3}, {**ROLLED, "readyReplicas": 2, "updatedReplicas": 3}, False, None, id="not ready"
        ),
        pytest.param(
            {"replicas": 3}, {**ROLLING, "readyReplicas": 3, "updatedReplicas": 2}, False, None, id="one to go"
        ),
        pytest.param(
            {"replicas": 3},
            {**ROLLING, "readyReplicas": 3, "updatedReplicas": 3},
            False,
            None,
            id="not yet declared so",
        ),
        pytest.param(
            {"replicas": 3},
            {**ROLLED, "observedGeneration": 0, "readyReplicas": 3, "updatedReplicas": 3},
            False,
            None,
            id="not yet observed",
        ),
        pytest.param(
            partitioned(2), {**ROLLING, "readyReplicas": 3, "updatedReplicas": 1}, True, None, id="two stay as they are"
        ),
        pytest.param(
            partitioned(2), {**ROLLING, "readyReplicas": 3}, False, None, id="two stay, and the third is not updated"
        ),
        pytest.param(
            partitioned(5), {**ROLLING, "readyReplicas": 3}, True, "its partition covers all Pods", id="all stay"
        ),
        pytest.param(
            {"replicas": 3, "updateStrategy": {"type": "OnDelete"}},
            {**ROLLING, "readyReplicas": 3},
            True,
            "its update strategy is OnDelete",
            id="on delete",
        ),
        pytest.param({"replicas": 0}, ROLLING, True, "it is scaled to zero", id="scaled to zero"),
    ],
)
def test_a_stateful_set_is_complete_as_kubectl_rollout_status_means_it(
    spec: dict[str, Any], status: dict[str, Any], unverifiable: str | None, *, complete: bool
) -> None:
    progress = a(STATEFUL_SET, spec, status).progress
    assert progress.complete is complete
    assert (progress.unverifiable or "").startswith(unverifiable or "")
    assert (progress.unverifiable is None) is (unverifiable is None)


@pytest.mark.parametrize(
    ("spec", "counts", "complete", "unverifiable"),
    [
        pytest.param({}, (3, 3, 3), True, None, id="complete"),
        pytest.param({}, (3, 2, 3), False, None, id="one not updated"),
        pytest.param({}, (3, 3, 2), False, None, id="one not available"),
        pytest.param({}, (0, 0, 0), True, "no node runs it", id="no nodes"),
        pytest.param(
            {"updateStrategy": {"type": "OnDelete"}}, (3, 0, 3), True, "its update strategy is OnDelete", id="on delete"
        ),
    ],
)
def test_a_daemon_set_is_complete_as_kubectl_rollout_status_means_it(
    spec: dict[str, Any], counts: tuple[int, int, int], unverifiable: str | None, *, complete: bool
) -> None:
    names = ("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable")
    status = {"observedGeneration": 1, **dict(zip(names, counts, strict=True))}
    progress = a(DAEMON_SET, spec, status).progress
    assert progress.complete is complete
    assert (progress.unverifiable or "").startswith(unverifiable or "")
    assert (progress.unverifiable is None) is (unverifiable is None)


def test_a_daemon_set_that_was_not_observed_yet_proves_nothing() -> None:
    assert not a(DAEMON_SET, {}, {"observedGeneration": 0}).progress.complete


def test_a_cron_job_has_containers_and_is_unverifiable() -> None:
    template = {"spec": {"containers": [{"name": "main", "image": "app:1"}]}}
    workload = a(CRON_JOB, {"jobTemplate": {"spec": {"template": template}}}, {})
    assert workload.key == WorkloadKey("team", "CronJob", "app")
    assert workload.containers == (Container("main", "app:1"),)
    assert workload.progress.complete
    assert workload.progress.unverifiable == "only later Jobs run what it says now"


def test_a_paused_deployment_is_read_as_paused() -> None:
    assert read(deployment(spec={"paused": True})).paused
    assert not read(deployment()).paused


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (STATEFUL_SET, "/apis/apps/v1/namespaces/team/statefulsets/app"),
        (DAEMON_SET, "/apis/apps/v1/namespaces/team/daemonsets/app"),
        (CRON_JOB, "/apis/batch/v1/namespaces/team/cronjobs/app"),
    ],
)
def test_each_kind_has_its_place(kind: Kind, path: str) -> None:
    assert kind.path(WorkloadKey("team", kind.name, "app")) == path


def test_a_native_sidecar_runs_beside_the_others() -> None:
    specs = [{"name": "wait", "image": "w:1"}, {"name": "mesh", "image": "m:1", "restartPolicy": "Always"}]
    containers = [{"name": "main", "image": "app:1"}]
    workload = read(deployment(spec={"template": {"spec": {"containers": containers, "initContainers": specs}}}))
    assert [(each.name, each.init, each.sidecar) for each in workload.containers] == [
        ("main", False, False),
        ("wait", True, False),
        ("mesh", False, True),
    ]
    change = Change("u", {}, {}, (ImageChange("mesh", "m:1", "m:2"),))
    assert {
        "op": "replace",
        "path": "/spec/template/spec/initContainers/1/image",
        "value": "m:2",
    } in operations(DEPLOYMENT, workload, change)


def test_annotations_of_ours_have_a_limit_together() -> None:
    fits = {f"watch-cluster.io/{number}": "x" * 10_000 for number in range(6)}
    assert read(deployment(metadata={"annotations": fits})).annotations == fits
    too_much = {**fits, "app.watch-cluster.io/more": "x" * 10_000}
    with pytest.raises(UnreadableObject, match="at most 65536 are read: shorten them"):
        read(deployment(metadata={"annotations": too_much}))


def test_a_template_has_a_limit_on_what_is_kept_of_it_and_none_on_the_rest() -> None:
    def containers(**fields: str) -> dict[str, Any]:
        return {"template": {"spec": {"containers": [{"name": "main", "image": "app:1", **fields}]}}}

    assert read(deployment(spec=containers(args="x" * 1_000_000))).image_of("main") == "app:1"
    with pytest.raises(UnreadableObject, match="pod template"):
        read(deployment(spec=containers(image="x" * 200_000)))


@pytest.mark.parametrize(("terms", "compared"), [(100, 100), (200, 0)], ids=["a few", "more than are compared"])
def test_of_very_many_terms_about_nodes_all_nodes_count(terms: int, compared: int) -> None:
    term = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "b"]}]}
    selector = {"nodeSelectorTerms": [term] * terms}
    document = deployment("web")
    document["spec"]["template"]["spec"]["affinity"] = {
        "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": selector}
    }
    assert len(read(document).scheduling.terms) == compared
