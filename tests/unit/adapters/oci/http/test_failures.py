from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import trustme

from tests.servers.registry import RegistryServer, Reply, error_reply, scripted, tags_reply
from tests.unit.adapters.oci.conftest import ALICE, Connect, StandingClock, resolve_for_tests
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryRefused,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.domain.images.reference import Repository

REGISTRY = "r.loopback.test"


@pytest.fixture
def serve_tls(authority: trustme.CA) -> Callable[[], RegistryServer]:
    """Serve REGISTRY with a certificate of that authority, which nobody trusts by default."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(REGISTRY).configure_cert(context)
    return lambda: RegistryServer(tls=context)


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """Trust that authority and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


@pytest.mark.parametrize(
    ("reply", "kind", "complaint"),
    [
        pytest.param(
            error_reply(401, "UNAUTHORIZED"),
            RegistryUnauthorized,
            r"answered 401 \(UNAUTHORIZED\) to an anonymous request: the repository is private or absent; check the"
            " image's name and pull credentials",
            id="401",
        ),
        pytest.param(
            error_reply(403, "DENIED"),
            RegistryUnauthorized,
            r"answered 403 \(DENIED\) to an anonymous request: give the pull credentials the right to read the",
            id="403",
        ),
        pytest.param(
            error_reply(404, "NAME_UNKNOWN"),
            RepositoryNotFound,
            r"answered 404 \(NAME_UNKNOWN\) to an anonymous request: there is no such repository",
            id="404",
        ),
        pytest.param(
            Reply(404, b"<html>"),
            RepositoryNotFound,
            "answered 404 but not as the registry protocol requires: check the image's name, and that its host is a",
            id="404 of a web site",
        ),
        pytest.param(
            Reply(404, b"x" * 1_000_000), RepositoryNotFound, "answered 404 but not", id="404 with a large page"
        ),
        pytest.param(
            error_reply(429, "TOOMANYREQUESTS"),
            RegistryUnavailable,
            "answered 429, too many requests; no further request is sent before 2026-11-23 03:01:03 UTC: check less"
            " often",
            id="429",
        ),
        pytest.param(error_reply(500, "X"), RegistryUnavailable, r"answered 500 \(server error\)", id="500"),
        pytest.param(Reply(503), RegistryUnavailable, r"answered 503 \(server error\)", id="503"),
        pytest.param(Reply(418), RegistryRefused, "answered 418, which is not part of the registry", id="418"),
        pytest.param(Reply(304), RegistryRefused, "answered 304, which", id="a redirect to nowhere"),
        pytest.param(error_reply(418, "forged\nline"), RegistryRefused, "answered 418, which", id="a forged code"),
        pytest.param(Reply(cut=True), RegistryUnavailable, "closed the connection", id="cut off"),
    ],
)
def test_each_situation_has_its_own_words(
    registry: OciImageRegistry,
    server: RegistryServer,
    app: Repository,
    reply: Reply,
    kind: type[RegistryError],
    complaint: str,
) -> None:
    server.on_tags(reply)
    with pytest.raises(kind, match=complaint) as caught:
        registry.tags(app)
    message = str(caught.value)
    assert message.startswith(f"{server.host}/app: {server.host} ")
    assert message.splitlines() == [message]


def test_reports_a_refused_connection(registry: OciImageRegistry) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(RegistryUnavailable, match=rf"{host}/app: {host} refused the connection: check that"):
            registry.tags(Repository(host, "app"))


def test_reports_a_host_name_that_does_not_resolve(registry: OciImageRegistry) -> None:
    with pytest.raises(RegistryUnavailable, match=r"the host name of typo.test cannot be resolved .*cluster's DNS"):
        registry.tags(Repository("typo.test", "app"))


@pytest.mark.parametrize("host", ["999.1.1.1", "1.2.3.256:5000"])
def test_a_host_that_cannot_be_one_is_refused(registry: OciImageRegistry, host: str) -> None:
    with pytest.raises(RegistryRefused, match="the registry is not a host name or address"):
        registry.tags(Repository(host, "app"))


@pytest.mark.parametrize("host", ["xn--zz--zz.test", "XN--A.test"])
def test_a_host_with_a_broken_international_name_is_only_unresolved(registry: OciImageRegistry, host: str) -> None:
    with pytest.raises(RegistryUnavailable, match="cannot be resolved"):
        registry.tags(Repository(host, "app"))


def test_docker_hub_is_queried_at_its_api_host(connect: Connect) -> None:
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> tuple[str, ...]:
        looked_up.append(f"{host}:{port}")
        return resolve_for_tests(host, port)

    with pytest.raises(RegistryUnavailable, match=r"^docker.io/library/nginx: the host name of registry-1.docker.io "):
        connect(resolve=resolve).tags(Repository("docker.io", "library/nginx"))
    assert set(looked_up) == {"registry-1.docker.io:443"}


@pytest.mark.parametrize(
    "reply", [pytest.param(Reply(drip=True), id="its body"), pytest.param(Reply(drip_head=True), id="its head")]
)
def test_a_registry_that_drips_is_cut_off(
    connect: Connect, server: RegistryServer, app: Repository, reply: Reply
) -> None:
    server.on_tags(reply)
    registry = connect(timing=Timing(), deadline_seconds=0.2)
    with pytest.raises(RegistryUnavailable, match=r"did not answer in full within 0.2 s"):
        registry.tags(app)
    assert len(server.seen) == 1


def test_a_registry_that_does_not_respond_keeps_nobody_waiting_in_turn(
    connect: Connect, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(Reply(drip_head=True))
    registry = connect(timing=Timing(), deadline_seconds=2)
    with ThreadPoolExecutor(12) as pool:
        errors = [each.exception() for each in [pool.submit(registry.tags, app) for _ in range(12)]]
    assert all("did not answer in full within 2 s" in str(error) for error in errors)
    assert len(server.seen) == 4


def test_an_error_page_that_never_ends_is_not_waited_for(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(Reply(404, b"x" * 70_000, drip=True))
    with pytest.raises(RepositoryNotFound):
        registry.tags(app)


@pytest.mark.parametrize(
    "problem",
    [
        pytest.param(Reply(cut=True), id="a cut connection"),
        pytest.param(Reply(408), id="408"),
        pytest.param(Reply(429), id="429"),
        pytest.param(Reply(502), id="502"),
    ],
)
def test_a_transient_failure_is_not_reported(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, clock: StandingClock, problem: Reply
) -> None:
    server.on_tags(scripted(problem, problem, problem, tags_reply(["1"])))
    assert registry.tags(app) == ("1",)
    assert clock.waits == [0.5, 1.0, 2.0]


def test_a_lasting_failure_is_reported_after_four_requests(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(Reply(502))
    with pytest.raises(RegistryUnavailable):
        registry.tags(app)
    assert len(server.seen) == 4


def test_pauses_are_jittered(connect: Connect, server: RegistryServer, app: Repository, clock: StandingClock) -> None:
    server.on_tags(scripted(Reply(502), Reply(502), tags_reply(["1"])))
    timing = clock.timing
    connect(timing=Timing(timing.monotonic, timing.now, timing.wait, lambda: 0.5)).tags(app)
    assert clock.waits == [0.75, 1.5]


@pytest.mark.parametrize(
    ("text", "pause"),
    [
        pytest.param("7", 7.0, id="seconds"),
        pytest.param("60", 60.0, id="the longest"),
        pytest.param("0", 0.5, id="at once, and yet with a pause"),
        pytest.param("Mon, 23 Nov 2026 03:00:10 GMT", 10.0, id="a date"),
        pytest.param("Mon, 23 Nov 2026 03:00:10 -0000", 10.0, id="a date without a zone"),
        pytest.param("Mon, 23 Nov 2026 04:00:10 +0100", 10.0, id="a date in another zone"),
        pytest.param("Mon, 23 Nov 2020 03:00:00 GMT", 0.5, id="a date in the past"),
        pytest.param("-5", 0.5, id="a negative number"),
        pytest.param("soon", 0.5, id="a word"),
        pytest.param("٣", 0.5, id="digits beyond ASCII"),
        pytest.param("Mon, 99 Nov 9999 03:00:10 GMT", 0.5, id="a date that is none"),
        pytest.param("Mon, 01 Jan 0001 00:00:00 +2300", 0.5, id="a date before all dates"),
    ],
)
def test_a_registry_is_left_alone_as_long_as_it_wants(
    registry: OciImageRegistry,
    server: RegistryServer,
    app: Repository,
    clock: StandingClock,
    text: str,
    pause: float,
) -> None:
    retry = (("Retry-After", text.encode().decode("latin-1")),)
    server.on_tags(scripted(Reply(429, headers=retry), tags_reply(["1"])))
    assert registry.tags(app) == ("1",)
    assert clock.waits == [pause]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        pytest.param("61", timedelta(seconds=61), id="more than a minute"),
        pytest.param("Mon, 23 Nov 2026 05:00:00 GMT", timedelta(hours=2), id="a date"),
        pytest.param("9" * 400, timedelta(days=1), id="for ever is a day"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=1), id="a date that is far away"),
    ],
)
def test_a_long_retry_after_is_reported_and_not_waited_for(
    registry: OciImageRegistry,
    server: RegistryServer,
    app: Repository,
    clock: StandingClock,
    text: str,
    rest: timedelta,
) -> None:
    server.on_tags(Reply(429, headers=(("Retry-After", text),)))
    with pytest.raises(RegistryUnavailable, match="no further request is sent before 2026-11-2") as caught:
        registry.tags(app)
    assert caught.value.retry_at == clock.start + rest
    assert clock.waits == []


def test_a_pause_is_never_over_before_it_is_reported(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, clock: StandingClock
) -> None:
    server.on_tags(Reply(429, headers=(("Retry-After", "Mon, 23 Nov 2020 03:00:00 GMT"),)))
    with pytest.raises(RegistryUnavailable) as caught:
        registry.tags(app)
    assert caught.value.retry_at == clock.start + timedelta(seconds=sum(clock.waits) + 60)


def test_waits_for_retry_after_at_most_a_minute_in_total(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, clock: StandingClock
) -> None:
    server.on_tags(Reply(503, headers=(("Retry-After", "40"),)))
    with pytest.raises(RegistryUnavailable) as caught:
        registry.tags(app)
    assert clock.waits == [40.0]
    assert caught.value.retry_at == clock.start + timedelta(seconds=80)


def test_names_an_untrusted_certificate(registry: OciImageRegistry, serve_tls: Callable[[], RegistryServer]) -> None:
    with (
        serve_tls() as server,
        pytest.raises(RegistryRefused, match=r"is not trusted \(unable to get local"),
    ):
        registry.tags(Repository(f"{REGISTRY}:{server.port}", "app"))


def test_a_trusted_certificate_opens_the_registry_of_its_name_only(
    connect: Connect, serve_tls: Callable[[], RegistryServer], trusting: ssl.SSLContext
) -> None:
    registry = connect(tls=trusting)
    with serve_tls() as server:
        server.on_tags(tags_reply(["1"]))
        assert registry.tags(Repository(f"{REGISTRY}:{server.port}", "app")) == ("1",)
        with pytest.raises(RegistryRefused, match=r"is not trusted .*Hostname mismatch"):
            registry.tags(Repository(f"other.loopback.test:{server.port}", "app"))


def test_plain_http_is_used_only_if_configured(connect: Connect, server: RegistryServer) -> None:
    server.on_tags(tags_reply(["1"]))
    host = f"R.loopback.test:{server.port}"
    with pytest.raises(RegistryRefused, match=r"does not speak TLS .*REGISTRY_PLAIN_HTTP"):
        connect().tags(Repository(host, "app"))
    assert connect(plain_http_hosts=frozenset({host})).tags(Repository(host.lower(), "app")) == ("1",)


def redirect(url: str, status: int = 307) -> Reply:
    return Reply(status, headers=(("Location", url),))


def basic_then(reply: Reply) -> Callable[..., Reply]:
    return lambda seen: reply if seen.authorization else Reply(401, headers=(("WWW-Authenticate", "Basic"),))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_origin_keeps_the_credentials(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, status: int
) -> None:
    server.on_tags(basic_then(redirect("/moved?x=1", status)))
    server.on("/moved", tags_reply(["1"]))
    assert registry.tags(app, (ALICE,)) == ("1",)
    (moved,) = server.requests_for("/moved")
    assert moved.query == "x=1"
    assert moved.authorization is not None


def test_a_redirect_to_another_origin_leaves_the_credentials_behind(
    registry: OciImageRegistry, server: RegistryServer, other_server: RegistryServer, app: Repository
) -> None:
    server.on_tags(basic_then(redirect(f"{other_server.url}/there")))
    other_server.on("/there", redirect(f"{server.url}/back"))
    server.on("/back", tags_reply(["1"]))
    assert registry.tags(app, (ALICE,)) == ("1",)
    assert [seen.authorization for seen in other_server.seen] == [None]
    assert [seen.authorization for seen in server.requests_for("/back")] == [None]


def test_a_redirect_target_cannot_challenge_for_credentials_of_the_registry(
    registry: OciImageRegistry, server: RegistryServer, other_server: RegistryServer, app: Repository
) -> None:
    server.on_tags(redirect(f"{other_server.url}/there"))
    realm = f'Bearer realm="{other_server.url}/token"'
    other_server.on("/there", Reply(401, headers=(("WWW-Authenticate", realm), ("WWW-Authenticate", "Basic"))))
    other_server.on("/token", error_reply(401, "UNAUTHORIZED"))
    with pytest.raises(RegistryUnauthorized, match=f"{other_server.host} answered 401 .* to an anonymous request"):
        registry.tags(app, (ALICE,))
    assert [(seen.path, seen.authorization) for seen in other_server.seen] == [("/there", None), ("/token", None)]


def test_a_redirect_target_gets_an_anonymous_token_of_its_own(
    registry: OciImageRegistry, server: RegistryServer, other_server: RegistryServer, app: Repository
) -> None:
    server.on_tags(basic_then(redirect(f"{other_server.url}/v2/team/app/tags/list")))
    realm = f'Bearer realm="{other_server.url}/token",service="other",scope="repository:team/app:pull,push"'
    other_server.on(
        "/v2/team/app/tags/list",
        lambda seen: (
            tags_reply(["1"])
            if seen.authorization == "Bearer t0"
            else Reply(401, headers=(("WWW-Authenticate", realm),))
        ),
    )
    other_server.on("/token", Reply(200, b'{"token": "t0"}'))
    assert registry.tags(app, (ALICE,)) == ("1",)
    (token,) = other_server.requests_for("/token")
    assert (token.query, token.authorization) == ("service=other&scope=repository%3Ateam%2Fapp%3Apull", None)
    assert "Bearer t0" not in {seen.authorization for seen in server.seen}


def test_the_token_of_who_is_redirected_to_is_not_sent_back_to_the_registry(
    registry: OciImageRegistry, server: RegistryServer, other_server: RegistryServer, app: Repository
) -> None:
    server.on_tags(redirect(f"{other_server.url}/v2/team/app/tags/list"))
    realm = f'Bearer realm="{other_server.url}/token",service="other",scope="repository:team/app:pull"'
    other_server.on(
        "/v2/team/app/tags/list",
        lambda seen: (
            redirect(f"{server.url}/back")
            if seen.authorization == "Bearer t0"
            else Reply(401, headers=(("WWW-Authenticate", realm),))
        ),
    )
    other_server.on("/token", Reply(200, b'{"token": "t0"}'))
    server.on("/back", tags_reply(["1"]))
    assert registry.tags(app) == ("1",)
    assert [seen.authorization for seen in server.requests_for("/back")] == [None]


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        pytest.param("/v2/app/tags/list", "redirects more than 5 times", id="in a circle"),
        pytest.param("https://user:pw@r.loopback.test/", "a user name or password in it", id="user information"),
        pytest.param("file:///etc/passwd", "refers to a URL", id="a file"),
        pytest.param("ftp://r.loopback.test/", "that is not https", id="another protocol"),
        pytest.param("https://1.2.3.400/", "is no URL", id="no URL"),
        pytest.param("https://x:99999999/", "with an invalid port", id="a port that is none"),
        pytest.param("https://10.1.2.3/", "10.1.2.3, which is not public", id="a private address"),
        pytest.param("https://private.test/", "10.1.2.3, which is not public", id="a name for a private address"),
        pytest.param("https://metadata.test/", "169.254.169.254, which is not public", id="a name for metadata"),
        pytest.param("https://o.loopback.test/", "127.0.0.1, which is not public", id="a name for this machine"),
    ],
)
def test_a_registry_does_not_send_us_just_anywhere(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, target: str, complaint: str
) -> None:
    server.on_tags(redirect(target))
    with pytest.raises(RegistryError, match=complaint) as caught:
        registry.tags(app)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    ("realm", "complaint"),
    [
        pytest.param("http://o.loopback.test/token", "that is not https", id="plain HTTP"),
        pytest.param("https://user:pw@r.loopback.test/", "a user name or password in it", id="user information"),
        pytest.param("https://private.test/", "10.1.2.3, which is not public", id="a name for a private address"),
        pytest.param("https://metadata.test/", "169.254.169.254, which is not public", id="a name for metadata"),
        pytest.param("https://[::1]/token", "::1, which is not public", id="this machine"),
        pytest.param("/token", "without a host|not https", id="relative"),
        pytest.param("https://1.2.3.400/token", "is no URL", id="no URL"),
        pytest.param("", "without a host", id="empty"),
    ],
)
def test_a_registry_does_not_send_passwords_just_anywhere(
    connect: Connect, serve_tls: Callable[[], RegistryServer], trusting: ssl.SSLContext, realm: str, complaint: str
) -> None:
    registry = connect(tls=trusting)
    with serve_tls() as server:
        server.on_tags(Reply(401, headers=(("WWW-Authenticate", f'Bearer realm="{realm}"'),)))
        with pytest.raises(RegistryRefused, match=complaint):
            registry.tags(Repository(f"{REGISTRY}:{server.port}", "app"), (ALICE,))


def test_a_connection_is_made_to_the_next_address_when_the_first_does_not_respond(
    connect: Connect, server: RegistryServer
) -> None:
    server.on_tags(tags_reply(["1"]))
    host = f"{REGISTRY}:{server.port}"
    registry = connect(resolve=lambda _host, _port: ("127.0.0.2", "127.0.0.1"), plain_http_hosts=frozenset({host}))
    assert registry.tags(Repository(host, "app")) == ("1",)
