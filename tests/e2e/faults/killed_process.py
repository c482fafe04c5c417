"""A workload whose Watch-Cluster process is killed, and what remains of its update."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.cluster import Cluster, leases_in
from tests.cluster.control_plane import ControlPlane
from tests.cluster.gate import Gate
from tests.cluster.processes import wait_until
from tests.e2e.process import PATIENCE_SECONDS, WatchCluster

AT_ONCE = 6
"""How many kills are tried at a time."""


@dataclass
class WatchedShop:
    """A namespace of its own with the Deployment `shop`, and a gate to the API server."""

    cluster: Cluster
    folder: Path
    gate: Gate
    namespace: str = field(default_factory=lambda: f"kill-{uuid.uuid4().hex[:10]}")

    def create(self, document: dict[str, Any], settings: Mapping[str, str]) -> None:
        """Create the Deployment, which is checked every second, and wait until it is available."""
        written = {"enabled": "true", "cron": "* * * * * ?", "soak": "1s", "rollout-timeout": "60s", **settings}
        annotations = {f"watch-cluster.io/{key}": value for key, value in written.items()}
        document["metadata"] |= {"namespace": self.namespace, "annotations": annotations}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        self.cluster.kubectl.apply(namespace, *leases_in(self.namespace), document)
        wait_until(lambda: "availableReplicas" in self.deployment()["status"], "it is available", PATIENCE_SECONDS)

    def start(self, **environment: str) -> WatchCluster:
        """Start a process that reaches the API server through the gate."""
        return WatchCluster(
            self.folder / f"{self.namespace}.log",
            {
                "KUBECONFIG": str(self.gate.kubeconfig(self.cluster.kubeconfig, self.folder)),
                "WATCH_NAMESPACES": self.namespace,
                "POD_NAMESPACE": self.namespace,
                "REGISTRY_PLAIN_HTTP": self.cluster.registry,
                **environment,
            },
        )

    def expire_lease(self) -> None:
        """Shorten the lease of a killed holder, so that a test need not wait for its end."""
        body = json.dumps({"spec": {"leaseDurationSeconds": 1}})
        self.cluster.kubectl("-n", self.namespace, "patch", "lease", "watch-cluster", "--type=merge", "-p", body)

    def delete(self) -> None:
        """Delete the namespace, without waiting."""
        self.cluster.kubectl("delete", "namespace", self.namespace, "--wait=false")

    def record(self) -> dict[str, Any]:
        """The record of the last rollout, empty before the first."""
        record: dict[str, Any] = json.loads(self.annotations().get("watch-cluster.io/rollout", "{}"))
        return record

    def event_counts(self) -> Counter[str]:
        """How many Events there are, by reason."""
        return Counter(each["reason"] for each in self._events())

    def messages(self) -> str:
        """What the Events say."""
        return "; ".join(f"{each['reason']}: {each['note']}" for each in self._events())

    def annotations(self) -> dict[str, str]:
        """Our annotations on the Deployment."""
        annotations: dict[str, str] = self.deployment()["metadata"]["annotations"]
        return {key: value for key, value in annotations.items() if key.startswith("watch-cluster.io/")}

    def images(self) -> list[str]:
        """The images in the template."""
        return [each["image"] for each in self.deployment()["spec"]["template"]["spec"]["containers"]]

    def revision(self) -> str:
        """How often the template was changed, its creation included."""
        revision: str = self.deployment()["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
        return revision

    def deployment(self) -> Any:
        """The Deployment as it is."""
        return self.cluster.read(f"/apis/apps/v1/namespaces/{self.namespace}/deployments/shop")

    def _events(self) -> list[dict[str, Any]]:
        events = self.cluster.read(f"/apis/events.k8s.io/v1/namespaces/{self.namespace}/events")["items"]
        return [each for each in events if each["reportingController"] == "watch-cluster.io/watch-cluster"]


def own_plane(cluster: Cluster) -> ControlPlane:
    """The control plane of the tests; skips on any other, which has no gate."""
    if cluster.control_plane is None:
        pytest.skip("goes through a gate to the tests' own control plane")
    return cluster.control_plane
