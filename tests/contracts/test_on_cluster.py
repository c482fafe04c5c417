"""The adapters of Kubernetes keep the contracts of the orchestrator's ports, on a real control plane."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.cluster.cluster import Cluster, deployment
from tests.cluster.processes import wait_until
from tests.cluster.registry.images import push
from tests.contracts.history import HistoryContract
from tests.contracts.observing import ObservingContract
from tests.contracts.world import World
from tests.contracts.writing import ReadingContract, WritingContract
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.orchestrator import kubernetes_orchestrator
from watch_cluster.domain.workload.annotation import ENABLED

UNSTICK: Final = Path(__file__).parents[2] / "k8s" / "unstick.yaml"


class ClusterWorld(World):
    """With the permissions of Watch-Cluster's ServiceAccount; only people may freeze."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        ours = kubernetes_orchestrator(KubernetesApi.connect(str(cluster.kubeconfig)), (namespace,))
        people = kubernetes_orchestrator(KubernetesApi.connect(str(cluster.admin_kubeconfig)), (namespace,))
        super().__init__(replace(ours, freezes=people.freezes), namespace)
        self._cluster = cluster
        for tag in ("1", "2", "3"):
            push(cluster.registry, f"{namespace}/shop", tag)

    def image(self, tag: str) -> str:
        return f"{self._cluster.registry}/{self.namespace}/shop:{tag}"

    def create(self, name: str, *, enabled: bool = True) -> None:
        document = deployment(name, self.image("1"))
        annotations = {ENABLED: "true"} if enabled else {}
        document["metadata"] = {"name": name, "namespace": self.namespace, "annotations": annotations}
        self._cluster.kubectl.apply(document)

    def set_image(self, name: str, tag: str) -> None:
        self._cluster.kubectl("set", "image", "-n", self.namespace, f"deployment/{name}", f"app={self.image(tag)}")

    def delete(self, name: str) -> None:
        self._cluster.kubectl("delete", "-n", self.namespace, f"deployment/{name}")

    def permit_replacement(self) -> None:
        role, _ = yaml.safe_load_all(UNSTICK.read_text())
        self._cluster.kubectl.apply(role)
        account = "--serviceaccount=watch-cluster:watch-cluster"
        command = ("create", "rolebinding", "unstick", "-n", self.namespace)
        self._cluster.kubectl(*command, f"--clusterrole={role['metadata']['name']}", account)

    def eventually(self, condition: Callable[[], bool], what: str) -> None:
        wait_until(condition, what)


@pytest.fixture
def world(cluster: Cluster, namespace: str) -> Iterator[World]:
    made = ClusterWorld(cluster, namespace)
    yield made
    made.orchestrator.feed.close()


class TestReading(ReadingContract):
    pass


class TestWriting(WritingContract):
    pass


class TestObserving(ObservingContract):
    pass


class TestHistory(HistoryContract):
    pass
