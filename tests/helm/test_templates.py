"""What Helm renders: the manifests in k8s/ by default, and what each value changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from release.artifacts import Image, chart_with
from tests.helm.conftest import CHART, Helm, HelmFailed
from watch_cluster.entrypoints.settings.settings import Settings

K8S = Path(__file__).parents[2] / "k8s"


def manifests(*names: str) -> list[dict[str, Any]]:
    return [each for name in names for each in yaml.safe_load_all((K8S / name).read_text())]


def one(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    [found] = [each for each in objects if each["kind"] == kind]
    return found


def names(objects: list[dict[str, Any]], kind: str) -> set[str]:
    return {each["metadata"]["name"] for each in objects if each["kind"] == kind}


def rules(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """The rules of each role; roles for leases are named differently."""
    return {
        each["metadata"]["name"].removesuffix("-lease") + each["kind"]: each["rules"]
        for each in objects
        if each["kind"] in ("ClusterRole", "Role")
    }


def test_lint_finds_nothing(helm: Helm) -> None:
    assert "1 chart(s) linted, 0 chart(s) failed" in helm("lint", "--strict", str(CHART))


def test_the_permissions_are_those_of_the_manifests(helm: Helm) -> None:
    rendered = helm.template({"rbac": {"deleteStuckPods": True}})
    originals = manifests("rbac.yaml", "unstick.yaml")
    assert rules(rendered) == rules(originals)
    assert names(rendered, "ClusterRoleBinding") == names(originals, "ClusterRoleBinding")
    for binding in (each for each in rendered if each["kind"] == "ClusterRoleBinding"):
        assert binding["subjects"] == originals[2]["subjects"]


def test_the_pod_is_that_of_the_manifests(helm: Helm) -> None:
    rendered = one(helm.template(), "Deployment")["spec"]
    original = one(manifests("deployment.yaml"), "Deployment")["spec"]
    for key in ("replicas", "strategy"):
        assert rendered[key] == original[key]
    ours, theirs = rendered["template"]["spec"], original["template"]["spec"]
    [container], [manifest] = ours.pop("containers"), theirs.pop("containers")
    for spec in (ours, theirs):  # the labels to select by are those of Helm
        [term] = spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
        del term["podAffinityTerm"]["labelSelector"]
    assert ours == theirs
    # The manifests name an optional Secret; the chart one that there is.
    del container["envFrom"], manifest["envFrom"]
    assert container == manifest


def test_the_variables_are_read_as_they_are_given(helm: Helm) -> None:
    rendered = helm.template(
        {
            "namespaces": ["shop", "billing"],
            "settings": {"CHECK_TIMEOUT": 3_600_000, "WEBHOOK_ENABLE_DEPLOYMENT_DETECTED": True, "DEFAULT_SOAK": "1m"},
            "secrets": {"WEBHOOK_URL": "https://hooks.example/1", "WEBHOOK_SECRET": "s3cret"},
        }
    )
    settings = Settings.read(one(rendered, "ConfigMap")["data"] | one(rendered, "Secret")["stringData"])
    assert settings.WATCH_NAMESPACES == ("shop", "billing")
    assert settings.check_seconds == 3600
    assert settings.WEBHOOK_ENABLE_DEPLOYMENT_DETECTED
    assert settings.workload_defaults == {"watch-cluster.io/soak": "1m"}
    assert settings.WEBHOOK_URL == "https://hooks.example/1"


def test_without_values_everything_has_its_default(helm: Helm) -> None:
    assert Settings.read(one(helm.template(), "ConfigMap")["data"]) == Settings()


def test_with_namespaces_there_are_rights_in_these_alone(helm: Helm) -> None:
    rendered = helm.template({"namespaces": ["shop", "billing"]})
    assert names(rendered, "ClusterRoleBinding") == {"watch-cluster-namespaces-and-nodes"}
    assert (
        rules(rendered)["watch-cluster-namespaces-and-nodesClusterRole"]
        == (one(manifests("namespaces-and-nodes.yaml"), "ClusterRole")["rules"])
    )
    bound = {
        (each["metadata"]["namespace"], each["roleRef"]["name"])
        for each in rendered
        if each["kind"] == "RoleBinding" and each["roleRef"]["kind"] == "ClusterRole"
    }
    roles = ("watch-cluster", "watch-cluster-secrets")
    assert bound == {(namespace, role) for namespace in ("shop", "billing") for role in roles}


def test_the_network_policy_and_the_budget_are_those_of_the_manifests(helm: Helm) -> None:
    rendered = helm.template({"networkPolicy": {"enabled": True}, "podDisruptionBudget": {"enabled": True}})
    originals = manifests("network-policy.yaml", "disruption-budget.yaml")
    for kind in ("NetworkPolicy", "PodDisruptionBudget"):
        ours, theirs = one(rendered, kind)["spec"], one(originals, kind)["spec"]
        for spec in (ours, theirs):
            spec.pop("podSelector", None)
            spec.pop("selector", None)
        assert ours == theirs


def test_the_objects_of_the_prometheus_operator_hold_the_rules_as_they_are(helm: Helm) -> None:
    enabled: dict[str, Any] = {"enabled": True, "labels": {"release": "prometheus"}}
    rendered = helm.template(
        {"podMonitor": enabled, "serviceMonitor": enabled, "prometheusRule": enabled, "dashboard": {"enabled": True}}
    )
    rule = one(rendered, "PrometheusRule")
    assert rule["spec"] == yaml.safe_load((CHART / "files" / "alerts.yaml").read_text())
    for kind in ("PodMonitor", "ServiceMonitor", "PrometheusRule"):
        assert one(rendered, kind)["metadata"]["labels"]["release"] == "prometheus"
    [dashboard] = [each for each in rendered if each["metadata"]["name"] == "watch-cluster-dashboard"]
    assert yaml.safe_load(dashboard["data"]["watch-cluster.json"]) == yaml.safe_load(
        (CHART / "files" / "dashboard.json").read_text()
    )


def test_hooks_have_a_port_and_a_service(helm: Helm) -> None:
    rendered = helm.template({"hooks": {"enabled": True}})
    assert one(rendered, "ConfigMap")["data"]["HOOKS_PORT"] == "8081"
    [service] = [each for each in rendered if each["kind"] == "Service"]
    [original] = manifests("hooks.yaml")
    assert service["spec"]["ports"] == original["spec"]["ports"]


CHANNELS = {"team-a": {"slack": "https://hooks.slack.example/1", "namespaces": ["shop"]}}


def test_channels_are_mounted_from_a_secret_where_the_controller_reads_them(helm: Helm, tmp_path: Path) -> None:
    rendered = helm.template({"notifications": {"channels": CHANNELS}})
    secret = one(rendered, "Secret")
    spec = one(rendered, "Deployment")["spec"]["template"]["spec"]
    [volume] = [each["secret"] for each in spec["volumes"] if each["name"] == "notifications"]
    [mount] = [each for each in spec["containers"][0]["volumeMounts"] if each["name"] == "notifications"]
    [(name, content)] = secret["stringData"].items()
    assert volume["secretName"] == secret["metadata"]["name"]
    assert one(rendered, "ConfigMap")["data"]["NOTIFICATIONS"] == f"{mount['mountPath']}/{name}"
    (tmp_path / name).write_text(content)
    assert Settings.read({"NOTIFICATIONS": str(tmp_path / name)}).channel_names.namespaces == {"team-a": ("shop",)}


def test_channels_may_be_in_a_secret_of_the_operator(helm: Helm) -> None:
    rendered = helm.template({"notifications": {"existingSecret": "our-channels"}})
    volumes = one(rendered, "Deployment")["spec"]["template"]["spec"]["volumes"]
    assert [each["secret"]["secretName"] for each in volumes if each["name"] == "notifications"] == ["our-channels"]
    assert not [each for each in rendered if each["kind"] == "Secret"]
    assert one(rendered, "ConfigMap")["data"]["NOTIFICATIONS"].endswith("/channels.yaml")


def test_every_image_by_its_digest(helm: Helm) -> None:
    digest = f"sha256:{'a' * 64}"
    rendered = helm.template({"image": {"repository": "registry.example/watch-cluster", "digest": digest}})
    [container] = one(rendered, "Deployment")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"registry.example/watch-cluster:latest@{digest}"


def test_files_of_the_operator_reach_the_container(helm: Helm) -> None:
    volume = {"name": "ca", "configMap": {"name": "company-ca"}}
    mount = {"name": "ca", "mountPath": "/etc/watch-cluster"}
    rendered = helm.template({"extraVolumes": [volume], "extraVolumeMounts": [mount]})
    spec = one(rendered, "Deployment")["spec"]["template"]["spec"]
    assert volume in spec["volumes"]
    assert mount in spec["containers"][0]["volumeMounts"]


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"settings": {"CHECK_WORKER": 8}}, "CHECK_WORKER"),
        ({"settings": {"CHECK_WORKERS": 1000}}, "256"),
        ({"settings": {"WEBHOOK_SECRET": "s3cret"}}, "WEBHOOK_SECRET"),
        ({"image": {"digest": "latest"}}, "digest"),
        ({"namespaces": ["Shop"]}, "namespaces"),
        ({"replicas": 2}, "replicas"),
        ({"notifications": {"channels": CHANNELS, "existingSecret": "ours"}}, "either channels or existingSecret"),
        ({"settings": {"NOTIFICATIONS": "/etc/channels.yaml"}}, "NOTIFICATIONS"),
    ],
)
def test_a_mistake_in_the_values_is_refused(helm: Helm, values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(HelmFailed, match=complaint):
        helm.template(values)


def test_a_released_chart_is_packaged_with_its_image(helm: Helm, tmp_path: Path) -> None:
    image = Image.parse(f"ghcr.io/example/watch-cluster:1.2.3@sha256:{'a' * 64}")
    helm("package", "--destination", str(tmp_path), str(chart_with(image, tmp_path / "copy")))
    [package] = tmp_path.glob("watch-cluster-*.tgz")
    assert str(image) in helm("template", "watch-cluster", str(package))
