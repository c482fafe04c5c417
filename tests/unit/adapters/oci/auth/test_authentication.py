from __future__ import annotations

import base64
import itertools
import threading
from urllib.parse import parse_qs

import pytest

from tests.servers.registry import (
    Handler,
    RegistryServer,
    Reply,
    Seen,
    challenge_reply,
    error_reply,
    json_reply,
    scripted,
    tags_reply,
)
from tests.unit.adapters.oci.conftest import ALICE, BOB, StandingClock
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryRefused,
    RegistryUnauthorized,
    RepositoryNotFound,
)
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository

TAGS = "/v2/app/tags/list"


def basic(credential: Credential) -> str:
    return "Basic " + base64.b64encode(f"{credential.username}:{credential.password}".encode()).decode()


def bearer_challenge(server: RegistryServer, query: str = "") -> str:
    return f'Bearer realm="{server.url}/token{query}",service="r.test",scope="repository:user/image:pull,push"'


def opened_by(authorization: str, challenge: str, reply: Reply | None = None) -> Handler:
    """Response whoever shows the authorization, and challenge all others."""
    answer = reply or tags_reply(["1"])
    return lambda seen: answer if seen.authorization == authorization else challenge_reply(challenge)


def test_a_registry_that_wants_a_password_gets_it(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(opened_by(basic(ALICE), 'Basic realm="r"'))
    assert registry.tags(app, (ALICE,)) == ("1",)


def test_a_password_beyond_ascii_goes_in_utf8(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    zoe = Credential("zoë", "pässword:with:colons")
    server.on_tags(opened_by(basic(zoe), "Basic"))
    assert registry.tags(app, (zoe,)) == ("1",)


def test_a_password_is_shown_only_on_request(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(tags_reply(["1"]))
    registry.tags(app, (ALICE,))
    assert [seen.authorization for seen in server.seen] == [None]


@pytest.mark.parametrize(
    ("credentials", "shown"),
    [pytest.param((), None, id="anonymous"), pytest.param((ALICE,), basic(ALICE), id="with a password")],
)
def test_a_token_is_fetched_for_exactly_what_is_needed(
    registry: OciImageRegistry,
    server: RegistryServer,
    app: Repository,
    credentials: tuple[Credential, ...],
    shown: str | None,
) -> None:
    server.on_tags(opened_by("Bearer t0", bearer_challenge(server)))
    server.on("/token", json_reply({"token": "t0"}))
    assert registry.tags(app, credentials) == ("1",)
    (sent,) = server.requests_for("/token")
    assert sent.query == "service=r.test&scope=repository%3Aapp%3Apull"
    assert sent.authorization == shown


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("?account=robot", "account=robot&service=r.test&scope=repository%3Aapp%3Apull", id="kept"),
        pytest.param("?scope=all", "scope=repository%3Aapp%3Apull&service=r.test", id="but never wider than ours"),
    ],
)
def test_the_query_that_a_realm_has_already(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, query: str, expected: str
) -> None:
    server.on_tags(opened_by("Bearer t0", bearer_challenge(server, query)))
    server.on("/token", json_reply({"token": "t0"}))
    registry.tags(app)
    assert sorted(server.requests_for("/token")[0].query.split("&")) == sorted(expected.split("&"))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"token": "t0"}, id="token"),
        pytest.param({"access_token": "t0"}, id="access_token"),
        pytest.param({"token": "", "access_token": "t0"}, id="an empty token beside it"),
        pytest.param({"token": "t0", "access_token": "t1"}, id="both"),
        pytest.param({"token": "t0", "expires_in": None, "issued_at": "yesterday"}, id="no life time"),
        pytest.param({"token": "t0", "expires_in": "soon"}, id="a life time that is none"),
        pytest.param({"token": "t0", "expires_in": 300.5}, id="a life time with a fraction"),
    ],
)
def test_tokens_of_all_dialects_are_understood(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, body: object
) -> None:
    server.on_tags(opened_by("Bearer t0", bearer_challenge(server)))
    server.on("/token", json_reply(body))
    assert registry.tags(app) == ("1",)


@pytest.mark.parametrize(
    "challenges",
    [
        pytest.param(['Negotiate, {bearer}, Basic realm="r"'], id="all in one header, an unknown one first"),
        pytest.param(['Basic realm="r"', "{bearer}"], id="in several headers, the password first"),
    ],
)
def test_a_token_is_preferred_to_showing_the_password_to_the_registry(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, challenges: list[str]
) -> None:
    offered = [text.format(bearer=bearer_challenge(server)) for text in challenges]
    server.on_tags(lambda seen: tags_reply(["1"]) if seen.authorization == "Bearer t0" else challenge_reply(*offered))
    server.on("/token", json_reply({"token": "t0"}))
    assert registry.tags(app, (ALICE,)) == ("1",)


def test_queries_the_first_of_two_token_servers(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(opened_by("Bearer t0", f'{bearer_challenge(server)}, Bearer realm="{server.url}/other"'))
    server.on("/token", json_reply({"token": "t0"}))
    assert registry.tags(app) == ("1",)
    assert server.requests_for("/other") == []


@pytest.mark.parametrize(
    ("expires_in", "seconds", "fetched"),
    [
        pytest.param(300, 299, 1, id="kept while it lives"),
        pytest.param(300, 300, 2, id="replaced when its time is over"),
        pytest.param(None, 59, 1, id="a minute when nothing is said"),
        pytest.param(None, 60, 2, id="and no longer"),
        pytest.param(1, 59, 1, id="a minute at least"),
        pytest.param(-5, 59, 1, id="a minute at least, also for nonsense"),
        pytest.param(10**30, 3600, 2, id="an hour at most"),
    ],
)
def test_a_token_is_kept_as_long_as_it_lives(
    registry: OciImageRegistry,
    server: RegistryServer,
    app: Repository,
    clock: StandingClock,
    expires_in: int | None,
    seconds: float,
    fetched: int,
) -> None:
    server.on_tags(opened_by("Bearer t0", bearer_challenge(server)))
    server.on("/token", json_reply({"token": "t0", "expires_in": expires_in}))
    registry.tags(app)
    clock.passed += seconds
    registry.tags(app)
    assert len(server.requests_for("/token")) == fetched


def test_a_token_is_never_used_for_another_repository_or_person(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    tokens = {("app", None): "a0", ("app", basic(ALICE)): "a1", ("app", basic(BOB)): "a2", ("web", None): "w0"}
    for name in ("app", "web"):
        server.on_tags(
            lambda seen: tags_reply(["1"]) if seen.authorization else challenge_reply(bearer_challenge(server)), name
        )

    def issue(seen: Seen) -> Reply:
        name = "web" if "web" in seen.query else "app"
        return json_reply({"token": tokens[name, seen.authorization], "expires_in": 300})

    server.on("/token", issue)
    for _ in range(2):
        registry.tags(app)
        registry.tags(app, (ALICE,))
        registry.tags(app, (BOB,))
        registry.tags(Repository(server.host, "web"))
    shown = [seen.authorization for seen in server.seen if seen.path != "/token" and seen.authorization]
    assert shown == ["Bearer a0", "Bearer a1", "Bearer a2", "Bearer w0"] * 2
    assert len(server.requests_for("/token")) == 4


def test_many_who_need_the_same_token_share_one_request(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    challenged = threading.Barrier(4)

    def answer(seen: Seen) -> Reply:
        if seen.authorization == "Bearer t0":
            return tags_reply(["1"])
        challenged.wait(timeout=10)
        return challenge_reply(bearer_challenge(server))

    server.on_tags(answer)
    server.on("/token", json_reply({"token": "t0"}))
    results: list[tuple[str, ...]] = []
    threads = [threading.Thread(target=lambda: results.append(registry.tags(app))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [("1",)] * 4
    assert len(server.requests_for("/token")) == 1


def test_a_kept_token_that_is_refused_is_replaced(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    valid = "t0"
    server.on_tags(
        lambda seen: (
            tags_reply(["1"]) if seen.authorization == f"Bearer {valid}" else challenge_reply(bearer_challenge(server))
        )
    )
    server.on("/token", scripted(json_reply({"token": "t0", "expires_in": 300}), json_reply({"token": "t1"})))
    registry.tags(app)
    valid = "t1"
    assert registry.tags(app) == ("1",)


@pytest.mark.parametrize("status", [400, 403])
def test_a_kept_token_that_is_refused_without_a_challenge_is_replaced(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, status: int
) -> None:
    valid = "t0"

    def answer(seen: Seen) -> Reply:
        if seen.authorization is None:
            return challenge_reply(bearer_challenge(server))
        return tags_reply(["1"]) if seen.authorization == f"Bearer {valid}" else error_reply(status, "DENIED")

    server.on_tags(answer)
    server.on("/token", scripted(json_reply({"token": "t0", "expires_in": 300}), json_reply({"token": "t1"})))
    registry.tags(app)
    valid = "t1"
    assert registry.tags(app) == ("1",)
    valid = "none"
    with pytest.raises(RegistryUnauthorized, match=f"answered {status}"):
        registry.tags(app)
    assert len(server.requests_for("/token")) == 3


def test_a_token_that_ends_between_two_pages_is_renewed_once(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    challenge = challenge_reply(bearer_challenge(server))
    server.on_tags(scripted(challenge, tags_reply(["a"], "?p=2"), challenge, tags_reply(["b"])))
    server.on("/token", scripted(json_reply({"token": "t0", "expires_in": 300}), json_reply({"token": "t1"})))
    assert registry.tags(app) == ("a", "b")
    assert [seen.authorization for seen in server.requests_for(TAGS)] == [None, "Bearer t0", "Bearer t0", "Bearer t1"]


@pytest.mark.parametrize(
    ("challenge", "answers", "shown"),
    [
        pytest.param(
            "{bearer}",
            ["?", "a", "?", "b", "?", "c"],
            [None, "Bearer t0", "Bearer t0", "Bearer t1", "Bearer t1", "Bearer t2"],
            id="a token that lives for one page, each time",
        ),
        pytest.param(
            "{bearer}",
            ["a", "?", "b", "c"],
            [None, None, "Bearer t0", "Bearer t0"],
            id="a token wanted from the second page on",
        ),
        pytest.param(
            "Basic",
            ["a", "?", "b", "c"],
            [None, None, basic(ALICE), basic(ALICE)],
            id="a password wanted from the second page on",
        ),
        pytest.param(
            "{bearer}",
            ["?", "a", "?", "?"],
            [None, "Bearer t0", "Bearer t0", "Bearer t1"],
            id="a right that ends, whatever token",
        ),
        pytest.param(
            "Basic",
            ["?", "a", "?", "?"],
            [None, basic(ALICE), basic(ALICE), basic(ALICE)],
            id="a password that is changed",
        ),
    ],
)
def test_a_refusal_in_the_middle_of_a_list_causes_one_new_token(
    registry: OciImageRegistry,
    server: RegistryServer,
    app: Repository,
    challenge: str,
    answers: list[str],
    shown: list[str | None],
) -> None:
    refusal = challenge_reply(challenge.format(bearer=bearer_challenge(server)))
    pages = {"a": "?p=2", "b": "?p=3", "c": None}
    server.on_tags(scripted(*(refusal if each == "?" else tags_reply([each], pages[each]) for each in answers)))
    server.on("/token", scripted(*(json_reply({"token": f"t{n}", "expires_in": 300}) for n in range(4))))
    if answers[-1] == "?":
        with pytest.raises(RegistryUnauthorized, match="to the user 'alice'"):
            registry.tags(app, (ALICE,))
    else:
        assert registry.tags(app, (ALICE,)) == ("a", "b", "c")
    assert [seen.authorization for seen in server.requests_for(TAGS)] == shown


def test_a_token_that_another_request_renewed_is_tried_first(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    valid = "t0"

    def answer(seen: Seen) -> Reply:
        nonlocal valid
        if seen.query == "p=2" and valid == "t0":
            valid = "t1"
            registry.tags(app)
        if seen.authorization != f"Bearer {valid}":
            return challenge_reply(bearer_challenge(server))
        return tags_reply(["b"]) if seen.query == "p=2" else tags_reply(["a"], "?p=2")

    server.on_tags(answer)
    server.on("/token", scripted(*(json_reply({"token": f"t{n}", "expires_in": 300}) for n in range(3))))
    assert registry.tags(app) == ("a", "b")
    assert len(server.requests_for("/token")) == 2


@pytest.mark.parametrize(
    "poor",
    [
        pytest.param(challenge_reply('Bearer realm="{url}/token",error="insufficient_scope"'), id="401"),
        pytest.param(error_reply(403, "DENIED"), id="403"),
        pytest.param(error_reply(404, "NAME_UNKNOWN"), id="404, which hides the repository"),
    ],
)
def test_a_token_with_fewer_rights_moves_on_to_the_next_credential(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, poor: Reply
) -> None:
    headers = tuple((name, value.format(url=server.url)) for name, value in poor.headers)
    refusal = Reply(poor.status, poor.body, headers)
    answers = {
        None: challenge_reply(bearer_challenge(server)),
        "Bearer poor": refusal,
        "Bearer rich": tags_reply(["1"]),
    }
    server.on_tags(lambda seen: answers[seen.authorization])
    server.on(
        "/token",
        lambda seen: json_reply({"token": "rich" if seen.authorization == basic(BOB) else "poor", "scope": "nothing"}),
    )
    assert registry.tags(app, (ALICE, BOB)) == ("1",)
    assert [seen.authorization for seen in server.requests_for(TAGS)] == [None, "Bearer poor", None, "Bearer rich"]
    assert len(server.requests_for("/token")) == 2


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param(',scope="repository:user/image:pull"', id="a placeholder"),
        pytest.param(',scope="repository:app:pull,push,delete"', id="more rights than we need"),
        pytest.param(',scope="registry:catalog:*"', id="something else"),
        pytest.param(',scope=""', id="an empty one"),
        pytest.param("", id="none"),
    ],
)
def test_the_scope_is_ours_whatever_the_challenge(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, scope: str
) -> None:
    server.on_tags(opened_by("Bearer t0", f'Bearer realm="{server.url}/token"{scope}'))
    server.on("/token", json_reply({"token": "t0"}))
    assert registry.tags(app) == ("1",)
    assert [seen.query for seen in server.requests_for("/token")] == ["scope=repository%3Aapp%3Apull"]


@pytest.mark.parametrize(
    ("scope", "sent"),
    [
        pytest.param("repository:app:metadata_read", "pull,metadata_read", id="Azure's for tags"),
        pytest.param("repository:app:pull,metadata_read,push", "pull,metadata_read", id="beside others"),
        pytest.param("repository:other:pull repository:app:content_read", "pull,content_read", id="of several scopes"),
        pytest.param("repository:other:metadata_read", "pull", id="of another repository"),
        pytest.param("repository:app:delete,*,metadata_write,x,read&y", "pull", id="what does not only read"),
    ],
)
@pytest.mark.parametrize("first", ["", ",scope={scope}"])
def test_requests_further_pull_scopes_for_our_own_repository(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, scope: str, sent: str, first: str
) -> None:
    wanted = f"repository:app:{sent}"
    realm = f'Bearer realm="{server.url}/token"'
    second = challenge_reply(f'{realm},error="insufficient_scope",scope="{scope}"')
    challenge = challenge_reply(realm + first.format(scope=f'"{scope}"'))

    def answer(seen: Seen) -> Reply:
        if seen.authorization is None:
            return challenge
        return tags_reply(["1"]) if seen.authorization == f"Bearer {wanted}" else second

    server.on_tags(answer)
    server.on("/token", lambda seen: json_reply({"token": parse_qs(seen.query)["scope"][0]}))
    assert registry.tags(app) == ("1",)


def test_rights_that_change_with_each_challenge_are_not_followed_for_ever(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    rights = itertools.count()

    def answer(_seen: Seen) -> Reply:
        letter = chr(ord("a") + next(rights))
        return challenge_reply(f'Bearer realm="{server.url}/token",scope="repository:app:{letter}_read"')

    server.on_tags(answer)
    server.on("/token", json_reply({"token": "t0"}))
    with pytest.raises(RegistryUnauthorized):
        registry.tags(app)
    assert len(server.requests_for(TAGS)) == 5


@pytest.mark.parametrize(
    ("ping", "shown"),
    [
        pytest.param(Reply(200), basic(ALICE), id="nobody asks for a proof anywhere"),
        pytest.param(Reply(404), basic(ALICE), id="no answer at /v2/"),
        pytest.param(challenge_reply('Basic realm="r"'), basic(ALICE), id="a password is sent for at /v2/"),
        pytest.param(challenge_reply('Bearer realm="{url}/token"'), "Bearer t0", id="a token is sent for at /v2/"),
    ],
)
@pytest.mark.parametrize("status", [403, 404])
def test_sends_the_credential_to_a_registry_that_hides_private_repositories(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, ping: Reply, shown: str, status: int
) -> None:
    headers = tuple((name, value.format(url=server.url)) for name, value in ping.headers)
    server.on("/v2/", Reply(ping.status, ping.body, headers))
    server.on("/token", json_reply({"token": "t0"}))
    server.on_tags(lambda seen: tags_reply(["1"]) if seen.authorization == shown else error_reply(status, "DENIED"))
    assert registry.tags(app, (ALICE,)) == ("1",)
    with pytest.raises(RegistryError):
        registry.tags(app)
    assert len(server.requests_for("/v2/")) == 1


@pytest.mark.parametrize("ping", [challenge_reply('Bearer realm="{url}/token"'), challenge_reply("Negotiate")])
def test_a_missing_repository_is_missing_even_with_refused_credentials(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, ping: Reply
) -> None:
    headers = tuple((name, value.format(url=server.url)) for name, value in ping.headers)
    server.on("/v2/", Reply(ping.status, ping.body, headers))
    server.on("/token", error_reply(401, "UNAUTHORIZED"))
    with pytest.raises(RepositoryNotFound, match=r"answered 404 \(NAME_UNKNOWN\)"):
        registry.tags(app, (ALICE,))


def test_a_token_for_one_registry_is_not_shown_to_another_that_names_the_same_token_server(
    registry: OciImageRegistry, server: RegistryServer, other_server: RegistryServer, app: Repository
) -> None:
    tokens = itertools.count()
    server.on("/token", lambda _seen: json_reply({"token": f"t{next(tokens)}", "expires_in": 300}))
    for each in (server, other_server):
        each.on_tags(
            lambda seen: tags_reply(["1"]) if seen.authorization else challenge_reply(bearer_challenge(server))
        )
    registry.tags(app)
    registry.tags(Repository(other_server.host, "app"))
    assert [seen.authorization for seen in other_server.seen] == [None, "Bearer t1"]


def test_a_token_that_expires_early_is_replaced_when_it_is_refused(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, clock: StandingClock
) -> None:
    issued: list[float] = []

    def issue(_seen: Seen) -> Reply:
        issued.append(clock.passed)
        return json_reply({"token": f"t{len(issued) - 1}", "expires_in": 5})

    def answer(seen: Seen) -> Reply:
        alive = issued and clock.passed < issued[-1] + 5 and seen.authorization == f"Bearer t{len(issued) - 1}"
        return tags_reply(["1"]) if alive else challenge_reply(bearer_challenge(server))

    server.on_tags(answer)
    server.on("/token", issue)
    for _ in range(3):
        assert registry.tags(app) == ("1",)
        clock.passed += 5
    assert len(issued) == 3


def test_waiters_for_a_token_share_its_refusal_and_the_next_requests_a_new_one(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    challenged = threading.Barrier(3)

    def challenge(_seen: Seen) -> Reply:
        challenged.wait(timeout=10)
        return challenge_reply(bearer_challenge(server))

    server.on_tags(challenge)
    server.on("/token", error_reply(401, "UNAUTHORIZED"))
    refused: list[RegistryUnauthorized] = []

    def ask() -> None:
        try:
            registry.tags(app, (ALICE,))
        except RegistryUnauthorized as error:
            refused.append(error)

    for _ in range(2):
        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(refused) == 6
    assert 2 <= len(server.requests_for("/token")) <= 6


@pytest.mark.parametrize("challenge", ['Basic realm="r"', "{bearer}"])
def test_a_refused_fresh_token_is_not_renewed_for_ever(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, challenge: str
) -> None:
    server.on_tags(challenge_reply(challenge.format(bearer=bearer_challenge(server))))
    server.on("/token", json_reply({"token": "t0"}))
    with pytest.raises(RegistryUnauthorized, match=r"401 \(UNAUTHORIZED\) to the user 'alice'"):
        registry.tags(app, (ALICE,))
    assert len(server.requests_for(TAGS)) == 2


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(challenge_reply('Basic realm="r"'), id="refused"),
        pytest.param(error_reply(403, "DENIED"), id="forbidden"),
        pytest.param(error_reply(404, "NAME_UNKNOWN"), id="hidden"),
    ],
)
def test_the_next_credential_is_tried(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, first: Reply
) -> None:
    answers = {None: challenge_reply("Basic"), basic(ALICE): first, basic(BOB): tags_reply(["1"])}
    server.on_tags(lambda seen: answers[seen.authorization])
    assert registry.tags(app, (ALICE, BOB)) == ("1",)
    assert [seen.authorization for seen in server.seen] == [None, basic(ALICE), None, basic(BOB)]


def test_the_next_credential_is_tried_where_a_password_that_has_ended_is_a_bad_request(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    ended = error_reply(400, "DENIED")
    answers = {None: challenge_reply("Basic"), basic(ALICE): ended, basic(BOB): tags_reply(["1"])}
    server.on_tags(lambda seen: answers[seen.authorization])
    assert registry.tags(app, (ALICE, BOB)) == ("1",)
    with pytest.raises(RegistryUnauthorized, match=r"answered 400 \(DENIED\) to the user 'alice': check"):
        registry.tags(app, (ALICE,))


def test_tries_at_most_eight_credentials_for_one_query(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(challenge_reply('Basic realm="r"'))
    with pytest.raises(RegistryUnauthorized, match="to the user 'robot7'"):
        registry.tags(app, tuple(Credential(f"robot{number}", "x") for number in range(20)))
    assert len(server.seen) == 16


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 422])
def test_the_next_credential_is_tried_when_the_token_server_refuses(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, status: int
) -> None:
    server.on_tags(opened_by("Bearer t0", bearer_challenge(server)))
    server.on(
        "/token",
        lambda seen: json_reply({"token": "t0"}) if seen.authorization == basic(BOB) else error_reply(status, "DENIED"),
    )
    assert registry.tags(app, (ALICE, BOB)) == ("1",)
    with pytest.raises(RegistryUnauthorized, match=f"its token server .* answered {status} to the user 'alice'"):
        registry.tags(app, (ALICE,))


@pytest.mark.parametrize(
    "challenge",
    [
        pytest.param('Basic realm="r"', id="a password, and there is none"),
        pytest.param("Negotiate", id="a scheme that we do not know"),
        pytest.param("Bearer", id="a token without a realm"),
        pytest.param("", id="nothing"),
    ],
)
def test_an_anonymous_request_without_proof_is_unauthorized(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, challenge: str
) -> None:
    server.on_tags(challenge_reply(challenge))
    with pytest.raises(RegistryUnauthorized, match="to an anonymous request: the repository is private or absent"):
        registry.tags(app)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        pytest.param(Reply(body=b"<html>"), "not the registry protocol's JSON", id="HTML"),
        pytest.param(json_reply({}), "without a usable token", id="no token"),
        pytest.param(json_reply({"token": "a\r\nX-Evil: 1"}), "without a usable token", id="a token with a new line"),
        pytest.param(json_reply({"token": "t" * 70_000}), "more than 64 KiB", id="too large"),
        pytest.param(error_reply(404, "X"), "the token server .* answered 404", id="not found"),
    ],
)
def test_recognizes_a_host_that_is_no_token_server(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, reply: Reply, complaint: str
) -> None:
    server.on_tags(challenge_reply(bearer_challenge(server)))
    server.on("/token", reply)
    with pytest.raises(RegistryRefused, match=complaint):
        registry.tags(app)


def everything_said(error: BaseException | None) -> str:
    said = ""
    while error is not None:
        said += f"{error} {error!r}\n"
        error = error.__cause__ or error.__context__
    return said


@pytest.mark.parametrize(
    "token",
    [
        pytest.param({"token": "hunter2", "expires_in": "soon"}, id="a token body that cannot be read"),
        pytest.param({"token": ["hunter2"]}, id="a token of a wrong type"),
        pytest.param({"token": "hunter2"}, id="a token that is refused"),
        pytest.param({"token": "hunter2 "}, id="a token that cannot be used"),
    ],
)
def test_no_error_contains_a_secret_and_neither_do_its_causes(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, token: object
) -> None:
    server.on_tags(challenge_reply(bearer_challenge(server)))
    server.on("/token", json_reply(token))
    with pytest.raises(RegistryError) as caught:
        registry.tags(app, (ALICE,))
    said = everything_said(caught.value)
    assert app.registry in said
    assert "hunter2" not in said
    assert ALICE.password not in said
    assert basic(ALICE) not in said


def test_secrets_stay_out_of_the_logs_of_libraries(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.on_tags(opened_by("Bearer hunter2", bearer_challenge(server)))
    server.on("/token", json_reply({"token": "hunter2"}))
    registry.tags(app, (ALICE,))
    assert caplog.records
    assert not [record for record in caplog.records if record.levelname != "DEBUG"]
    assert not [secret for secret in ("hunter2", ALICE.password, basic(ALICE)[6:]) if secret in caplog.text]
