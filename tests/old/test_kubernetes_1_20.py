"""What is promised for Kubernetes 1.20, on its real API server and controllers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.cluster.cluster import Cluster, container, deployment
from tests.cluster.processes import free_port, wait_until
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS

K8S = Path(__file__).parents[2] / "k8s"
SETTINGS = {"enabled": "true", "cron": "* * * * * ?", "soak": "1s"}
ANNOTATIONS = {f"watch-cluster.io/{key}": value for key, value in SETTINGS.items()}


def on_the_node(template: dict[str, Any]) -> None:
    """Place the pods, as a scheduler would: that of today does not know this API server."""
    template["spec"]["nodeName"] = "simulated"


def test_the_installation_has_no_error(old_cluster: Cluster) -> None:
    kubectl = old_cluster.kubectl
    assert kubectl.json("version")["serverVersion"]["gitVersion"] == "v1.20.15"
    for name in ("namespace.yaml", "rbac.yaml", "configmap.yaml", "deployment.yaml", "unstick.yaml"):
        kubectl("apply", "-f", str(K8S / name))
    for name in ("namespaces-and-nodes.yaml", "network-policy.yaml", "example-deployment.yaml"):
        kubectl("apply", "-f", str(K8S / name))
    budget = (K8S / "disruption-budget.yaml").read_text().replace("apiVersion: policy/v1", "apiVersion: policy/v1beta1")
    kubectl("apply", "-f", "-", stdin=budget)

    def pods() -> int:
        found = old_cluster.read("/api/v1/namespaces/watch-cluster/pods", labelSelector="app=watch-cluster")
        return len(found["items"])

    wait_until(lambda: pods() == 2, "the API server takes two pods of the Deployment", PATIENCE_SECONDS)


def test_updates_and_verifies_a_deployment(team: Team) -> None:
    team.push("1.0.0")
    document = deployment("shop", team.image("1.0.0"))
    document["metadata"] |= {"namespace": team.namespace, "annotations": ANNOTATIONS}
    on_the_node(document["spec"]["template"])
    team.cluster.kubectl.apply(document)
    process = team.start(HEALTH_PORT=str(free_port())).leads()

    digest = team.push("1.0.1")

    team.comes_to_run("shop", team.image("1.0.1"))
    team.ends("shop", "done")
    wait_until(lambda: team.running_digests("shop") == {digest}, "its pods run the new image", PATIENCE_SECONDS)
    assert team.wait_for_event("shop", "ImageUpdated") != ""
    assert "ImageUpdated" in team.kubectl("get", "events", "--field-selector", "reason=ImageUpdated")
    lease = team.cluster.read(f"/apis/coordination.k8s.io/v1/namespaces/{team.namespace}/leases/watch-cluster")
    assert lease["spec"]["holderIdentity"] != ""
    assert process.probe("readyz")[0] == 200
    assert [line["event"] for line in process.lines() if line["level"] not in {"debug", "info"}] == []


def test_rolls_a_deployment_back(team: Team) -> None:
    team.push("1.0.0")
    document = deployment("shop", team.image("1.0.0"))
    document["metadata"] |= {"namespace": team.namespace, "annotations": ANNOTATIONS}
    on_the_node(document["spec"]["template"])
    team.cluster.kubectl.apply(document)
    team.start().leads()

    team.push("1.0.1", "crash")

    team.wait_for_event("shop", "ImageRolledBack")
    assert team.runs("shop") == team.image("1.0.0")


def test_updates_a_cron_job(team: Team) -> None:
    team.push("1.0.0")
    pod = {"containers": [container("app", team.image("1.0.0"))], "restartPolicy": "Never"}
    cron_job = {
        "apiVersion": "batch/v1beta1",
        "kind": "CronJob",
        "metadata": {"name": "report", "namespace": team.namespace, "annotations": ANNOTATIONS},
        "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": pod}}}},
    }
    team.cluster.kubectl.apply(cron_job)
    process = team.start().leads()

    team.push("1.0.1")

    def runs() -> str:
        path = f"/apis/batch/v1beta1/namespaces/{team.namespace}/cronjobs/report"
        spec = team.cluster.read(path)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        image: str = spec["containers"][0]["image"]
        return image

    wait_until(lambda: runs() == team.image("1.0.1"), "the CronJob has the new image", PATIENCE_SECONDS)
    assert team.wait_for_event("report", "ImageUpdated") != ""
    assert not process.said("left out")
