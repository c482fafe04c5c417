"""Registries behind a proxy: a real one, which resolves every name to this machine."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import trustme

from tests.servers.proxy import ProxyServer
from tests.servers.registry import RegistryServer, Reply, challenge_reply, json_reply, tags_reply
from tests.unit.adapters.oci.conftest import ALICE, Connect, StandingClock
from watch_cluster.adapters.http.proxies import Proxies, Proxy
from watch_cluster.adapters.oci.http.routing.network import Unresolved
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import RegistryError, RegistryRefused, RegistryUnavailable
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository

NAME = "registry.behind.test"
LOGIN = Credential("me", "proxy-pässword")


def nobody(host: str, port: int) -> tuple[str, ...]:
    """Resolve the proxy alone."""
    if host == "127.0.0.1":
        return ("127.0.0.1",)
    raise Unresolved(f"nobody here knows {host}, port {port}")


@pytest.fixture
def tls_server(authority: trustme.CA) -> Iterator[RegistryServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(context)
    with RegistryServer(tls=context) as running:
        yield running


@pytest.fixture
def proxy() -> Iterator[ProxyServer]:
    with ProxyServer() as running:
        yield running


def answering(listener: socket.socket, answer: bytes) -> threading.Thread:
    """Give each of the four questions that are asked the same bytes."""

    def serve() -> None:
        for _ in range(4):
            connection, _address = listener.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


def proxies(proxy: ProxyServer, *exempt: str, login: Credential | None = None) -> Proxies:
    at = Proxy("127.0.0.1", proxy.port, login)
    return Proxies(at, at, exempt)


def tls_app(server: RegistryServer) -> Repository:
    return Repository(f"{NAME}:{server.port}", "app")


def plain(server: RegistryServer) -> frozenset[str]:
    return frozenset({f"{NAME}:{server.port}"})


def test_over_tls_the_proxy_only_tunnels(
    connect: Connect, tls_server: RegistryServer, proxy: ProxyServer, trusting: ssl.SSLContext
) -> None:
    tls_server.on_tags(tags_reply(["1"]))
    app = tls_app(tls_server)
    registry = connect(resolve=nobody, tls=trusting, proxies=proxies(proxy))
    assert registry.tags(app) == registry.tags(app) == ("1",)
    assert proxy.targets == [("CONNECT", app.registry)]
    assert len(tls_server.requests_for("/v2/app/tags/list")) == 2


def test_without_tls_the_proxy_gets_the_whole_url(connect: Connect, server: RegistryServer, proxy: ProxyServer) -> None:
    server.on_tags(tags_reply(["1"]))
    app = Repository(f"{NAME}:{server.port}", "app")
    registry = connect(resolve=nobody, plain_http_hosts=plain(server), proxies=proxies(proxy))
    assert registry.tags(app) == ("1",)
    assert proxy.targets == [("GET", f"http://{app.registry}/v2/app/tags/list?n=1000")]
    assert server.seen[0].headers["host"] == app.registry


@pytest.mark.parametrize("over_tls", [True, False])
def test_a_proxy_learns_its_own_login_and_the_registry_does_not(
    connect: Connect,
    tls_server: RegistryServer,
    server: RegistryServer,
    proxy: ProxyServer,
    trusting: ssl.SSLContext,
    over_tls: bool,
) -> None:
    asked = tls_server if over_tls else server
    asked.on_tags(tags_reply(["1"]))
    hosts = frozenset() if over_tls else plain(server)
    registry = connect(resolve=nobody, tls=trusting, plain_http_hosts=hosts, proxies=proxies(proxy, login=LOGIN))
    registry.tags(tls_app(asked))
    sent = base64.b64encode("me:proxy-pässword".encode()).decode()
    assert [seen.headers["proxy-authorization"] for seen in proxy.seen] == [f"Basic {sent}"]
    assert "proxy-authorization" not in asked.seen[0].headers


def test_a_password_for_the_registry_is_not_seen_by_a_proxy_over_tls(
    connect: Connect, tls_server: RegistryServer, proxy: ProxyServer, trusting: ssl.SSLContext
) -> None:
    tls_server.on_tags(lambda seen: tags_reply(["1"]) if seen.authorization else challenge_reply("Basic realm=x"))
    registry = connect(resolve=nobody, tls=trusting, proxies=proxies(proxy))
    assert registry.tags(tls_app(tls_server), (ALICE,)) == ("1",)
    assert all("authorization" not in seen.headers for seen in proxy.seen)


def test_hosts_in_no_proxy_are_reached_directly(connect: Connect, server: RegistryServer, proxy: ProxyServer) -> None:
    server.on_tags(tags_reply(["1"]))
    host = f"r.loopback.test:{server.port}"
    registry = connect(plain_http_hosts=frozenset({host}), proxies=proxies(proxy, ".loopback.test"))
    assert registry.tags(Repository(host, "app")) == ("1",)
    assert registry.tags(Repository(server.host, "app")) == ("1",)
    assert proxy.seen == []


def test_the_token_server_is_reached_through_the_proxy_too(
    connect: Connect, tls_server: RegistryServer, proxy: ProxyServer, trusting: ssl.SSLContext
) -> None:
    realm = f"https://{NAME}:{tls_server.port}/token"
    tls_server.on("/token", json_reply({"token": "t"}))
    tls_server.on_tags(
        lambda seen: tags_reply(["1"]) if seen.authorization else challenge_reply(f'Bearer realm="{realm}"')
    )
    registry = connect(resolve=nobody, tls=trusting, proxies=proxies(proxy))
    assert registry.tags(tls_app(tls_server)) == ("1",)
    assert set(proxy.targets) == {("CONNECT", f"{NAME}:{tls_server.port}")}


@pytest.mark.parametrize(
    ("target", "address"),
    [
        pytest.param("https://10.1.2.3/x", "10.1.2.3", id="a private address"),
        pytest.param("https://169.254.169.254/x", "169.254.169.254", id="metadata"),
        pytest.param("https://[fd00::1]/x", "fd00::1", id="a private address of IPv6"),
        pytest.param("https://10.1/x", "10.0.0.1", id="an address in short"),
        pytest.param("https://0xa010203/x", "10.1.2.3", id="an address as a number"),
        pytest.param("https://a.localhost./x", "127.0.0.1", id="a name for this machine"),
        pytest.param("https://169.254.169.254./x", "169.254.169.254", id="an address with a last dot"),
    ],
)
def test_no_proxy_is_used_for_internal_addresses_that_a_registry_redirects_to(
    connect: Connect,
    tls_server: RegistryServer,
    proxy: ProxyServer,
    trusting: ssl.SSLContext,
    target: str,
    address: str,
) -> None:
    tls_server.on_tags(Reply(307, headers=(("Location", target),)))
    registry = connect(resolve=nobody, tls=trusting, proxies=proxies(proxy))
    with pytest.raises(RegistryRefused, match=f"has the address {address}, which is not public"):
        registry.tags(tls_app(tls_server))
    assert proxy.targets == [("CONNECT", f"{NAME}:{tls_server.port}")]


def test_a_name_that_a_registry_sends_us_to_is_the_proxys_to_resolve(
    connect: Connect, tls_server: RegistryServer, proxy: ProxyServer, trusting: ssl.SSLContext
) -> None:
    other = f"blobs.behind.test:{tls_server.port}"
    tls_server.on_tags(Reply(307, headers=(("Location", f"https://{other}/x"),)))
    registry = connect(resolve=nobody, tls=trusting, proxies=proxies(proxy))
    with pytest.raises(RegistryRefused, match=f"the certificate of {other} is not trusted"):
        registry.tags(tls_app(tls_server))
    assert proxy.targets[-1] == ("CONNECT", other)


_LOGIN_ADVICE = "check the user name and password in HTTPS_PROXY and HTTP_PROXY"


@pytest.mark.parametrize(
    ("over_tls", "status", "kind", "advice"),
    [
        pytest.param(True, 407, RegistryRefused, _LOGIN_ADVICE, id="it wants a login"),
        pytest.param(False, 407, RegistryRefused, _LOGIN_ADVICE, id="it wants a login, without TLS"),
        pytest.param(True, 403, RegistryRefused, "have it allowed there, or name the host in NO_PROXY", id="forbidden"),
        pytest.param(True, 503, RegistryUnavailable, "check that it can reach the host, or name", id="unreachable"),
    ],
)
def test_a_refusal_by_a_proxy_names_the_proxy(
    connect: Connect,
    server: RegistryServer,
    proxy: ProxyServer,
    over_tls: bool,
    status: int,
    kind: type[RegistryError],
    advice: str,
) -> None:
    proxy.refusal = status
    hosts = frozenset() if over_tls else plain(server)
    registry = connect(resolve=nobody, plain_http_hosts=hosts, proxies=proxies(proxy, login=LOGIN))
    with pytest.raises(kind, match=rf"the proxy {proxy.host} cannot connect to {NAME}:\d+ .*{status}") as caught:
        registry.tags(tls_app(server))
    message = str(caught.value)
    assert advice in message
    assert "proxy-p" not in message
    assert message.splitlines() == [message]


@pytest.mark.parametrize("over_tls", [True, False])
def test_a_proxy_that_is_away_is_named(connect: Connect, server: RegistryServer, over_tls: bool) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        at = Proxy("127.0.0.1", unused.getsockname()[1])
        hosts = frozenset() if over_tls else plain(server)
        registry = connect(resolve=nobody, plain_http_hosts=hosts, proxies=Proxies(at, at))
        with pytest.raises(RegistryUnavailable, match=f": the proxy {at} refused the connection: check that it runs"):
            registry.tags(tls_app(server))


def test_a_proxy_without_an_address_is_named(connect: Connect, server: RegistryServer) -> None:
    registry = connect(resolve=nobody, proxies=Proxies(Proxy("proxy.test", 3128)))
    with pytest.raises(RegistryUnavailable, match=r"the host name of the proxy proxy\.test:3128 cannot be resolved"):
        registry.tags(tls_app(server))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\nand more", id="more than an answer"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, id="an endless head"),
    ],
)
def test_what_is_no_proxy_is_left(connect: Connect, server: RegistryServer, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        registry = connect(resolve=nobody, proxies=Proxies(Proxy("127.0.0.1", listener.getsockname()[1])))
        thread = answering(listener, answer)
        with pytest.raises(RegistryUnavailable, match=f"{NAME}.*, asked through the proxy .* closed the connection"):
            registry.tags(tls_app(server))
        thread.join()


def test_a_proxy_that_hangs_ends_with_the_deadline(connect: Connect, server: RegistryServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        at = Proxy("127.0.0.1", listener.getsockname()[1])
        registry = connect(resolve=nobody, timing=Timing(), deadline_seconds=0.2, proxies=Proxies(at))
        with pytest.raises(RegistryUnavailable, match=rf"asked through the proxy {at}, did not answer in full within"):
            registry.tags(tls_app(server))


def test_a_certificate_that_is_not_trusted_leaves_nothing_behind(
    connect: Connect, tls_server: RegistryServer, proxy: ProxyServer, clock: StandingClock
) -> None:
    registry: OciImageRegistry = connect(resolve=nobody, proxies=proxies(proxy))
    for _ in range(3):
        with pytest.raises(RegistryRefused, match="the certificate of"):
            registry.tags(tls_app(tls_server))
    tunnels = registry._client._routes._tunnels
    assert tunnels is not None
    assert tunnels.connections == []
    assert clock.waits == []
