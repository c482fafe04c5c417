"""Whatever the API server shows, of fields that anybody may have written: it is read, or refused as unreadable."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import pytest
from hypothesis import strategies as st

from tests.cluster.cluster import deployment
from tests.fuzz.fuzzing import Fuzz, spoilt
from tests.unit.domain.rollouts import a_record
from watch_cluster.adapters.kubernetes.credentials.pull_secrets import CONFIG_TYPE, keyring_of, pull_secrets_of
from watch_cluster.adapters.kubernetes.lease.record import (
    InvalidLease,
    LeaseRecord,
    LeaseTiming,
    ObservedLease,
    next_action,
)
from watch_cluster.adapters.kubernetes.resources.namespaces import Namespaces
from watch_cluster.adapters.kubernetes.resources.nodes import Nodes
from watch_cluster.adapters.kubernetes.resources.objects.collection import UnreadableObject
from watch_cluster.adapters.kubernetes.resources.pods.pods import Pods
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import KINDS
from watch_cluster.adapters.kubernetes.resources.workloads.patch import ContainerGone, encoded, operations
from watch_cluster.domain.images.keyring import InvalidDockerConfig
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.rollout.evaluation.evaluation import evaluate
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload

UNREADABLE: Final = (msgspec.DecodeError, UnreadableObject)
NOW: Final = datetime(2031, 1, 1, tzinfo=UTC)


def _workload(kind: str) -> dict[str, Any]:
    document = deployment("shop", "registry.example/shop:1.0.0")
    document["kind"] = kind
    document["metadata"] |= {
        "namespace": "default",
        "uid": "u1",
        "resourceVersion": "7",
        "generation": 2,
        "creationTimestamp": "2026-11-23T03:00:00Z",
        "annotations": {annotation.ENABLED: "true", annotation.ROLLOUT: '{"id":"r1"}'},
        "ownerReferences": [{"kind": "Rollout", "name": "shop", "controller": True}],
        "managedFields": [{"manager": "kubectl", "time": "2026-11-23T03:00:00Z", "subresource": "status"}],
    }
    pod = document["spec"]["template"]["spec"]
    pod |= {
        "nodeSelector": {"disk": "fast"},
        "imagePullSecrets": [{"name": "pull"}],
        "tolerations": [{"key": "k", "operator": "Exists", "effect": "NoSchedule"}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}]
                }
            }
        },
    }
    if kind == "CronJob":
        document["spec"] = {
            "schedule": "* * * * *",
            "jobTemplate": {"spec": {"template": document["spec"]["template"]}},
        }
    document["status"] = {
        "observedGeneration": 2,
        "replicas": 2,
        "updatedReplicas": 2,
        "availableReplicas": 1,
        "numberAvailable": 1,
        "desiredNumberScheduled": 2,
        "updatedNumberScheduled": 2,
        "currentRevision": "a",
        "updateRevision": "b",
        "conditions": [
            {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "m"}
        ],
    }
    return document


POD: Final = {
    "metadata": {
        "name": "shop-1",
        "namespace": "default",
        "uid": "p1",
        "resourceVersion": "9",
        "labels": {"pod-template-hash": "5d4"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "shop-5d4", "controller": True}],
    },
    "spec": {"containers": [{"name": "app", "image": "registry.example/shop:1.0.0"}]},
    "status": {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [
            {
                "name": "app",
                "imageID": f"registry.example/shop@sha256:{'a' * 64}",
                "ready": True,
                "restartCount": 3,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "message": "no\n"}},
            }
        ],
    },
}
NODE: Final = {
    "metadata": {"name": "n", "labels": {"kubernetes.io/os": "linux"}},
    "spec": {"taints": [{"key": "k", "effect": "NoSchedule", "value": "v"}]},
    "status": {"nodeInfo": {"operatingSystem": "linux", "architecture": "amd64"}},
}
NAMESPACE: Final = {"metadata": {"name": "default", "annotations": {annotation.FREEZE: "release week"}}}
LEASE: Final = {
    "metadata": {"name": "watch-cluster", "resourceVersion": "3", "annotations": {"watch-cluster.io/last-tick": "x"}},
    "spec": {"holderIdentity": "a", "leaseDurationSeconds": 15, "leaseTransitions": 1, "renewTime": "x"},
}
_CONFIG: Final = {"auths": {"registry.example": {"auth": base64.b64encode(b"a:b").decode(), "username": "a"}}}
SECRET: Final = {"type": CONFIG_TYPE, "data": {".dockerconfigjson": ""}}


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _use(workload: Workload, replicas: tuple[Replica, ...] = ()) -> None:
    """What is done with whatever was read."""
    record = a_record(ImageChange("app", "registry.example/shop:0.9.0", "registry.example/shop:1.0.0"))
    evaluate(record, workload, replicas, None, 0.0)
    step = ImageChange("app", workload.image_of("app") or "", "registry.example/shop:1.0.1", digest="sha256:1")
    kind = next(each for each in KINDS if each.name == workload.key.kind)
    with suppress(ContainerGone):
        encoded(operations(kind, workload, Change(workload.uid, {annotation.CHANGE: "x"}, {}, (step,))))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_workload_is_read_or_unreadable(fuzz: Fuzz, kind: Any) -> None:
    def check(document: Any) -> None:
        with suppress(*UNREADABLE):
            _, _, watched = kind.read(_json(document))
            if watched is not None:
                _use(watched.workload)

    fuzz(spoilt(_workload(kind.name)), check)


def test_a_pod_is_read_or_unreadable(fuzz: Fuzz) -> None:
    shop = next(each for each in KINDS if each.name == "Deployment").read(_json(_workload("Deployment")))[2]
    assert shop is not None

    def check(document: Any) -> None:
        with suppress(*UNREADABLE):
            _, _, pod = Pods().read(_json(document))
            if pod is not None:
                _use(shop.workload, (pod.replica,))

    fuzz(spoilt(POD), check)


def _read_lease(document: Any) -> None:
    with suppress(InvalidLease):
        record = LeaseRecord.parse(_json(document))
        next_action("us", record, ObservedLease(record, 0.0), LeaseTiming(), 100.0)
        _json(record.held_by("us", LeaseTiming(), NOW, NOW).document)
        _json(record.released(NOW, None).document)


def _read_secret(config: Any) -> None:
    secret = {"type": CONFIG_TYPE, "data": {".dockerconfigjson": base64.b64encode(_json(config)).decode()}}
    with suppress(InvalidDockerConfig):
        keyring_of(_json(secret)).candidates(Repository("registry.example", "shop"))


def _read_other_secret(document: Any) -> None:
    with suppress(msgspec.DecodeError, InvalidDockerConfig):
        keyring_of(_json(document))


def _declared(read: Callable[[bytes], object]) -> Callable[[Any], None]:
    def check(document: Any) -> None:
        with suppress(*UNREADABLE):
            read(_json(document))

    return check


@pytest.mark.parametrize(
    ("document", "check"),
    [
        pytest.param(NODE, _declared(Nodes().read), id="node"),
        pytest.param(NAMESPACE, _declared(Namespaces().read), id="namespace"),
        pytest.param(LEASE, _read_lease, id="lease"),
        pytest.param(_CONFIG, _read_secret, id="docker config"),
        pytest.param(SECRET, _read_other_secret, id="secret"),
        pytest.param({"imagePullSecrets": [{"name": "a"}]}, _declared(pull_secrets_of), id="service account"),
    ],
)
def test_any_other_object_is_read_or_unreadable(fuzz: Fuzz, document: Any, check: Callable[[Any], None]) -> None:
    fuzz(spoilt(document) | st.just(document), check)
