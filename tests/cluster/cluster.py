"""The cluster that the tests run on: one of their own, or one that is already there."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tests.cluster.build import workload_of
from tests.cluster.control_plane import ControlPlane
from tests.cluster.kubectl import Kubectl
from tests.cluster.nodes.real_node import RealNode
from tests.cluster.nodes.simulated_node import SimulatedNode
from tests.cluster.processes import Server, answers, free_port
from tests.cluster.registry.images import Program, push

KUBECONFIG_VARIABLE: Final = "WATCH_CLUSTER_TEST_KUBECONFIG"
REGISTRY_VARIABLE: Final = "WATCH_CLUSTER_TEST_REGISTRY"
KUBECONFIG_NAME: Final = "watch-cluster.kubeconfig"
_MANIFESTS: Final = Path(__file__).parents[2] / "k8s"


class IncompleteEnvironment(Exception):  # noqa: N818 - the name says what is wrong
    """The environment names a kubeconfig without a registry, or a registry without a kubeconfig."""


class Proxy:
    """`kubectl proxy`, and a client that asks it."""

    def __init__(self, kubectl: Kubectl, folder: Path) -> None:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        self._server = Server(
            "kubectl-proxy", [*kubectl.command, "proxy", f"--port={port}"], folder, lambda: answers(f"{url}/version")
        )
        self._server.start()
        self.client = httpx.Client(base_url=url, trust_env=False, timeout=10)

    def stop(self) -> None:
        """Stop both."""
        self.client.close()
        self._server.stop()


@dataclass(frozen=True)
class Cluster:
    """What a test needs of a cluster.

    `kubectl`, `admin_kubeconfig` and `read` have all rights; `kubeconfig` has those of Watch-Cluster's ServiceAccount.
    The tests and the nodes reach `registry` (host:port) over plain HTTP. `control_plane` is None for a cluster that is
    not the tests' own: it cannot be broken.
    """

    kubectl: Kubectl
    proxy: Proxy
    admin_kubeconfig: Path
    kubeconfig: Path
    registry: str
    control_plane: ControlPlane | None
    node: SimulatedNode | RealNode | None
    program: Program | None = None
    """What images hold that are to run on a real node."""

    def read(self, path: str, **query: str) -> Any:
        """Read an object or a collection without the price of a process, as polling wants it."""
        return self.proxy.client.get(path, params=query).raise_for_status().json()

    def stop(self) -> None:
        """Stop what was started."""
        self.proxy.stop()
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
    rights = _give_rights(kubectl, folder)
    return Cluster(kubectl, Proxy(kubectl, folder), admin, rights, os.environ[REGISTRY_VARIABLE], None, None)


def own_cluster(binary: Path, folder: Path, old: Path | None = None) -> Cluster:
    """Start a control plane and a simulated node; with the binary of an old Kubernetes, that one."""
    plane = ControlPlane(binary, folder, old)
    plane.start()
    node = SimulatedNode(plane.admin_client(), plane.registry)
    try:
        node.start()
        rights = _give_rights(plane.kubectl, folder)
        proxy = Proxy(plane.kubectl, folder)
    except BaseException:
        node.stop()
        plane.stop()
        raise
    return Cluster(plane.kubectl, proxy, plane.admin_kubeconfig, rights, plane.registry, plane, node)


def cluster_with_real_node(binary: Path, folder: Path) -> Cluster:
    """Start a control plane and a real node."""
    plane = ControlPlane(binary, folder)
    plane.start()
    program = Program(workload_of(binary).read_bytes())
    node = RealNode(plane, binary, folder, f"{plane.registry}/pause:1")
    try:
        push(plane.registry, "pause", "1", "pause", program=program)
        node.start()
        rights = _give_rights(plane.kubectl, folder)
        proxy = Proxy(plane.kubectl, folder)
    except BaseException:
        node.stop()
        plane.stop()
        raise
    return Cluster(plane.kubectl, proxy, plane.admin_kubeconfig, rights, plane.registry, plane, node, program)


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


def deployment(name: str, image: str, **spec: object) -> dict[str, Any]:
    """A Deployment with one container called app."""
    labels = {"app": name}
    document: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container("app", image)], "terminationGracePeriodSeconds": 0},
            },
            **spec,
        },
    }
    return json.loads(json.dumps(document))  # type: ignore[no-any-return]


def container(name: str, image: str) -> dict[str, Any]:
    """A container of a pod specification that asks the images of the tests whether they are ready."""
    probe = {"exec": {"command": ["/workload", "ready"]}, "periodSeconds": 1}
    return {
        "name": name,
        "image": image,
        "readinessProbe": probe,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


def leases_in(namespace: str) -> tuple[dict[str, object], ...]:
    """The right of Watch-Cluster's ServiceAccount to keep its Lease in another namespace than its own."""
    metadata = {"name": "watch-cluster-lease", "namespace": namespace}
    group = "rbac.authorization.k8s.io"
    rule = {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "create", "update"]}
    subject = {"kind": "ServiceAccount", "name": "watch-cluster", "namespace": "watch-cluster"}
    return (
        {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": metadata, "rules": [rule]},
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "subjects": [subject],
            "roleRef": {"apiGroup": group, "kind": "Role", "name": metadata["name"]},
        },
    )
