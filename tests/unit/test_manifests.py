"""What the manifests promise beyond being valid."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest
import yaml

from watch_cluster.entrypoints.settings.settings import Settings

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"


def documents(name: str, folder: Path = K8S) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((folder / name).read_text()))


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
        "Kustomization",
        "hooks.yaml",
    }


def test_the_config_map_has_the_namespaces_and_every_webhook_variable_with_their_defaults() -> None:
    [config] = documents("configmap.yaml")
    assert Settings.read(config["data"]) == Settings()
    assert set(config["data"]) == {"WATCH_NAMESPACES"} | {
        name for name in Settings.variables() if name.startswith("WEBHOOK_") and name != "WEBHOOK_SECRET"
    }


def test_every_variable_of_the_deployment_is_known(pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    assert {each["name"] for each in container["env"]} == {"POD_NAMESPACE", "HEALTH_PORT"} <= set(Settings.variables())


def test_the_container_may_do_nothing_that_it_need_not(pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_probes_use_the_address_of_the_health_server(pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    port = container["ports"][0]
    [health] = [each["value"] for each in container["env"] if each["name"] == "HEALTH_PORT"]
    assert str(port["containerPort"]) == health
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] == port["name"]


def test_the_service_for_pushes_leads_to_the_port_that_the_documents_set(pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    [service] = documents("hooks.yaml")
    [port] = [each for each in container["ports"] if each["name"] == service["spec"]["ports"][0]["targetPort"]]
    assert f'"HOOKS_PORT":"{port["containerPort"]}"' in (K8S.parent / "docs" / "hooks.md").read_text()
    [mount] = container["volumeMounts"]
    assert Path(mount["mountPath"]) == Settings().HOOKS_SECRETS


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


def test_the_overlay_grants_what_a_role_binding_cannot_as_the_manifests_do() -> None:
    # kustomize reads no single file of another folder.
    copied = documents("namespaces-and-nodes.yaml", ROOT / "kustomize" / "namespaced")
    assert copied == documents("namespaces-and-nodes.yaml")


def test_the_rules_for_the_operator_are_the_alert_rules() -> None:
    [rule] = documents("prometheus-rule.yaml", ROOT / "monitoring")
    [alerts] = documents("alerts.yaml", ROOT / "monitoring")
    assert rule["spec"] == alerts, "copy the groups of monitoring/alerts.yaml into monitoring/prometheus-rule.yaml"


def test_the_compose_file_runs_the_image_as_documented() -> None:
    [compose] = documents("docker-compose.yaml", ROOT)
    page = (ROOT / "docs" / "docker.md").read_text()
    shown = yaml.safe_load(page.partition("## Docker Compose\n\n```yaml\n")[2].partition("```")[0])
    ours, documented = compose["services"]["watch-cluster"], shown["services"]["watch-cluster"]
    assert set(ours["environment"]) <= set(Settings.variables())
    assert ours["environment"]["ORCHESTRATOR"] == documented["environment"]["ORCHESTRATOR"]
    for key in ("user", "restart"):
        assert ours[key] == documented[key]
    assert [each.partition(":")[2] for each in ours["volumes"]] == [
        each.partition(":")[2] for each in documented["volumes"]
    ]
    assert ours["read_only"]
    assert ours["cap_drop"] == ["ALL"]
