"""The kustomize base and its overlays on a real API server, with the commands of docs/install.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.cluster import Cluster

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "install.md").read_text()
OPERATOR = {"PodMonitor": "podmonitors", "ServiceMonitor": "servicemonitors", "PrometheusRule": "prometheusrules"}


def operator_definitions() -> list[dict[str, Any]]:
    """The kinds of the Prometheus Operator, which accept anything."""
    group = "monitoring.coreos.com"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    return [
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}"},
            "spec": {
                "group": group,
                "scope": "Namespaced",
                "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
                "versions": [version],
            },
        }
        for kind, plural in OPERATOR.items()
    ]


@pytest.fixture
def operator(cluster: Cluster) -> Iterator[None]:
    definitions = operator_definitions()
    names = [each["metadata"]["name"] for each in definitions]
    cluster.kubectl.apply(*definitions)
    cluster.kubectl("wait", "--for=condition=Established", "crd", *names, "--timeout=60s")
    yield
    cluster.kubectl("delete", "crd", *names)


@pytest.fixture
def cleaned(cluster: Cluster) -> Iterator[None]:
    yield
    for file in ("deployment.yaml", "configmap.yaml"):
        cluster.kubectl("delete", "-f", str(ROOT / "k8s" / file), "--ignore-not-found")


def commands(heading: str) -> list[list[str]]:
    """The kubectl commands of one section."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line.split()[1:] for line in re.findall(r"^kubectl .+$", section, re.MULTILINE)]


def _template(cluster: Cluster) -> Any:
    return cluster.kubectl.json("get", "deployment", "-n", "watch-cluster", "watch-cluster")["spec"]["template"]


def apply_folder(cluster: Cluster, command: list[str]) -> str:
    """Run `apply -k FOLDER`, wherever the test runs."""
    *verbs, folder = command
    assert verbs == ["apply", "-k"]
    return cluster.kubectl(*verbs, str(ROOT / folder))


@pytest.mark.usefixtures("cleaned")
def test_the_base_installs_everything_in_one_step(cluster: Cluster) -> None:
    [command] = commands("kustomize")
    first = apply_folder(cluster, command)
    templates = [_template(cluster)]
    apply_folder(cluster, command)
    templates.append(_template(cluster))
    assert "deployment.apps/watch-cluster created" in first
    assert "example-app" not in first
    assert templates[0] == templates[1], "applying it again starts no rollout"


def test_applying_the_folder_does_not_trip_over_the_kustomization(cluster: Cluster) -> None:
    shown = cluster.kubectl("apply", "--dry-run=server", "-f", str(ROOT / "k8s"))
    assert "deployment.apps/watch-cluster created" in shown
    assert "networkpolicy.networking.k8s.io/watch-cluster created" in shown


@pytest.mark.usefixtures("cleaned")
def test_the_overlay_watches_one_namespace_with_rights_in_no_other(cluster: Cluster) -> None:
    command = commands("Selected namespaces")[0]
    rendered = list(yaml.safe_load_all(cluster.kubectl("kustomize", str(ROOT / command[-1]))))
    bindings = {each["metadata"]["name"] for each in rendered if each["kind"] == "ClusterRoleBinding"}
    [config] = [each for each in rendered if each["kind"] == "ConfigMap"]
    namespaces = {
        each["metadata"]["namespace"]
        for each in rendered
        if each["kind"] == "RoleBinding" and each["roleRef"]["kind"] == "ClusterRole"
    }
    assert bindings == {"watch-cluster-namespaces-and-nodes"}
    assert namespaces == set(config["data"]["WATCH_NAMESPACES"].split(","))
    assert "deployment.apps/watch-cluster" in apply_folder(cluster, command)


@pytest.mark.usefixtures("operator")
def test_the_operators_objects_are_accepted(cluster: Cluster) -> None:
    [command] = commands("Monitoring")
    applied = apply_folder(cluster, command)
    assert "podmonitor.monitoring.coreos.com/watch-cluster created" in applied
    assert "prometheusrule.monitoring.coreos.com/watch-cluster created" in applied
    assert "configmap/watch-cluster-dashboard created" in applied
    cluster.kubectl("delete", "-k", str(ROOT / command[-1]))
