"""Private repositories of the CNCF's registry: by Basic, by tokens, and over TLS with an authority of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.cluster.cluster import Cluster
from tests.cluster.control_plane import ControlPlane
from tests.cluster.registry.images import push, push_index
from tests.cluster.registry.private_registry import PrivateRegistry, by_htpasswd, by_tokens
from tests.servers.token_server import TokenServer
from watch_cluster.adapters.http.tls import tls_context
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import RegistryRefused, RegistryUnauthorized
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository

ALICE, BOB = Credential("alice", "alices-password"), Credential("bob", "bobs-password")
WRONG = Credential("alice", "no-password-of-hers")
NAME = "registry.private.test"


@pytest.fixture(scope="module")
def plane(cluster: Cluster) -> ControlPlane:
    assert cluster.control_plane is not None
    return cluster.control_plane


@pytest.fixture(scope="module")
def htpasswd(plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateRegistry]:
    folder = tmp_path_factory.mktemp("htpasswd")
    with PrivateRegistry(plane, folder, by_htpasswd(folder)) as running:
        yield running


@pytest.fixture(scope="module")
def tokens() -> Iterator[TokenServer]:
    with TokenServer({each.username: each.password for each in (ALICE, BOB)}) as running:
        yield running


@pytest.fixture(scope="module")
def guarded(
    plane: ControlPlane, tokens: TokenServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrivateRegistry]:
    folder = tmp_path_factory.mktemp("tokens")
    with PrivateRegistry(plane, folder, by_tokens(tokens, folder)) as running:
        yield running


@pytest.fixture(params=["htpasswd", "tokens"])
def private(request: pytest.FixtureRequest, tokens: TokenServer, shop: str) -> PrivateRegistry:
    """Both kinds of registries, one after the other; Alice may read the shop."""
    tokens.readers[shop] = {"alice"}
    running: PrivateRegistry = request.getfixturevalue("htpasswd" if request.param == "htpasswd" else "guarded")
    return running


@pytest.fixture
def registry() -> Iterator[OciImageRegistry]:
    client = OciImageRegistry()
    yield client
    client.close()


@pytest.fixture
def shop(namespace: str) -> str:
    return f"{namespace}/shop"


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param((ALICE,), id="right"),
        pytest.param((WRONG, ALICE), id="right after wrong"),
    ],
)
def test_valid_credentials_see_tags_digests_and_contents(
    cluster: Cluster,
    private: PrivateRegistry,
    registry: OciImageRegistry,
    shop: str,
    credentials: tuple[Credential, ...],
) -> None:
    manifests = [push(cluster.registry, shop, tag) for tag in ("1.0.0", "1.0.1")]
    index = push_index(cluster.registry, shop, "1.1.0", *manifests)
    repository = Repository(private.host, shop)
    assert registry.tags(repository, credentials) == ("1.0.0", "1.0.1", "1.1.0")
    assert registry.digest(repository, "1.1.0", credentials) == index
    assert registry.contents(repository, index, credentials) == set(manifests)


@pytest.mark.parametrize(
    ("credentials", "whom"),
    [
        pytest.param((), "an anonymous request", id="none"),
        pytest.param((WRONG,), "the user 'alice'", id="wrong"),
        pytest.param((Credential("nobody", "x"),), "the user 'nobody'", id="unknown"),
    ],
)
def test_reports_missing_permissions_and_who_refuses(
    cluster: Cluster,
    private: PrivateRegistry,
    registry: OciImageRegistry,
    shop: str,
    credentials: tuple[Credential, ...],
    whom: str,
) -> None:
    push(cluster.registry, shop, "1.0.0")
    repository = Repository(private.host, shop)
    with pytest.raises(RegistryUnauthorized, match=f"^{repository}: .*answered 401 .*{whom}") as caught:
        registry.tags(repository, credentials)
    with pytest.raises(RegistryUnauthorized, match=f"^{repository}:1.0.0: .*answered 401 .*{whom}"):
        registry.digest(repository, "1.0.0", credentials)
    assert "password" not in str(caught.value)


def test_two_tenants_see_only_their_own(
    cluster: Cluster, guarded: PrivateRegistry, tokens: TokenServer, registry: OciImageRegistry, namespace: str
) -> None:
    for name, reader in (("one", "alice"), ("two", "bob")):
        push(cluster.registry, f"{namespace}/{name}", "1.0.0")
        tokens.readers[f"{namespace}/{name}"] = {reader}
    one, two = (Repository(guarded.host, f"{namespace}/{name}") for name in ("one", "two"))
    assert registry.tags(one, (ALICE,)) == registry.tags(two, (BOB,)) == ("1.0.0",)
    for repository, other in ((one, BOB), (two, ALICE)):
        with pytest.raises(RegistryUnauthorized, match=f"the user '{other.username}'"):
            registry.tags(repository, (other,))
    assert registry.tags(one, (BOB, ALICE)) == ("1.0.0",)


def test_a_token_is_requested_once_and_cached(
    cluster: Cluster, guarded: PrivateRegistry, tokens: TokenServer, registry: OciImageRegistry, shop: str
) -> None:
    push(cluster.registry, shop, "1.0.0")
    tokens.readers[shop] = {"alice"}
    before = len(tokens.seen)
    for _ in range(3):
        registry.tags(Repository(guarded.host, shop), (ALICE,))
    assert len(tokens.seen) == before + 1


def test_a_registry_with_a_certificate_of_ones_own_authority_is_read_with_that_authority_alone(
    cluster: Cluster, plane: ControlPlane, shop: str, tmp_path: Path
) -> None:
    push(cluster.registry, shop, "1.0.0")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with PrivateRegistry(plane, tmp_path, by_htpasswd(tmp_path), authority.issue_cert(NAME)) as private:
        repository = Repository(f"{NAME}:{private.port}", shop)
        trusting, other = (
            OciImageRegistry(tls=tls_context(file), resolve=lambda _host, _port: ("127.0.0.1",))
            for file in (tmp_path / "ca.pem", None)
        )
        assert trusting.tags(repository, (ALICE,)) == ("1.0.0",)
        with pytest.raises(RegistryRefused, match=f"the certificate of {NAME}:{private.port} is not trusted"):
            other.tags(repository, (ALICE,))
        trusting.close()
        other.close()
