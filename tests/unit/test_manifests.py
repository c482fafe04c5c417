"""What the manifests promise beyond being valid."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest
import yaml

from watch_cluster.entrypoints.settings.settings import Settings

K8S = Path(__file__).parents[2] / "k8s"


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((K8S / name).read_text()))


@pytest.fixture
def pod() -> dict[str, Any]:
    spec: dict[str, Any] = documents("deployment.yaml")[0]["spec"]["template"]["spec"]
    return spec


def test_there_are_the_files_that_the_installation_names() -> None:
    assert {path.name for path in K8S.iterdir()} == {
        "namespace.yaml",
        "rbac.yaml",
        "configmap.yaml",
        "deployment.yaml",
        "example-deployment.yaml",
        "unstick.yaml",
        "disruption-budget.yaml",
        "network-policy.yaml",
        "namespaces-and-nodes.yaml",
    }


def test_the_config_map_has_every_webhook_variable_with_its_default() -> None:
    [config] = documents("configmap.yaml")
    assert Settings.read(config["data"]) == Settings()
    assert set(config["data"]) == {
        name for name in Settings.variables() if name.startswith("WEBHOOK_") and name != "WEBHOOK_SECRET"
    }


def test_every_variable_of_the_deployment_is_known(pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    assert {each["name"] for each in container["env"]} <= set(Settings.variables())


def test_the_container_may_do_nothing_that_it_need_not(pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_probes_ask_where_the_process_answers(pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    [port] = container["ports"]
    [health] = [each["value"] for each in container["env"] if each["name"] == "HEALTH_PORT"]
    assert str(port["containerPort"]) == health
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] == port["name"]


def test_the_installation_has_nothing_that_old_servers_do_not_know() -> None:
    kinds = {
        (each["apiVersion"], each["kind"])
        for name in ("namespace.yaml", "rbac.yaml", "configmap.yaml", "deployment.yaml")
        for each in documents(name)
    }
    assert ("policy/v1", "PodDisruptionBudget") not in kinds
    assert [each["kind"] for each in documents("disruption-budget.yaml")] == ["PodDisruptionBudget"]


def test_the_network_policy_keeps_the_pod_from_metadata_services() -> None:
    [policy] = documents("network-policy.yaml")
    [by_address, dns] = policy["spec"]["egress"]
    excepted = [IPv4Network(each) for each in by_address["to"][0]["ipBlock"]["except"]]
    for address in ("169.254.169.254", "169.254.170.2", "100.100.100.200"):
        assert any(IPv4Address(address) in network for network in excepted)
    assert {each["port"] for each in dns["ports"]} == {53}


def test_only_pods_as_restricted_as_the_controller_run_beside_it() -> None:
    [namespace] = documents("namespace.yaml")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
