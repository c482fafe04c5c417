"""Pull secrets on a real API server, read with the rights of `k8s/rbac.yaml`, and without them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from tests.cluster.cluster import Cluster, deployment
from tests.cluster.processes import wait_until
from tests.fakes.timing import FakeClock
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.credentials.pull_credentials import KubernetesPullCredentials
from watch_cluster.adapters.kubernetes.orchestrator import kubernetes_orchestrator
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.workload.workload import Workload

ROBOT = Credential("robot", "hunter2")
REPOSITORY = ImageReference.parse("registry.example/shop").repository
ROLE = "watch-cluster-secrets"
ACCOUNT = "system:serviceaccount:watch-cluster:watch-cluster"


class World:
    """A namespace, seen through the adapter as Watch-Cluster's ServiceAccount."""

    def __init__(self, cluster: Cluster, namespace: str, api: KubernetesApi) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self._api = api

    def kubectl(self, *arguments: str) -> str:
        return self.cluster.kubectl("-n", self.namespace, *arguments)

    def secret(self, name: str, server: str = "registry.example") -> None:
        """Make a pull secret as the documentation of Kubernetes says."""
        login = ("--docker-username=robot", "--docker-password=hunter2")
        self.kubectl("create", "secret", "docker-registry", name, f"--docker-server={server}", *login)

    def deploy(self, **pod: object) -> Workload:
        """Apply a watched Deployment, and give it as the orchestrator shows it."""
        document = deployment("shop", "registry.example/shop:1.0.0")
        document["metadata"] |= {"namespace": self.namespace, "annotations": {"watch-cluster.io/enabled": "true"}}
        document["spec"]["template"]["spec"] |= pod
        self.cluster.kubectl.apply(document)
        orchestrator = kubernetes_orchestrator(self._api, (self.namespace,))
        orchestrator.reader.load()
        [workload] = orchestrator.reader.workloads()
        return workload

    def candidates(self, workload: Workload) -> tuple[Credential, ...]:
        """Ask with nothing remembered."""
        return KubernetesPullCredentials(self._api, FakeClock()).candidates(workload, REPOSITORY)


@pytest.fixture
def world(cluster: Cluster, namespace: str) -> Iterator[World]:
    api = KubernetesApi.connect(str(cluster.kubeconfig))
    yield World(cluster, namespace, api)
    api.close()


@pytest.fixture
def without_the_right(cluster: Cluster) -> Iterator[None]:
    """Take away the binding, and wait until that counts."""
    binding = cluster.kubectl.json("get", "clusterrolebinding", ROLE)
    kept = {"apiVersion": binding["apiVersion"], "kind": binding["kind"], "metadata": {"name": ROLE}}
    cluster.kubectl("delete", "clusterrolebinding", ROLE)
    wait_until(lambda: not may_read(cluster, "default"), "the right is gone")
    yield
    cluster.kubectl.apply({**kept, "roleRef": binding["roleRef"], "subjects": binding["subjects"]})
    wait_until(lambda: may_read(cluster, "default"), "the right is back")


def may_read(cluster: Cluster, namespace: str) -> bool:
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": ACCOUNT,
            "groups": ["system:serviceaccounts", "system:serviceaccounts:watch-cluster", "system:authenticated"],
            "resourceAttributes": {"verb": "get", "resource": "secrets", "namespace": namespace},
        },
    }
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    answer = cluster.proxy.client.post(path, json=review).raise_for_status().json()
    return bool(answer["status"]["allowed"])


def test_the_secrets_of_the_pod_template_are_read(world: World) -> None:
    world.secret("regcred")
    workload = world.deploy(imagePullSecrets=[{"name": "absent"}, {"name": "regcred"}])
    assert world.candidates(workload) == (ROBOT,)


@pytest.mark.parametrize("account", ["default", "builder"])
def test_the_secrets_of_the_service_account_are_read_when_the_template_has_none(world: World, account: str) -> None:
    world.secret("regcred", "https://registry.example/v2/")
    if account == "default":
        found = f"/api/v1/namespaces/{world.namespace}/serviceaccounts"
        wait_until(lambda: bool(world.cluster.read(found)["items"]), "the namespace has its default account")
    else:
        world.kubectl("create", "serviceaccount", account)
    world.kubectl("patch", "serviceaccount", account, "-p", json.dumps({"imagePullSecrets": [{"name": "regcred"}]}))
    workload = world.deploy(**({} if account == "default" else {"serviceAccountName": account}))
    assert workload.service_account == account
    assert world.candidates(workload) == (ROBOT,)


def test_a_secret_of_the_older_type_is_read(world: World) -> None:
    auth = base64.b64encode(b"robot:hunter2").decode()
    content = json.dumps({"registry.example": {"auth": auth}})
    metadata = {"name": "old", "namespace": world.namespace}
    document = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "kubernetes.io/dockercfg"}
    world.cluster.kubectl.apply({**document, "stringData": {".dockercfg": content}})
    assert world.candidates(world.deploy(imagePullSecrets=[{"name": "old"}])) == (ROBOT,)


def test_another_secret_and_a_broken_one_are_passed_over(world: World) -> None:
    world.kubectl("create", "secret", "generic", "opaque", "--from-literal=.dockerconfigjson=hunter2")
    content = json.dumps({"auths": {"registry.example": {"auth": "hunter2!"}}})
    kind = "--type=kubernetes.io/dockerconfigjson"
    world.kubectl("create", "secret", "generic", "broken", kind, f"--from-literal=.dockerconfigjson={content}")
    workload = world.deploy(imagePullSecrets=[{"name": "opaque"}, {"name": "broken"}])
    with capture_logs() as logs:
        assert world.candidates(workload) == ()
    [entry] = logs
    assert f"the pull secret broken in namespace {world.namespace} is passed over" in entry["event"]
    assert "hunter2" not in str(entry)


def test_no_name_that_a_tenant_may_write_leads_into_another_namespace(world: World) -> None:
    world.secret("regcred")
    workload = world.deploy(imagePullSecrets=[{"name": f"../../{world.namespace}/secrets/regcred"}])
    assert workload.pull_secrets == (f"../../{world.namespace}/secrets/regcred",)
    assert world.candidates(workload) == ()


@pytest.mark.usefixtures("without_the_right")
@pytest.mark.parametrize(
    ("pod", "kind"),
    [
        pytest.param({"imagePullSecrets": [{"name": "regcred"}]}, "Secrets", id="secrets of the template"),
        pytest.param({}, "ServiceAccounts", id="secrets of the account"),
    ],
)
def test_without_the_permission_it_is_anonymous_and_logged(world: World, pod: dict[str, object], kind: str) -> None:
    world.secret("regcred")
    workload = world.deploy(**pod)
    with capture_logs() as logs:
        assert world.candidates(workload) == ()
    [entry] = logs
    assert entry["event"].startswith(f"no permission to read {kind} in namespace {world.namespace}: ")


@pytest.mark.usefixtures("without_the_right")
def test_the_permission_can_be_granted_in_one_namespace_as_documented(world: World) -> None:
    world.secret("regcred")
    workload = world.deploy(imagePullSecrets=[{"name": "regcred"}])
    account = "--serviceaccount=watch-cluster:watch-cluster"
    world.kubectl("create", "rolebinding", ROLE, f"--clusterrole={ROLE}", account)
    wait_until(lambda: may_read(world.cluster, world.namespace), "the right is there")
    assert world.candidates(workload) == (ROBOT,)
