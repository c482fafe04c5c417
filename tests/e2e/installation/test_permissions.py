"""An installation that may act in one namespace only, with RoleBindings, on a real API server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.e2e.conftest import Team

K8S = Path(__file__).parents[3] / "k8s"


@pytest.fixture
def account(cluster: Cluster, namespace: str, tmp_path: Path) -> Path:
    """The kubeconfig of a ServiceAccount with the rights of rbac.yaml in its own namespace alone."""
    kubectl = cluster.kubectl
    subject = f"--serviceaccount={namespace}:limited"
    kubectl("-n", namespace, "create", "serviceaccount", "limited")
    kubectl("-n", namespace, "create", "rolebinding", "limited", "--clusterrole=watch-cluster", subject)
    kubectl("-n", namespace, "create", "role", "lease", "--verb=get,create,update", "--resource=leases")
    kubectl("-n", namespace, "create", "rolebinding", "lease", "--role=lease", subject)
    document = json.loads(cluster.kubeconfig.read_text())
    for user in document["users"]:
        user["user"] = {"token": kubectl("-n", namespace, "create", "token", "limited").strip()}
    path = tmp_path / "limited.kubeconfig"
    path.write_text(json.dumps(document))
    return path


def grant_namespaces_and_nodes(team: Team) -> None:
    team.cluster.kubectl("apply", "-f", str(K8S / "namespaces-and-nodes.yaml"))
    team.cluster.kubectl(
        "create",
        "clusterrolebinding",
        team.namespace,
        "--clusterrole=watch-cluster-namespaces-and-nodes",
        f"--serviceaccount={team.namespace}:limited",
    )


def test_with_role_bindings_only_everything_is_held_and_reported(team: Team, account: Path) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    team.deploy("shop", team.image("1.0.0"))

    process = team.start(KUBECONFIG=str(account)).leads()

    held = team.wait_for_event("shop", "UpdateHeld")
    assert "namespaces cannot be read, so freezes and defaults are unknown: kubectl apply -f k8s/namesp" in held
    assert team.runs("shop") == team.image("1.0.0")
    left_out = [line["event"] for line in process.lines() if "cannot list namespaces" in line["event"]]
    assert len(left_out) == 1, "one line, not one a tick"
    shown = json.loads(team.run("check", "--output", "json", KUBECONFIG=str(account)).stdout)
    assert [each["decision"] for each in shown["workloads"]] == ["held back: frozen"]


def test_with_the_small_cluster_role_freezes_and_defaults_work(team: Team, account: Path) -> None:
    for tag in ("1.0.0", "1.0.1", "2.0.0"):
        team.push(tag)
    grant_namespaces_and_nodes(team)
    team.kubectl("annotate", "namespace", team.namespace, "watch-cluster.io/strategy=version-lock-major")
    person = {"KUBECONFIG": str(team.cluster.admin_kubeconfig)}
    assert team.run("freeze", team.namespace, "--reason", "release week", **person).returncode == 0
    team.deploy("shop", team.image("1.0.0"))

    team.start(KUBECONFIG=str(account)).leads()

    assert "is frozen: release week" in team.wait_for_event("shop", "UpdateHeld")
    assert team.run("unfreeze", team.namespace, **person).returncode == 0
    team.comes_to_run("shop", team.image("1.0.1"))
    team.ends("shop", "done")


def test_freeze_names_what_it_could_not_reach(team: Team, account: Path) -> None:
    person = {"KUBECONFIG": str(team.cluster.admin_kubeconfig)}

    refused = team.run("freeze", KUBECONFIG=str(account), POD_NAMESPACE="watch-cluster")
    elsewhere = team.run("freeze", "default", POD_NAMESPACE="watch-cluster", **person)
    team.run("unfreeze", "default", POD_NAMESPACE="watch-cluster", **person)

    assert refused.returncode == 1
    assert "nothing is frozen; to freeze one namespace only, run watch-cluster freeze NAMESPACE" in refused.stderr
    assert team.namespace in refused.stderr
    assert elsewhere.stdout == "rollouts frozen in namespace default\n"
    assert "WATCH_NAMESPACES does not name default: this has no effect there" in elsewhere.stderr
