"""The chart installed, upgraded, tested and removed by Helm on a real API server, with the controller at work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cluster.cluster import Cluster
from tests.e2e.conftest import Team, team  # noqa: F401 - a fixture
from tests.e2e.installation.test_kustomize import operator  # noqa: F401 - a fixture
from tests.helm.conftest import CHART, Helm, HelmFailed


class Release:
    """A release that Helm keeps in a namespace."""

    def __init__(self, helm: Helm, cluster: Cluster, namespace: str, folder: Path) -> None:
        self.name = f"watch-cluster-{namespace}"
        self._helm = helm
        self._cluster = cluster
        self._namespace = namespace
        self._folder = folder

    def run(self, command: str, *arguments: str) -> str:
        where = ("--namespace", self._namespace)
        return self._helm(command, self.name, *arguments, *where, kubeconfig=self._cluster.admin_kubeconfig)

    def deploy(self, **values: object) -> str:
        """`helm upgrade --install`."""
        file = self._folder / "values.json"
        file.write_text(json.dumps(values))
        return self.run("upgrade", "--install", str(CHART), "--values", str(file))

    def hooks(self) -> str:
        """What Helm runs besides the release, such as at `helm test`."""
        where = ("--namespace", self._namespace)
        return self._helm("get", "hooks", self.name, *where, kubeconfig=self._cluster.admin_kubeconfig)

    def account(self) -> Path:
        """The kubeconfig of the ServiceAccount of the release."""
        kubectl = self._cluster.kubectl
        token = kubectl("-n", self._namespace, "create", "token", self.name).strip()
        document = json.loads(self._cluster.kubeconfig.read_text())
        for user in document["users"]:
            user["user"] = {"token": token}
        path = self._folder / "release.kubeconfig"
        path.write_text(json.dumps(document))
        return path


@pytest.fixture
def release(helm: Helm, cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[Release]:
    made = Release(helm, cluster, namespace, tmp_path)
    yield made
    if made.name in helm("list", "--namespace", namespace, "--short", kubeconfig=cluster.admin_kubeconfig):
        made.run("uninstall")


@pytest.mark.usefixtures("operator")
def test_installed_upgraded_and_removed_without_a_trace(release: Release, cluster: Cluster, namespace: str) -> None:
    first = release.deploy()
    config = f"{release.name[:52].rstrip('-')}-config"
    monitoring = {kind: {"enabled": True} for kind in ("podMonitor", "serviceMonitor", "prometheusRule", "dashboard")}
    second = release.deploy(
        replicaCount=1,
        settings={"CHECK_WORKERS": 16},
        secrets={"WEBHOOK_SECRET": "s3cret"},
        networkPolicy={"enabled": True},
        podDisruptionBudget={"enabled": True},
        **monitoring,
    )
    data = cluster.kubectl.json("-n", namespace, "get", "configmap", config)["data"]

    release.run("rollback", "1")
    back = cluster.kubectl.json("-n", namespace, "get", "configmap", config)["data"]
    release.run("uninstall")

    assert "STATUS: deployed" in first
    assert "REVISION: 2" in second
    assert data["CHECK_WORKERS"] == "16"
    assert "CHECK_WORKERS" not in back
    kinds = "deployment,configmap,secret,role,rolebinding,serviceaccount,networkpolicy,pdb,podmonitor,prometheusrule"
    left = cluster.kubectl.json("-n", namespace, "get", kinds, "-l", f"app.kubernetes.io/instance={release.name}")
    everywhere = cluster.kubectl.json(
        "get", "clusterrole,clusterrolebinding", "-l", f"app.kubernetes.io/instance={release.name}"
    )
    assert (left["items"], everywhere["items"]) == ([], [])


def test_a_changed_variable_restarts_the_controller(release: Release, cluster: Cluster, namespace: str) -> None:
    def template() -> object:
        [found] = cluster.kubectl.json("-n", namespace, "get", "deployment")["items"]
        return found["spec"]["template"]

    release.deploy()
    before = template()
    release.deploy()
    same = template()
    release.deploy(settings={"CHECK_WORKERS": 16})
    assert before == same
    assert template() != before


@pytest.mark.parametrize("selected", [False, True], ids=["everywhere", "selected namespaces"])
def test_the_account_of_the_release_updates_a_workload(
    release: Release,
    team: Team,  # noqa: F811
    namespace: str,
    selected: bool,
) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    release.deploy(**({"namespaces": [namespace]} if selected else {}))
    team.deploy("shop", team.image("1.0.0"))

    process = team.start(KUBECONFIG=str(release.account())).leads()

    team.comes_to_run("shop", team.image("1.0.1"))
    team.ends("shop", "done")
    assert not [line for line in process.lines() if "cannot list" in line["event"]]


def test_helm_test_succeeds_with_the_account_of_the_release(
    release: Release,
    team: Team,  # noqa: F811
) -> None:
    release.deploy()
    [hook] = [each for each in yaml.safe_load_all(release.hooks()) if each is not None]
    [container] = hook["spec"]["containers"]
    team.deploy("shop", "registry.example/shop:1.0.0")

    done = team.run(*container["args"], KUBECONFIG=str(release.account()))

    assert hook["metadata"]["annotations"]["helm.sh/hook"] == "test"
    assert (done.returncode, done.stderr) == (0, "")
    assert "shop" in done.stdout


def test_helm_names_a_variable_that_does_not_exist(release: Release) -> None:
    with pytest.raises(HelmFailed, match="WATCH_NAMESPACE"):
        release.deploy(settings={"WATCH_NAMESPACE": "shop"})
