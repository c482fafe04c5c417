"""The installation, on a real API server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.kubectl import KubectlFailed
from tests.cluster.processes import wait_until

K8S = Path(__file__).parents[2] / "k8s"
INSTALLED = ("namespace.yaml", "rbac.yaml", "configmap.yaml", "deployment.yaml")
ACCOUNT = "system:serviceaccount:watch-cluster:watch-cluster"


OPTIONAL = ("unstick.yaml", "disruption-budget.yaml", "network-policy.yaml", "namespaces-and-nodes.yaml")


@pytest.mark.parametrize("name", [*INSTALLED, *OPTIONAL, "example-deployment.yaml"])
def test_a_manifest_is_valid_to_the_last_field(cluster: Cluster, name: str) -> None:
    cluster.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", str(K8S / name))


def test_the_installation_brings_up_two_replicas(cluster: Cluster) -> None:
    for name in INSTALLED:
        cluster.kubectl("apply", "-f", str(K8S / name))
    try:

        def pods() -> int:
            found = cluster.read("/api/v1/namespaces/watch-cluster/pods", labelSelector="app=watch-cluster")
            return len(found["items"])

        wait_until(lambda: pods() == 2, "the API server takes two pods of the Deployment")
        assert "watch-cluster" in cluster.kubectl("get", "deployment", "-n", "watch-cluster", "watch-cluster")
        assert "WEBHOOK_URL" in cluster.kubectl(
            "get", "configmap", "watch-cluster-config", "-n", "watch-cluster", "-o", "yaml"
        )
    finally:
        cluster.kubectl("delete", "-f", str(K8S / "deployment.yaml"), "-f", str(K8S / "configmap.yaml"))


def test_the_example_is_there_to_be_seen(cluster: Cluster) -> None:
    cluster.kubectl("apply", "-f", str(K8S / "example-deployment.yaml"))
    try:
        assert "example-app" in cluster.kubectl("get", "deployment", "example-app")
    finally:
        cluster.kubectl("delete", "-f", str(K8S / "example-deployment.yaml"))


@pytest.mark.parametrize(
    ("verb", "resource", "allowed"),
    [
        pytest.param("patch", "deployments.apps", True, id="change a Deployment"),
        pytest.param("watch", "pods", True, id="watch pods"),
        pytest.param("patch", "statefulsets.apps", True, id="patch StatefulSets"),
        pytest.param("patch", "daemonsets.apps", True, id="patch DaemonSets"),
        pytest.param("patch", "cronjobs.batch", True, id="patch CronJobs"),
        pytest.param("delete", "statefulsets.apps", False, id="delete a StatefulSet"),
        pytest.param("patch", "jobs.batch", False, id="patch Jobs"),
        pytest.param("watch", "namespaces", True, id="watch namespaces"),
        pytest.param("list", "nodes", True, id="list nodes"),
        pytest.param("patch", "nodes", False, id="change a node"),
        pytest.param("patch", "namespaces", False, id="freeze a namespace"),
        pytest.param("create", "events.events.k8s.io", True, id="tell an Event"),
        pytest.param("delete", "deployments.apps", False, id="delete a Deployment"),
        pytest.param("create", "deployments.apps", False, id="create a Deployment"),
        pytest.param("delete", "pods", False, id="delete a pod"),
        pytest.param("create", "pods/exec", False, id="enter a pod"),
        pytest.param("get", "secrets", True, id="read a pull secret"),
        pytest.param("get", "serviceaccounts", True, id="read which pull secrets an account brings"),
        pytest.param("list", "secrets", False, id="list Secrets"),
        pytest.param("watch", "secrets", False, id="watch Secrets"),
        pytest.param("patch", "secrets", False, id="change a Secret"),
        pytest.param("list", "serviceaccounts", False, id="list ServiceAccounts"),
        pytest.param("create", "serviceaccounts/token", False, id="become another account"),
        pytest.param("update", "leases.coordination.k8s.io", False, id="take others' leases"),
    ],
)
def test_the_account_may_do_what_it_must_and_no_more(
    cluster: Cluster, verb: str, resource: str, *, allowed: bool
) -> None:
    try:
        answer = cluster.kubectl("auth", "can-i", verb, resource, f"--as={ACCOUNT}", "-n", "default").strip()
    except KubectlFailed as error:
        answer = str(error)
    assert ("yes" in answer.split()) is allowed, answer


def test_the_account_keeps_its_own_lease(cluster: Cluster) -> None:
    arguments = ("auth", "can-i", "update", "leases.coordination.k8s.io", f"--as={ACCOUNT}", "-n", "watch-cluster")
    assert cluster.kubectl(*arguments).strip() == "yes"
