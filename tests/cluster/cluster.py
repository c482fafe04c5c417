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
KUBECONFIG_NAME: Final = "watch-cluster.kubeconfig"
_MANIFESTS: Final = Path(__file__).parents[2] / "k8s"


class IncompleteEnvironment(Exception):  # noqa: N818 - the name says what is wrong
    """The environment names a kubeconfig without a registry, or a registry without a kubeconfig."""


@dataclass(frozen=True)
class Cluster:
    """What a test needs of a cluster.

    `kubectl` and `admin_kubeconfig` have all rights; `kubeconfig` has those of Watch-Cluster's ServiceAccount. The
    tests and the nodes reach `registry` (host:port) over plain HTTP. `control_plane` is None for a cluster that is not
    the tests' own: it cannot be broken.
    """

    kubectl: Kubectl
    admin_kubeconfig: Path
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


def names_foreign_cluster() -> bool:
    """Whether the environment names a cluster to use. Raises `IncompleteEnvironment` when it names half of one."""
    given = [bool(os.environ.get(name)) for name in (KUBECONFIG_VARIABLE, REGISTRY_VARIABLE)]
    if any(given) and not all(given):
        raise IncompleteEnvironment(
            f"only one of {KUBECONFIG_VARIABLE} and {REGISTRY_VARIABLE} is set: set both or none"
        )
    return all(given)


def foreign_cluster(folder: Path) -> Cluster:
    """The cluster that the environment names, with Watch-Cluster's namespace and rights applied to it."""
    command = shutil.which("kubectl")
    assert command is not None, f"{KUBECONFIG_VARIABLE} is set: the command kubectl is needed, too"
    admin = Path(os.environ[KUBECONFIG_VARIABLE])
    kubectl = Kubectl((command,), admin)
    return Cluster(kubectl, admin, _give_rights(kubectl, folder), os.environ[REGISTRY_VARIABLE], None, None)


def own_cluster(binary: Path, folder: Path) -> Cluster:
    """Start a control plane and a simulated node."""
    plane = ControlPlane(binary, folder)
    plane.start()
    node = SimulatedNode(plane.admin_client(), plane.registry)
    cluster = Cluster(plane.kubectl, plane.admin_kubeconfig, folder / KUBECONFIG_NAME, plane.registry, plane, node)
    try:
        _give_rights(plane.kubectl, folder)
        node.start()
    except BaseException:
        cluster.stop()
        raise
    return cluster


def _give_rights(kubectl: Kubectl, folder: Path) -> Path:
    """Apply the namespace and the rights that users apply, and write the kubeconfig of the ServiceAccount."""
    for file in ("namespace.yaml", "rbac.yaml"):
        kubectl("apply", "-f", str(_MANIFESTS / file))
    token = kubectl("create", "token", "watch-cluster", "-n", "watch-cluster", "--duration", "12h").strip()
    document = kubectl.json("config", "view", "--raw", "--minify", "--flatten")
    for user in document["users"]:
        user["user"] = {"token": token}
    path = folder / KUBECONFIG_NAME
    path.write_text(json.dumps(document))
    return path


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
