"""What the manifests promise beyond being valid."""

from __future__ import annotations

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


def test_what_old_servers_do_not_know_comes_last() -> None:
    *known, budget = documents("deployment.yaml")
    assert [each["kind"] for each in known] == ["Deployment"]
    assert (budget["apiVersion"], budget["kind"]) == ("policy/v1", "PodDisruptionBudget")
