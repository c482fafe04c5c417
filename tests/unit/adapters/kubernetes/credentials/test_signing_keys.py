"""Public keys in Secrets of the own namespace."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace

import pytest
from kubernetes import client

from tests.servers.kubernetes_api import FakeKubernetesApi, Reply
from tests.signatures.keys import public_key
from tests.unit.domain.workloads import a_workload
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.credentials.signing_keys import MAX_KEY_BYTES, KubernetesSigningKeys
from watch_cluster.adapters.signatures.no_keys import NoSigningKeys
from watch_cluster.application.ports.orchestrator.signing_keys import KeyUnavailable
from watch_cluster.domain.policy.values.verification import SecretKeyRef
from watch_cluster.domain.workload.workload import WorkloadKey

PATH = "/api/v1/namespaces/team/secrets/cosign"
REFERENCE = SecretKeyRef("cosign", "cosign.pub")
WORKLOAD = replace(a_workload("shop:1.0"), key=WorkloadKey("team", "Deployment", "shop"))


@pytest.fixture
def server() -> Iterator[FakeKubernetesApi]:
    with FakeKubernetesApi() as server:
        yield server


@pytest.fixture
def api(server: FakeKubernetesApi) -> Iterator[KubernetesApi]:
    api = KubernetesApi(client.ApiClient(client.Configuration(host=server.url)))
    yield api
    api.close()


def secret(content: bytes, key: str = "cosign.pub") -> Reply:
    return Reply.of({"type": "Opaque", "data": {key: base64.b64encode(content).decode(), "other": "%%%"}})


def test_reads_the_key_that_is_named(server: FakeKubernetesApi, api: KubernetesApi) -> None:
    pem = public_key("team").pem
    server.objects[PATH] = secret(pem)
    key = KubernetesSigningKeys(api).read(WORKLOAD, REFERENCE)
    assert key.pem == pem
    assert key.name == "cosign/cosign.pub of namespace team"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(Reply.refusal(404, "NotFound", "no such secret"), "cannot be read", id="absent"),
        pytest.param(Reply.refusal(403, "Forbidden", "not allowed"), "cannot be read", id="forbidden"),
        pytest.param(secret(b"hunter2", "other.pub"), "has no key cosign.pub", id="another key"),
        pytest.param(Reply.of({"data": None}), "has no key cosign.pub", id="empty"),
        pytest.param(
            Reply.of({"data": {"cosign.pub": "%%%"}}), "is not a Secret as Kubernetes has them", id="no base64"
        ),
        pytest.param(Reply.of([]), "is not a Secret", id="no object"),
        pytest.param(secret(b"h" * (MAX_KEY_BYTES + 1)), f"has more than {MAX_KEY_BYTES} bytes", id="too large"),
    ],
)
def test_an_unreadable_key_is_reported_without_its_content(
    server: FakeKubernetesApi, api: KubernetesApi, reply: Reply, words: str
) -> None:
    server.objects[PATH] = reply
    with pytest.raises(KeyUnavailable) as caught:
        KubernetesSigningKeys(api).read(WORKLOAD, REFERENCE)
    assert words in str(caught.value)
    assert "the Secret cosign in namespace team" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_other_orchestrators_have_none() -> None:
    with pytest.raises(KeyUnavailable, match="use VERIFY_POLICIES instead"):
        NoSigningKeys().read(WORKLOAD, REFERENCE)
