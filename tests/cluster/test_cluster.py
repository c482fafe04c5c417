"""The cluster of the tests does what a cluster does."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from tests.cluster.cluster import Cluster, deployment
from tests.cluster.control_plane import ControlPlane
from tests.cluster.kubectl import KubectlFailed
from tests.cluster.processes import wait_until
from tests.cluster.registry.images import push, push_untagged


@pytest.fixture
def plane(cluster: Cluster) -> ControlPlane:
    if cluster.control_plane is None:
        pytest.skip("breaks the control plane, which is not the tests' own")
    return cluster.control_plane


def deploy(cluster: Cluster, namespace: str, image: str, **spec: object) -> None:
    document = deployment("shop", image, **spec)
    document["metadata"] = {"name": "shop", "namespace": namespace}
    cluster.kubectl.apply(document)


def pods(cluster: Cluster, namespace: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cluster.read(f"/api/v1/namespaces/{namespace}/pods")["items"]
    return found


def test_a_good_image_becomes_available_and_pods_report_its_digest(cluster: Cluster, namespace: str) -> None:
    digest = push(cluster.registry, f"{namespace}/shop", "1.0.0")
    deploy(cluster, namespace, f"{cluster.registry}/{namespace}/shop:1.0.0")
    cluster.kubectl("rollout", "status", "deployment/shop", "-n", namespace, "--timeout=30s")
    ids = {status["imageID"] for pod in pods(cluster, namespace) for status in pod["status"]["containerStatuses"]}
    assert ids == {f"{cluster.registry}/{namespace}/shop@{digest}"}


def test_a_second_image_replaces_the_first(cluster: Cluster, namespace: str) -> None:
    image = f"{cluster.registry}/{namespace}/shop"
    for tag in ("1.0.0", "1.0.1"):
        push(cluster.registry, f"{namespace}/shop", tag)
        deploy(cluster, namespace, f"{image}:{tag}")
        cluster.kubectl("rollout", "status", "deployment/shop", "-n", namespace, "--timeout=30s")
    wait_until(
        lambda: {pod["spec"]["containers"][0]["image"] for pod in pods(cluster, namespace)} == {f"{image}:1.0.1"},
        "only pods of the second image are left",
    )


@pytest.mark.parametrize(
    ("behavior", "reason"),
    [
        pytest.param(None, "ImagePullBackOff", id="an image that is missing cannot be pulled"),
        pytest.param("crash", "CrashLoopBackOff", id="an image that crashes is started again and again"),
    ],
)
def test_pods_wait_with_the_reason_a_kubelet_gives(
    cluster: Cluster, namespace: str, behavior: str | None, reason: str
) -> None:
    if behavior is not None:
        push(cluster.registry, f"{namespace}/shop", "1.0.0", behavior)
    deploy(cluster, namespace, f"{cluster.registry}/{namespace}/shop:1.0.0")

    def reasons() -> set[str]:
        statuses = [each for pod in pods(cluster, namespace) for each in pod["status"].get("containerStatuses", [])]
        return {each["state"].get("waiting", {}).get("reason", "") for each in statuses}

    wait_until(lambda: reasons() == {reason}, f"all pods wait because of {reason}")
    assert "availableReplicas" not in cluster.read(f"/apis/apps/v1/namespaces/{namespace}/deployments/shop")["status"]


def test_an_image_that_is_slow_gets_ready_in_the_end(cluster: Cluster, namespace: str) -> None:
    push(cluster.registry, f"{namespace}/shop", "1.0.0", "slow")
    deploy(cluster, namespace, f"{cluster.registry}/{namespace}/shop:1.0.0")
    wait_until(lambda: len(pods(cluster, namespace)) == 2, "the pods are made")
    assert "availableReplicas" not in cluster.read(f"/apis/apps/v1/namespaces/{namespace}/deployments/shop")["status"]
    cluster.kubectl("rollout", "status", "deployment/shop", "-n", namespace, "--timeout=30s")


def test_an_image_that_never_gets_ready_exceeds_its_deadline(cluster: Cluster, namespace: str) -> None:
    push(cluster.registry, f"{namespace}/shop", "1.0.0", "never-ready")
    deploy(cluster, namespace, f"{cluster.registry}/{namespace}/shop:1.0.0", progressDeadlineSeconds=3)

    def reasons() -> set[str]:
        found = cluster.read(f"/apis/apps/v1/namespaces/{namespace}/deployments/shop")
        return {each["reason"] for each in found["status"].get("conditions", [])}

    wait_until(lambda: "ProgressDeadlineExceeded" in reasons(), "the deployment exceeds its deadline")


@pytest.mark.parametrize(
    ("verb", "group", "resource", "allowed"),
    [
        pytest.param("patch", "apps", "deployments", True, id="may patch deployments"),
        pytest.param("delete", "apps", "deployments", False, id="may not delete deployments"),
        pytest.param("list", "", "secrets", False, id="may not list secrets"),
    ],
)
def test_the_kubeconfig_has_the_rights_of_the_service_account(
    cluster: Cluster, namespace: str, verb: str, group: str, resource: str, allowed: bool
) -> None:
    attributes = {"namespace": namespace, "verb": verb, "group": group, "resource": resource}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    kubectl = cluster.kubectl.with_kubeconfig(cluster.kubeconfig)
    told = json.loads(kubectl("create", "--validate=false", "-o", "json", "-f", "-", stdin=json.dumps(review)))
    assert told["status"]["allowed"] is allowed


def test_quotes_errors_of_kubectl(cluster: Cluster, namespace: str) -> None:
    with pytest.raises(KubectlFailed, match=re.escape('deployments.apps "missing" not found')):
        cluster.kubectl("get", "deployment", "missing", "-n", namespace)


def test_a_repository_without_tags_is_unknown_to_the_distribution_registry(cluster: Cluster, namespace: str) -> None:
    push_untagged(cluster.registry, f"{namespace}/empty")
    answer = httpx.get(f"http://{cluster.registry}/v2/{namespace}/empty/tags/list", trust_env=False)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "NAME_UNKNOWN"


def test_a_watch_from_before_a_compaction_gets_410(plane: ControlPlane) -> None:
    with plane.admin_client() as client:
        path = "/apis/apps/v1/deployments"
        old = client.get(path).json()["metadata"]["resourceVersion"]
        for number in range(3):
            plane.kubectl("annotate", "namespace", "default", f"test={number}", "--overwrite")
        plane.compact()
        answer = client.get(path, params={"watch": "true", "resourceVersion": old, "timeoutSeconds": "5"})
        assert '"code":410' in answer.text.replace(" ", "")


def test_the_api_server_can_be_stopped_and_started(plane: ControlPlane) -> None:
    plane.api_server.stop()
    try:
        with plane.admin_client() as client, pytest.raises(httpx.ConnectError):
            client.get("/readyz")
    finally:
        plane.api_server.start()
    assert plane.kubectl("get", "namespace", "default")


def test_a_paused_api_server_keeps_its_connections_and_responds_once_resumed(plane: ControlPlane) -> None:
    with plane.admin_client() as client:
        client.get("/readyz").raise_for_status()
        plane.api_server.pause()
        try:
            with pytest.raises(httpx.ReadTimeout):
                client.get("/readyz", timeout=httpx.Timeout(10, read=0.2))
        finally:
            plane.api_server.resume()
        assert client.get("/readyz").is_success


def test_pushed_images_survive_a_stop_of_the_registry(plane: ControlPlane, namespace: str) -> None:
    digest = push(plane.registry, f"{namespace}/shop", "1.0.0")
    path = f"http://{plane.registry}/v2/{namespace}/shop/manifests/1.0.0"
    plane.registry_server.stop()
    try:
        with pytest.raises(httpx.ConnectError):
            httpx.head(path, trust_env=False)
    finally:
        plane.registry_server.start()
    accepted = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
    assert httpx.head(path, headers=accepted, trust_env=False).headers["Docker-Content-Digest"] == digest
