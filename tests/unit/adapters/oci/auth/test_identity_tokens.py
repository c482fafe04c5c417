"""Identity tokens, which `docker login` stores in place of a password for registries that issue them."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs

import pytest

from tests.servers.registry import (
    RegistryServer,
    Reply,
    Seen,
    challenge_reply,
    error_reply,
    json_reply,
    tags_reply,
)
from tests.unit.adapters.oci.conftest import BOB
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import RegistryRefused, RegistryUnauthorized
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository

IDENTITY = Credential("<token>", "", "hunter2+/=")
REFUSAL = json_reply({"error": "invalid_grant"}, status=400)


@pytest.fixture(autouse=True)
def _demand_a_token(server: RegistryServer) -> None:
    challenge = f'Bearer realm="{server.url}/token",service="r.test"'
    server.on_tags(lambda seen: tags_reply(["1"]) if seen.authorization == "Bearer t0" else challenge_reply(challenge))


def by_method(post: Reply, get: Reply, server: RegistryServer) -> None:
    server.on("/token", lambda seen: post if seen.method == "POST" else get)


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"access_token": "t0"}, id="as it should be"),
        pytest.param({"token": "t0"}, id="as for passwords"),
        pytest.param({"access_token": "t0", "refresh_token": "new"}, id="with a new identity token"),
    ],
)
def test_an_identity_token_goes_in_a_form(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, body: object
) -> None:
    server.on("/token", json_reply(body))
    assert registry.tags(app, (IDENTITY,)) == ("1",)
    (sent,) = server.requests_for("/token")
    assert (sent.method, sent.query, sent.authorization) == ("POST", "", None)
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(sent.body, strict_parsing=True) == {
        "grant_type": ["refresh_token"],
        "service": ["r.test"],
        "scope": ["repository:app:pull"],
        "client_id": ["watch-cluster"],
        "refresh_token": ["hunter2+/="],
    }


def test_the_query_of_a_realm_stays_in_the_url_and_a_service_that_is_not_named_out_of_the_form(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(
        lambda seen: (
            tags_reply(["1"]) if seen.authorization else challenge_reply(f'Bearer realm="{server.url}/token?a=b"')
        )
    )
    server.on("/token", json_reply({"access_token": "t0"}))
    registry.tags(app, (IDENTITY,))
    (sent,) = server.requests_for("/token")
    assert sent.query == "a=b"
    assert "service" not in parse_qs(sent.body)


def test_a_new_identity_token_in_the_response_is_not_used(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(challenge_reply(f'Bearer realm="{server.url}/token"'))
    server.on("/token", json_reply({"access_token": "t0", "refresh_token": "new"}))
    for _ in range(2):
        with pytest.raises(RegistryUnauthorized):
            registry.tags(app, (IDENTITY,))
    assert {parse_qs(sent.body)["refresh_token"][0] for sent in server.requests_for("/token")} == {"hunter2+/="}


@pytest.mark.parametrize("status", [404, 405])
def test_a_token_server_that_knows_only_get_is_shown_it_as_a_password(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, status: int
) -> None:
    by_method(Reply(status), json_reply({"token": "t0"}), server)
    assert registry.tags(app, (IDENTITY,)) == ("1",)
    assert [
        (sent.method, sent.query, sent.authorization, sent.body != "") for sent in server.requests_for("/token")
    ] == [
        ("POST", "", None, True),
        ("GET", "service=r.test&scope=repository%3Aapp%3Apull", basic("<token>", "hunter2+/="), False),
    ]


@pytest.mark.parametrize(
    ("post", "get"),
    [
        pytest.param(REFUSAL, Reply(500), id="400, which OAuth 2 says of a token that has ended"),
        pytest.param(error_reply(401, "UNAUTHORIZED"), Reply(500), id="401"),
        pytest.param(error_reply(403, "DENIED"), Reply(500), id="403"),
        pytest.param(Reply(404), error_reply(401, "UNAUTHORIZED"), id="401 to a GET"),
    ],
)
def test_the_next_credential_is_tried_when_an_identity_token_is_refused(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, post: Reply, get: Reply
) -> None:
    bob = basic(BOB.username, BOB.password)

    def answer(seen: Seen) -> Reply:
        if seen.method == "POST":
            return post
        return json_reply({"token": "t0"}) if seen.authorization == bob else get

    server.on("/token", answer)
    assert registry.tags(app, (IDENTITY, BOB)) == ("1",)
    with pytest.raises(
        RegistryUnauthorized, match=r"its token server .* answered 40\d to the identity token"
    ) as caught:
        registry.tags(app, (IDENTITY,))
    assert "hunter2" not in str(caught.value)


def test_an_identity_token_is_not_sent_for_basic_authentication(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(
        lambda seen: (
            tags_reply(["1"]) if seen.authorization == basic("bob", "bobs-password") else challenge_reply("Basic")
        )
    )
    with pytest.raises(
        RegistryUnauthorized, match=r"requires a user name and a password, .* have only an identity token"
    ):
        registry.tags(app, (IDENTITY,))
    assert [seen.authorization for seen in server.seen] == [None]
    assert registry.tags(app, (IDENTITY, BOB)) == ("1",)


def test_the_password_beside_an_identity_token_is_for_who_wants_a_password(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(
        lambda seen: tags_reply(["1"]) if seen.authorization == basic("a", "b") else challenge_reply("Basic")
    )
    assert registry.tags(app, (Credential("a", "b", "hunter2"),)) == ("1",)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_origin_keeps_the_form(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, status: int
) -> None:
    server.on("/token", Reply(status, headers=(("Location", "/moved"),)))
    server.on("/moved", json_reply({"access_token": "t0"}))
    assert registry.tags(app, (IDENTITY,)) == ("1",)
    (moved,) = server.requests_for("/moved")
    assert moved.method == "POST"
    assert "refresh_token" in parse_qs(moved.body)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_origin_never_gets_the_form(
    registry: OciImageRegistry, server: RegistryServer, other_server: RegistryServer, app: Repository, status: int
) -> None:
    server.on("/token", Reply(status, headers=(("Location", f"{other_server.url}/token"),)))
    with pytest.raises(RegistryRefused, match=f"the token server {server.host} answered {status}"):
        registry.tags(app, (IDENTITY,))
    assert other_server.seen == []


@pytest.mark.parametrize(
    ("realm", "complaint"),
    [
        pytest.param("https://private.test/token", "which is not public", id="a private address"),
        pytest.param("https://user:pw@r.test/token", "a user name or password in it", id="user information"),
        pytest.param("ftp://r.test/token", "that is not https", id="another protocol"),
        pytest.param("https://1.2.3.400/token", "is no URL", id="no URL"),
    ],
)
def test_an_identity_token_does_not_go_just_anywhere(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, realm: str, complaint: str
) -> None:
    server.on_tags(challenge_reply(f'Bearer realm="{realm}"'))
    with pytest.raises(RegistryRefused, match=complaint):
        registry.tags(app, (IDENTITY,))
