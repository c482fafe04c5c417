"""Which hosts of private networks are asked, and who is told what they answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpcore
import pytest
import structlog.testing

from tests.servers.registry import RegistryServer, Reply, error_reply, tags_reply
from tests.unit.adapters.oci.conftest import ALICE, Connect
from watch_cluster.adapters.oci.http.routing.addresses import parse_address
from watch_cluster.adapters.oci.http.routing.reach import (
    DEFAULT_INTERNAL_HOSTS,
    InternalHosts,
    InvalidInternalHosts,
    Role,
)
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import (
    RegistryRefused,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.domain.images.reference import Repository

OWN, LED, INSIDE = Role.REGISTRY, Role.REFERRED, Role.REFERRED_BY_PRIVATE


@pytest.mark.parametrize(
    ("entries", "host", "address", "permitted"),
    [
        pytest.param("private,loopback", "r.test", "8.8.8.8", {OWN, LED, INSIDE}, id="the internet"),
        pytest.param("none", "r.test", "8.8.8.8", {OWN, LED, INSIDE}, id="the internet, and nothing else"),
        pytest.param("private,loopback", "r.test", "10.0.0.1", {OWN, INSIDE}, id="a private network by default"),
        pytest.param("private,loopback", "r.test", "fd00::1", {OWN, INSIDE}, id="a private network of IPv6"),
        pytest.param("private,loopback", "r.test", "127.0.0.1", {OWN}, id="loopback by default"),
        pytest.param("private,loopback", "r.test", "169.254.169.254", set(), id="metadata"),
        pytest.param("private,loopback", "r.test", "100.100.100.200", set(), id="metadata in a private block"),
        pytest.param("private,loopback", "r.test", "fd00:ec2::254", set(), id="metadata of IPv6"),
        pytest.param("private,loopback", "r.test", "168.63.129.16", set(), id="Azure's wire server"),
        pytest.param("none", "r.test", "10.0.0.1", set(), id="none"),
        pytest.param("r.test", "R.test.", "10.0.0.1", {OWN, LED, INSIDE}, id="a name"),
        pytest.param("r.test", "s.test", "10.0.0.1", set(), id="another name"),
        pytest.param("r.test:5000", "r.test", "10.0.0.1", {OWN, LED, INSIDE}, id="a name with the port"),
        pytest.param("r.test:5001", "r.test", "10.0.0.1", set(), id="a name with another port"),
        pytest.param(".test", "a.r.test", "10.0.0.1", {OWN, LED, INSIDE}, id="a domain"),
        pytest.param("*.test", "r.test", "10.0.0.1", {OWN, LED, INSIDE}, id="a domain with a star"),
        pytest.param(".r.test", "r.test", "10.0.0.1", set(), id="a domain is not itself"),
        pytest.param(".test", "rtest", "10.0.0.1", set(), id="a domain that looks alike"),
        pytest.param("10.0.0.0/8", "r.test", "10.0.0.1", {OWN, INSIDE}, id="a block"),
        pytest.param("10.0.0.1", "r.test", "10.0.0.1", {OWN, INSIDE}, id="an address"),
        pytest.param("10.0.0.0/24", "r.test", "10.0.1.1", set(), id="another block"),
        pytest.param("fd00::/8", "r.test", "10.0.0.1", set(), id="a block of IPv6"),
        pytest.param("[fd00::1]:5000", "[fd00::1]", "fd00::1", {OWN, LED, INSIDE}, id="an address with the port"),
        pytest.param("169.254.169.254", "r.test", "169.254.169.254", {OWN, INSIDE}, id="metadata that is named"),
    ],
)
def test_hosts_are_permitted_by_the_entries(entries: str, host: str, address: str, permitted: set[Role]) -> None:
    internal = InternalHosts.parse(entries.split(","))
    found = {role for role in Role if internal.permits(host, 5000, parse_address(address), role)}
    assert found == permitted


@pytest.mark.parametrize("entry", ["", "http://r.test", "r.test/app", "10.0.0.1/8", "a b", "r.test:x", "-", "[::1"])
def test_reports_a_url_without_a_host(entry: str) -> None:
    with pytest.raises(InvalidInternalHosts, match="is not a host: write "):
        InternalHosts.parse((entry,))


Resolve = Callable[[str, int], tuple[str, ...]]


def private_names(host: str, port: int) -> tuple[str, ...]:
    """Resolve names to private addresses, `metadata` to that of the metadata service."""
    special = {"metadata.corp.test": "169.254.169.254", "localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1"}
    return (special.get(host, "10.1.2.3"),) if port else ()


@pytest.fixture
def private_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every address of 10/8 be this machine."""
    real = httpcore.SyncBackend.connect_tcp

    def connect(self: httpcore.SyncBackend, host: str, *arguments: Any, **named: Any) -> httpcore.NetworkStream:
        assert host.startswith(("10.", "127.")), f"nothing else may be connected to: {host}"
        return real(self, "127.0.0.1", *arguments, **named)

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)


def plain(connect: Connect, internal: InternalHosts = DEFAULT_INTERNAL_HOSTS) -> OciImageRegistry:
    """A client that speaks plain HTTP everywhere, for which nothing is named by that."""
    registry = connect(resolve=private_names, internal_hosts=internal)
    real = registry._url
    registry._url = lambda repository: real(repository).copy_with(scheme="http")  # type: ignore[method-assign]
    return registry


@pytest.mark.usefixtures("private_network")
def test_queries_a_registry_on_a_private_network_and_its_token_server(
    connect: Connect, server: RegistryServer, other_server: RegistryServer
) -> None:
    realm = f'Bearer realm="http://auth.corp.test:{other_server.port}/token"'
    server.on_tags(
        lambda seen: (
            tags_reply(["1"]) if seen.authorization else error_reply(401, "UNAUTHORIZED", ("WWW-Authenticate", realm))
        )
    )
    other_server.on("/token", Reply(200, b'{"token": "t0"}'))
    app = Repository(f"registry.corp.test:{server.port}", "app")
    assert plain(connect).tags(app, (ALICE,)) == ("1",)
    with pytest.raises(RegistryRefused, match=r"registry.corp.test:\d+ has an address that is not public: if it is a"):
        plain(connect, InternalHosts()).tags(app)


@pytest.mark.usefixtures("private_network")
@pytest.mark.parametrize("target", ["http://metadata.corp.test/x", "http://localhost/x", "http://127.0.0.1/x"])
def test_a_registry_on_a_private_network_cannot_redirect_to_metadata_or_loopback(
    connect: Connect, server: RegistryServer, target: str
) -> None:
    server.on_tags(Reply(307, headers=(("Location", target),)))
    registry = plain(connect, InternalHosts.parse(("10.0.0.0/8", "loopback")))
    with pytest.raises(RegistryRefused, match="which is not public, and is not the registry's own host"):
        registry.tags(Repository(f"registry.corp.test:{server.port}", "app"))


@pytest.mark.usefixtures("private_network")
@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(None, id="nobody listens"),
        pytest.param(Reply(404, b"<html>"), id="a web site"),
        pytest.param(Reply(200, b"<html>"), id="a login page"),
        pytest.param(Reply(500), id="an error"),
        pytest.param(Reply(cut=True), id="another protocol"),
        pytest.param(Reply(401, headers=(("WWW-Authenticate", "Basic"),)), id="another login"),
    ],
)
def test_responses_of_a_private_host_appear_only_in_the_log(
    connect: Connect, server: RegistryServer, reply: Reply | None
) -> None:
    if reply is not None:
        server.on_tags(reply)
    app = Repository(f"host.corp.test:{server.port if reply is not None else 1}", "app")
    with structlog.testing.capture_logs() as logged, pytest.raises(RegistryUnavailable) as caught:
        plain(connect).tags(app)
    assert str(caught.value) == (
        f"{app}: no answer of a registry came from there, and the log of Watch-Cluster says why: name the host in"
        " REGISTRY_INTERNAL_HOSTS to be told here"
    )
    assert [line["event"] for line in logged] == ["an internal host did not answer as a registry"]
    assert str(app) in logged[0]["error"]


@pytest.mark.usefixtures("private_network")
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(error_reply(404, "NAME_UNKNOWN"), RepositoryNotFound, id="404"),
        pytest.param(error_reply(401, "UNAUTHORIZED"), RegistryUnauthorized, id="401"),
    ],
)
def test_responses_of_a_registry_on_a_private_network_are_reported(
    connect: Connect, server: RegistryServer, reply: Reply, kind: type[Exception]
) -> None:
    server.on_tags(reply)
    with pytest.raises(kind, match=f"answered {reply.status}"):
        plain(connect).tags(Repository(f"registry.corp.test:{server.port}", "app"))


@pytest.mark.usefixtures("private_network")
@pytest.mark.parametrize("entry", ["host.corp.test", "10.0.0.0/8"])
def test_responses_of_a_named_host_are_reported(connect: Connect, server: RegistryServer, entry: str) -> None:
    server.on_tags(Reply(200, b"<html>"))
    with pytest.raises(RegistryRefused, match="not the registry protocol's JSON"):
        plain(connect, InternalHosts.parse((entry,))).tags(Repository(f"host.corp.test:{server.port}", "app"))
