from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

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
)
from tests.unit.adapters.oci.conftest import ALICE, BOB, StandingClock
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryRefused,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.domain.images.reference import Repository

PATH = "/v2/app/manifests/1.0"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
ATTESTATION = {"vnd.docker.reference.type": "attestation-manifest"}
ARM = {"os": "linux", "architecture": "arm64", "variant": "v8"}
UNKNOWN = {"os": "unknown", "architecture": "unknown"}


def sha256(content: bytes | str) -> str:
    return "sha256:" + hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


A, B, C, D = (sha256(letter) for letter in "abcd")


def manifest(config: str = C, media_type: str = OCI_MANIFEST) -> bytes:
    content = {"schemaVersion": 2, "mediaType": media_type, "config": {"digest": config, "size": 2}, "layers": []}
    return json.dumps(content).encode()


def index(*entries: dict[str, object], media_type: str = OCI_INDEX) -> bytes:
    return json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": entries}).encode()


def entry(digest: str, media_type: str = OCI_MANIFEST, **more: object) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest, "size": 2, **more}


def reply(body: bytes, claimed: str | None = None, media_type: str = OCI_MANIFEST) -> Reply:
    claim = () if claimed is None else (("Docker-Content-Digest", claimed),)
    return Reply(body=body, headers=(("Content-Type", media_type), *claim))


def by_method(head: Reply | Handler, get: Reply | Handler) -> Handler:
    handlers = {
        method: (lambda _seen, it=it: it) if isinstance(it, Reply) else it
        for method, it in (("HEAD", head), ("GET", get))
    }
    return lambda seen: handlers[seen.method](seen)


def serve(server: RegistryServer, *bodies: bytes) -> str:
    """Serve each by its digest, and give that of the first."""
    for body in bodies:
        server.on_manifest(sha256(body), reply(body))
    return sha256(bodies[0])


def methods(server: RegistryServer) -> list[str]:
    return [seen.method for seen in server.seen]


MANIFEST = manifest()


def test_requests_a_digest_without_the_manifest(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_manifest("1.0", reply(MANIFEST, A))
    assert registry.digest(app, "1.0") == A
    assert methods(server) == ["HEAD"]


def test_head_and_get_accept_indexes_and_manifests_alike(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_manifest("1.0", reply(MANIFEST))
    registry.digest(app, "1.0")
    registry.contents(app, serve(server, index()))
    assert methods(server) == ["HEAD", "GET", "GET"]
    accepted = {seen.headers["accept"] for seen in server.seen}
    assert accepted == {f"{OCI_INDEX}, {DOCKER_LIST}, {OCI_MANIFEST}, {DOCKER_MANIFEST}"}
    assert {seen.headers["accept-encoding"] for seen in server.seen} == {"identity"}


def test_a_connection_outlives_a_response_without_a_body(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, clock: StandingClock
) -> None:
    server.on_manifest("1.0", by_method(reply(b"x" * 100_000), reply(MANIFEST)))
    assert [registry.digest(app, "1.0") for _ in range(3)] == [sha256(MANIFEST)] * 3
    assert methods(server) == ["HEAD", "GET"] * 3
    assert clock.waits == []


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(reply(b""), id="no digest"),
        pytest.param(reply(b"", ""), id="an empty one"),
        pytest.param(reply(b"", "sha256:abc"), id="too short"),
        pytest.param(reply(b"", A.upper()), id="uppercase"),
        pytest.param(reply(b"", f"{A}, {B}"), id="two in one header"),
        pytest.param(reply(b"", f'"{A}"'), id="in quotes"),
        pytest.param(reply(b"", "sha512:" + "0" * 128), id="of another algorithm"),
        pytest.param(reply(b"", "md5:" + "0" * 32), id="of an algorithm that proves nothing"),
        pytest.param(error_reply(400, "X"), id="400"),
        pytest.param(Reply(404), id="404"),
        pytest.param(Reply(405), id="405"),
        pytest.param(Reply(501), id="501"),
    ],
)
@pytest.mark.parametrize(
    "claimed",
    [
        pytest.param(None, id="and then none"),
        pytest.param(sha256(MANIFEST), id="and then the digest"),
        pytest.param("sha256:abc", id="and then no digest"),
    ],
)
def test_a_digest_that_head_does_not_give_is_computed(
    registry: OciImageRegistry,
    server: RegistryServer,
    app: Repository,
    clock: StandingClock,
    head: Reply,
    claimed: str | None,
) -> None:
    server.on_manifest("1.0", by_method(head, reply(MANIFEST, claimed)))
    assert registry.digest(app, "1.0") == sha256(MANIFEST)
    assert methods(server) == ["HEAD", "GET"]
    assert clock.waits == []


def test_a_digest_is_of_the_bytes_and_not_of_what_they_mean(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    body = b" \n" + MANIFEST.replace(b": ", b" :\t") + b"\r\n"
    server.on_manifest("1.0", reply(body))
    assert registry.digest(app, "1.0") == sha256(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(manifest(media_type=DOCKER_MANIFEST), id="a manifest of Docker"),
        pytest.param(index(entry(A)), id="an index"),
        pytest.param(index(entry(A), media_type=DOCKER_LIST), id="a list of Docker"),
        pytest.param(index(), id="an empty index"),
    ],
)
def test_the_digest_of_everything_that_can_be_pulled_is_computed(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, body: bytes
) -> None:
    server.on_manifest("1.0", reply(body))
    assert registry.digest(app, "1.0") == sha256(body)


def test_rejects_a_digest_header_that_does_not_match_the_content(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_manifest("1.0", by_method(Reply(405), reply(MANIFEST, A)))
    with pytest.raises(RegistryRefused, match=rf"says that the digest is {A}, but it sent {sha256(MANIFEST)}: check"):
        registry.digest(app, "1.0")


Ask = Callable[[OciImageRegistry, Repository], object]
ASK_BOTH = pytest.mark.parametrize(
    ("ask", "image"),
    [
        pytest.param(lambda registry, app: registry.digest(app, "1.0"), ":1.0", id="digest"),
        pytest.param(lambda registry, app: registry.contents(app, A), f"@{A}", id="contents"),
    ],
)


@ASK_BOTH
@pytest.mark.parametrize(
    ("get", "kind", "complaint"),
    [
        pytest.param(
            error_reply(404, "MANIFEST_UNKNOWN"),
            RepositoryNotFound,
            r"answered 404 \(MANIFEST_UNKNOWN\) to an anonymous request: there is no such image; check its name, and"
            " whether it was deleted",
            id="an unknown tag",
        ),
        pytest.param(error_reply(404, "NAME_UNKNOWN"), RepositoryNotFound, "there is no such image", id="a repository"),
        pytest.param(
            Reply(404, b"<html>"), RepositoryNotFound, "answered 404 but not as the registry", id="a web site"
        ),
        pytest.param(error_reply(403, "DENIED"), RegistryUnauthorized, r"answered 403 \(DENIED\) to an", id="403"),
        pytest.param(error_reply(401, "UNAUTHORIZED"), RegistryUnauthorized, "is private or absent", id="401"),
        pytest.param(Reply(406), RegistryRefused, "answered 406, which", id="406"),
        pytest.param(Reply(501), RegistryRefused, "answered 501, which", id="501"),
        pytest.param(Reply(500), RegistryUnavailable, r"answered 500 \(server error\)", id="500"),
        pytest.param(Reply(429), RegistryUnavailable, "answered 429, too many requests", id="429"),
        pytest.param(Reply(cut=True), RegistryUnavailable, "closed the connection", id="cut off"),
        pytest.param(
            Reply(body=b'{"config":"' + b"x" * 4 * 1024 * 1024),
            RegistryRefused,
            "answered with more than 4096 KiB",
            id="too large",
        ),
        pytest.param(
            reply(b"<html>Sign in</html>", media_type="text/html"),
            RegistryRefused,
            r"a body \('text/html'\) that is not the registry protocol's JSON: .*no login page",
            id="HTML",
        ),
        pytest.param(json_reply([]), RegistryRefused, "not the registry protocol's JSON", id="a list"),
        pytest.param(json_reply({}), RegistryRefused, "not the registry protocol's JSON", id="neither of both"),
        pytest.param(
            json_reply({"manifests": [], "config": {"digest": A}}),
            RegistryRefused,
            "not the registry protocol's JSON",
            id="both in one",
        ),
        pytest.param(
            json_reply({"schemaVersion": 1, "fsLayers": [], "history": []}),
            RegistryRefused,
            "not the registry protocol's JSON",
            id="a manifest of the first schema",
        ),
        pytest.param(reply(manifest("sha256:abc")), RegistryRefused, "protocol's JSON", id="a broken config digest"),
        pytest.param(
            reply(manifest(f"{A}\n")), RegistryRefused, "protocol's JSON", id="a config digest and a new line"
        ),
        pytest.param(reply(index(entry("../x"))), RegistryRefused, "protocol's JSON", id="a broken platform digest"),
        pytest.param(json_reply({"manifests": [{}]}), RegistryRefused, "protocol's JSON", id="no platform digest"),
    ],
)
def test_each_situation_is_reported_in_one_line_that_names_the_image(
    registry: OciImageRegistry,
    server: RegistryServer,
    app: Repository,
    ask: Ask,
    image: str,
    get: Reply,
    kind: type[RegistryError],
    complaint: str,
) -> None:
    for reference in ("1.0", A):
        server.on_manifest(reference, by_method(Reply(405), get))
    with pytest.raises(kind, match=complaint) as caught:
        ask(registry, app)
    message = str(caught.value)
    assert message.startswith(f"{app}{image}: {server.host} ")
    assert message.splitlines() == [message]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 418, 501])
def test_tries_get_before_reporting_a_refused_head(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, status: int
) -> None:
    server.on_manifest("1.0", by_method(Reply(status), reply(MANIFEST)))
    assert registry.digest(app, "1.0") == sha256(MANIFEST)
    server.on_manifest("1.0", Reply(status))
    with pytest.raises(RegistryError, match=f"{app}:1.0: {server.host} answered {status}"):
        registry.digest(app, "1.0")
    assert methods(server) == ["HEAD", "GET"] * 2


@pytest.mark.parametrize("problem", [Reply(cut=True), Reply(429), Reply(500)])
def test_a_transient_failure_of_head_is_not_reported(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, clock: StandingClock, problem: Reply
) -> None:
    server.on_manifest("1.0", scripted(problem, problem, problem, reply(b"", A)))
    assert registry.digest(app, "1.0") == A
    assert methods(server) == ["HEAD"] * 4
    assert clock.waits == [0.5, 1.0, 2.0]


def test_a_token_is_fetched_once_for_head_and_get(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    challenge = challenge_reply(f'Bearer realm="{server.url}/token",service="r.test"')
    served = by_method(reply(b""), reply(MANIFEST))
    server.on_manifest("1.0", lambda seen: served(seen) if seen.authorization == "Bearer t0" else challenge)
    server.on("/token", json_reply({"token": "t0"}))
    assert registry.digest(app, "1.0", (ALICE,)) == sha256(MANIFEST)
    assert [(seen.method, seen.authorization) for seen in server.requests_for(PATH)] == [
        ("HEAD", None),
        ("HEAD", "Bearer t0"),
        ("GET", "Bearer t0"),
    ]
    (token,) = server.requests_for("/token")
    assert (token.method, token.headers["accept"]) == ("GET", "application/json")


def test_the_next_credential_is_tried_for_an_image_that_is_hidden(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    def answer(seen: Seen) -> Reply:
        if seen.authorization is None:
            return challenge_reply("Basic")
        # "bob:" in base64.
        return reply(MANIFEST) if "Ym9iO" in seen.authorization else error_reply(404, "MANIFEST_UNKNOWN")

    server.on_manifest("1.0", answer)
    server.on_manifest(sha256(MANIFEST), answer)
    assert registry.digest(app, "1.0", (ALICE, BOB)) == sha256(MANIFEST)
    assert registry.contents(app, sha256(MANIFEST), (ALICE, BOB), configs=True) == {C}


def test_a_redirect_is_followed_by_the_same_method_and_without_the_credentials(
    registry: OciImageRegistry, server: RegistryServer, other_server: RegistryServer, app: Repository
) -> None:
    moved = Reply(307, headers=(("Location", f"{other_server.url}/there"),))
    server.on_manifest("1.0", lambda seen: moved if seen.authorization else challenge_reply("Basic"))
    other_server.on("/there", reply(MANIFEST))
    assert registry.digest(app, "1.0", (ALICE,)) == sha256(MANIFEST)
    assert [(seen.method, seen.authorization) for seen in other_server.seen] == [("HEAD", None), ("GET", None)]


def test_a_redirect_of_a_manifest_goes_only_to_permitted_hosts(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_manifest("1.0", Reply(307, headers=(("Location", "https://metadata.test/"),)))
    with pytest.raises(RegistryRefused, match=r"169\.254\.169\.254, which is not public"):
        registry.digest(app, "1.0")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(manifest(), set(), id="one image"),
        pytest.param(manifest(media_type=DOCKER_MANIFEST), set(), id="one image of Docker"),
        pytest.param(index(entry(A), entry(B, platform=ARM)), {A, B}, id="an index"),
        pytest.param(index(entry(A, DOCKER_MANIFEST), media_type=DOCKER_LIST), {A}, id="a list of Docker"),
        pytest.param(index(entry(A), entry(A, platform=ARM)), {A}, id="the same for two platforms"),
        pytest.param(index(), set(), id="nothing"),
        pytest.param(index(entry(A), entry(B, annotations=ATTESTATION)), {A}, id="an attestation"),
        pytest.param(
            index(entry(A), entry(B, annotations=ATTESTATION, platform=ARM)), {A}, id="an attestation for a platform"
        ),
        pytest.param(index(entry(A), entry(B, platform=UNKNOWN)), {A}, id="an unknown platform"),
        pytest.param(
            index(entry(A, platform={"os": "unknown", "architecture": "amd64"})), {A}, id="a system that is unknown"
        ),
        pytest.param(index(entry(A, platform=None, annotations=None)), {A}, id="null for a platform"),
        pytest.param(index(entry(A, annotations={"vnd.docker.reference.type": "x"})), {A}, id="another reference"),
        pytest.param(index(entry(A, platform={**ARM, "variant": None})), {A}, id="null for a variant"),
        pytest.param(index(entry(A, annotations={"x": None})), {A}, id="null for an annotation"),
        pytest.param(index(entry("sha512:" + "0" * 128)), {"sha512:" + "0" * 128}, id="a longer digest"),
        pytest.param(
            index(*(entry(sha256(str(n))) for n in range(100))), {sha256(str(n)) for n in range(100)}, id="100"
        ),
        pytest.param(
            index(entry(A), *(entry(sha256(str(n)), annotations=ATTESTATION) for n in range(100))),
            {A},
            id="attestations do not count",
        ),
    ],
)
def test_one_request_describes_an_image(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, body: bytes, expected: set[str]
) -> None:
    assert registry.contents(app, serve(server, body)) == expected
    assert methods(server) == ["GET"]


def test_the_configuration_of_one_image_costs_no_further_request(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    assert registry.contents(app, serve(server, MANIFEST), configs=True) == {C}
    assert methods(server) == ["GET"]


def test_lists_configurations_of_all_platforms_but_not_of_attestations(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    amd, arm, proof = manifest(A), manifest(B, DOCKER_MANIFEST), manifest(D)
    whole = index(
        entry(sha256(amd)),
        entry(sha256(arm), DOCKER_MANIFEST, platform=ARM),
        entry(sha256(proof), platform=UNKNOWN, annotations=ATTESTATION),
    )
    assert registry.contents(app, serve(server, whole, amd, arm, proof), configs=True) == {
        sha256(amd),
        sha256(arm),
        A,
        B,
    }
    assert len(server.seen) == 3


@pytest.mark.parametrize("media_type", [OCI_INDEX, DOCKER_LIST])
@pytest.mark.parametrize("configs", [False, True])
def test_an_index_inside_an_index_is_followed(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, media_type: str, *, configs: bool
) -> None:
    amd, arm = manifest(A), manifest(B)
    inner = index(entry(sha256(amd)), media_type=media_type)
    whole = index(entry(sha256(inner), media_type), entry(sha256(arm), platform=ARM))
    expected = {sha256(inner), sha256(amd), sha256(arm)} | ({A, B} if configs else set())
    assert registry.contents(app, serve(server, whole, inner, amd, arm), configs=configs) == expected


def test_a_nested_index_that_is_declared_as_a_manifest_is_one_manifest(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    inner = index(entry(sha256(manifest(A))))
    whole = index(entry(sha256(inner), OCI_MANIFEST))
    assert registry.contents(app, serve(server, whole, inner), configs=True) == {sha256(inner)}


def test_an_index_inside_that_a_mirror_left_out_holds_nothing(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    assert registry.contents(app, serve(server, index(entry(A), entry(B, OCI_INDEX)))) == {A, B}


def test_indexes_are_not_followed_for_ever(registry: OciImageRegistry, server: RegistryServer, app: Repository) -> None:
    bodies = [index(entry(A))]
    for _ in range(4):
        bodies.insert(0, index(entry(sha256(bodies[0]), OCI_INDEX)))
    with pytest.raises(RegistryRefused, match="indexes that are nested more than 3 levels deep"):
        registry.contents(app, serve(server, *bodies))


def test_platforms_that_a_mirror_left_out_have_no_configuration_there(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    amd = manifest(A)
    whole = index(entry(sha256(amd)), entry(B, platform=ARM))
    assert registry.contents(app, serve(server, whole, amd), configs=True) == {sha256(amd), A, B}


@pytest.mark.parametrize(
    ("platform", "kind", "complaint"),
    [
        pytest.param(reply(manifest(B)), RegistryRefused, rf"was asked for {A}, but it sent sha256:", id="another one"),
        pytest.param(reply(b"<html>"), RegistryRefused, "protocol's JSON", id="HTML"),
        pytest.param(Reply(403), RegistryUnauthorized, "answered 403", id="403"),
        pytest.param(Reply(500), RegistryUnavailable, "answered 500", id="500"),
    ],
)
def test_a_platform_that_cannot_be_read_is_an_error_and_never_a_shorter_list(
    registry: OciImageRegistry,
    server: RegistryServer,
    app: Repository,
    platform: Reply,
    kind: type[RegistryError],
    complaint: str,
) -> None:
    server.on_manifest(A, platform)
    with pytest.raises(kind, match=complaint):
        registry.contents(app, serve(server, index(entry(A))), configs=True)


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_content_must_match_the_requested_digest(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, algorithm: str
) -> None:
    digest = f"{algorithm}:{hashlib.new(algorithm, MANIFEST).hexdigest()}"
    server.on_manifest(digest, scripted(reply(MANIFEST), reply(MANIFEST + b" ", digest)))
    assert registry.contents(app, digest, configs=True) == {C}
    with pytest.raises(RegistryRefused, match=rf"^{app}@{digest}: .* was asked for {digest}, but it sent {algorithm}:"):
        registry.contents(app, digest)


@pytest.mark.parametrize(
    "digest",
    [
        pytest.param("", id="nothing"),
        pytest.param("1.0", id="a tag"),
        pytest.param("md5:" + "0" * 32, id="an algorithm that proves nothing"),
        pytest.param(f"{A}\n", id="a new line"),
        pytest.param(f"{A}/../../../x", id="a path"),
    ],
)
def test_never_requests_an_invalid_digest(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, digest: str
) -> None:
    with pytest.raises(RegistryRefused, match="is not a digest: one is 'sha256:' and 64") as caught:
        registry.contents(app, digest)
    assert len(str(caught.value).splitlines()) == 1
    assert server.seen == []


@pytest.mark.parametrize("configs", [False, True])
def test_an_index_of_too_many_platforms_is_not_read(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, *, configs: bool
) -> None:
    digest = serve(server, index(*(entry(sha256(str(number))) for number in range(101))))
    with pytest.raises(RegistryRefused, match="an index of 101 platforms, and at most 100 are read"):
        registry.contents(app, digest, configs=configs)
    assert len(server.seen) == 1


def test_an_index_of_very_many_entries_is_refused_before_it_takes_memory(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    digest = serve(server, index(*(entry(A) for _ in range(20_000))))
    for ask in (registry.contents, registry.platforms):
        with pytest.raises(RegistryRefused, match="an index of more than 1000 entries, which is not read"):
            ask(app, digest)


def test_platforms_that_take_too_long_in_all_are_given_up(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, clock: StandingClock
) -> None:
    images = [manifest(sha256(str(number))) for number in range(40)]
    digest = serve(server, index(*(entry(sha256(image)) for image in images)))

    def slowly(body: bytes) -> Handler:
        def answer(_seen: Seen) -> Reply:
            clock.passed += 20
            return reply(body)

        return answer

    for image in images:
        server.on_manifest(sha256(image), slowly(image))
    with pytest.raises(RegistryUnavailable, match="did not return the manifests of all platforms within 300 s"):
        registry.contents(app, digest, configs=True)
    assert len(server.seen) == 16
