"""Watch-Cluster watches its own Deployment: real pods of the real process, replaced by themselves."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cluster.cluster import Cluster, deployment, leases_in
from tests.cluster.processes import wait_until
from tests.cluster.registry.images import push
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation

PROJECT: Final = Path(__file__).parents[2]
OF_THE_SYSTEM: Final = tuple(path for path in ("/usr", "/lib", "/lib64", "/etc") if Path(path).exists())
PATIENCE_SECONDS: Final = 120.0
WATCHED: Final = {annotation.ENABLED: "true", annotation.CRON: "* * * * * ?", annotation.SOAK: "2s"}


class Installation:
    """A Deployment that runs this project's code on the node, whatever its image holds, and a shop beside it."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace

    def publish(self, repository: str, tag: str) -> str:
        """Push an image, and give its digest."""
        return push(self._cluster.registry, f"{self._namespace}/{repository}", tag, program=self._cluster.program)

    def image(self, repository: str, tag: str) -> str:
        return f"{self._cluster.registry}/{self._namespace}/{repository}:{tag}"

    def install(self) -> None:
        """Apply both, and wait until they run."""
        ours = self._document("watch-cluster")
        folders = {*OF_THE_SYSTEM, sys.prefix, sys.base_prefix, str(PROJECT), str(self._cluster.kubeconfig.parent)}
        # Of folders in each other the outer one is enough.
        outer = sorted(each for each in folders if not any(str(up) in folders for up in Path(each).parents))
        pod = ours["spec"]["template"]["spec"]
        pod["hostNetwork"] = True
        pod["terminationGracePeriodSeconds"] = 30
        pod["volumes"] = [{"name": f"host{n}", "hostPath": {"path": path}} for n, path in enumerate(outer)]
        environment = {
            "KUBECONFIG": str(self._cluster.kubeconfig),
            "WATCH_NAMESPACES": self._namespace,
            "POD_NAMESPACE": self._namespace,
            "REGISTRY_PLAIN_HTTP": self._cluster.registry,
            "HEALTH_PORT": "0",  # pods on the host's network share its ports
        }
        pod["containers"][0] |= {
            "command": [sys.executable, "-m", "watch_cluster", "run"],
            "workingDir": str(PROJECT),
            "env": [{"name": name, "value": value} for name, value in environment.items()],
            "volumeMounts": [{"name": f"host{n}", "mountPath": path} for n, path in enumerate(outer)],
        }
        del pod["containers"][0]["readinessProbe"]
        ours["spec"] |= {
            "minReadySeconds": 3,
            "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        }
        self._cluster.kubectl.apply(*leases_in(self._namespace), ours, self._document("shop"))
        for name in ("watch-cluster", "shop"):
            self._cluster.kubectl(
                "rollout", "status", "-n", self._namespace, f"deployment/{name}", f"--timeout={PATIENCE_SECONDS:g}s"
            )

    def comes_to_run(self, name: str, tag: str) -> RolloutRecord:
        """Wait until a rollout to the tag is done, and give its record."""

        def record() -> RolloutRecord | None:
            written = self.deployment(name)["metadata"]["annotations"].get(annotation.ROLLOUT)
            return None if written is None else RolloutRecord.parse(written)

        def done() -> bool:
            found = record()
            return found is not None and found.state is RolloutState.DONE and found.images[0].after.endswith(f":{tag}")

        wait_until(done, f"{name} is at {tag}: {record()}", PATIENCE_SECONDS)
        found = record()
        assert found is not None
        return found

    def deployment(self, name: str) -> Any:
        return self._cluster.read(f"/apis/apps/v1/namespaces/{self._namespace}/deployments/{name}")

    def lease(self) -> dict[str, Any]:
        """The Lease's specification, empty while there is none."""
        found = self._cluster.read(f"/apis/coordination.k8s.io/v1/namespaces/{self._namespace}/leases")["items"]
        return dict(found[0]["spec"]) if found else {}

    def events(self, name: str, reason: str) -> list[Any]:
        selector = f"reason={reason},involvedObject.name={name}"
        found = self._cluster.read(f"/api/v1/namespaces/{self._namespace}/events", fieldSelector=selector)
        return list(found["items"])

    def pods(self, name: str) -> list[Any]:
        found = self._cluster.read(f"/api/v1/namespaces/{self._namespace}/pods", labelSelector=f"app={name}")
        return [each for each in found["items"] if "deletionTimestamp" not in each["metadata"]]

    def _document(self, name: str) -> dict[str, Any]:
        document = deployment(name, self.image(name, "1.0.0"))
        document["metadata"] |= {"namespace": self._namespace, "annotations": WATCHED}
        return document


@pytest.mark.timeout(600)
def test_replaces_its_own_container_without_losing_or_repeating_a_rollout(
    node_cluster: Cluster, node_namespace: str
) -> None:
    installed = Installation(node_cluster, node_namespace)
    for name in ("watch-cluster", "shop"):
        installed.publish(name, "1.0.0")
    installed.install()
    wait_until(lambda: bool(installed.lease().get("holderIdentity")), "a pod leads", PATIENCE_SECONDS)
    before = installed.lease()["holderIdentity"]
    digest = installed.publish("watch-cluster", "1.0.1")

    record = installed.comes_to_run("watch-cluster", "1.0.1")

    ours = installed.deployment("watch-cluster")
    assert ours["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    wait_until(lambda: bool(installed.events("watch-cluster", "ImageUpdated")), "the end is reported", PATIENCE_SECONDS)
    assert len(installed.events("watch-cluster", "ImageUpdateStarted")) == 1
    assert len(installed.events("watch-cluster", "ImageUpdated")) == 1
    pods = installed.pods("watch-cluster")
    assert len(pods) == 2
    assert all(digest in each["status"]["containerStatuses"][0]["imageID"] for each in pods)
    # The pod that has ended the rollout may be one of those that are replaced last.
    wait_until(
        lambda: installed.lease()["holderIdentity"] not in {"", before}, "one of the new pods leads", PATIENCE_SECONDS
    )
    assert installed.lease()["leaseTransitions"] >= 1

    installed.publish("shop", "1.0.1")
    assert installed.comes_to_run("shop", "1.0.1").id != record.id
