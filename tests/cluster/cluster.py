"""The cluster that the tests run on: one of their own, or one that is already there."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.control_plane import ControlPlane
from tests.cluster.kubectl import Kubectl
from tests.cluster.node import SimulatedNode

KUBECONFIG_VARIABLE: Final = "WATCH_CLUSTER_TEST_KUBECONFIG"
REGISTRY_VARIABLE: Final = "WATCH_CLUSTER_TEST_REGISTRY"


@dataclass(frozen=True)
class Cluster:
    """What a test needs of a cluster.

    `kubectl` has all rights; `kubeconfig` has those of Watch-Cluster. `registry` is reached by the tests and by the
    nodes, over plain HTTP. `control_plane` is None for a cluster that is not the tests' own: it cannot be broken.
    """

    kubectl: Kubectl
    kubeconfig: Path
    registry: str
    control_plane: ControlPlane | None
    node: SimulatedNode | None

    def stop(self) -> None:
        """Stop what was started."""
        if self.node is not None:
            self.node.stop()
        if self.control_plane is not None:
            self.control_plane.stop()


def foreign_cluster() -> Cluster | None:
    """The cluster that the environment names, None when it names none."""
    kubeconfig, registry = os.environ.get(KUBECONFIG_VARIABLE), os.environ.get(REGISTRY_VARIABLE)
    if not kubeconfig or not registry:
        return None
    kubectl = shutil.which("kubectl")
    assert kubectl is not None, f"{KUBECONFIG_VARIABLE} is set: the command kubectl is needed, too"
    return Cluster(Kubectl((kubectl,), Path(kubeconfig)), Path(kubeconfig), registry, None, None)


def own_cluster(binary: Path, folder: Path) -> Cluster:
    """Start a control plane and a simulated node."""
    plane = ControlPlane(binary, folder)
    plane.start()
    node = SimulatedNode(plane.admin_client(), plane.registry)
    try:
        node.start()
    except BaseException:
        plane.stop()
        raise
    return Cluster(plane.kubectl, plane.kubeconfig, plane.registry, plane, node)


def deployment(name: str, image: str, **spec: object) -> dict[str, object]:
    """A Deployment with one container called app."""
    labels = {"app": name}
    document: dict[str, object] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "app", "image": image}], "terminationGracePeriodSeconds": 0},
            },
            **spec,
        },
    }
    return json.loads(json.dumps(document))  # type: ignore[no-any-return]
