"""What a tag stands for, told by registries of every kind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.registry_server import (
    Handler,
    RegistryServer,
    Reply,
    Seen,
    challenge_reply,
    error_reply,
    json_reply,
    scripted,
)
from tests.unit.adapters.oci.conftest import ALICE, BOB
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.image_registry import (
    RegistryError,
    RegistryRefused,
    RegistryUnauthorised,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.domain.image import Repository

MANIFESTS = "/v2/app/manifests"
HEADER = "Docker-Content-Digest"


def digest_of(reply: Reply) -> str:
    return f"sha256:{hashlib.sha256(reply.body).hexdigest()}"


def manifest(name: str = "one") -> Reply:
    config = {"digest": f"sha256:{hashlib.sha256(name.encode()).hexdigest()}", "size": 7}
    return json_reply({"schemaVersion": 2, "config": config, "layers": []})


def config_of(reply: Reply) -> str:
    digest: str = json.loads(reply.body)["config"]["digest"]
    return digest


def entry(reply: Reply, os: str = "linux", architecture: str = "amd64", **more: Any) -> dict[str, Any]:
    return {"digest": digest_of(reply), "platform": {"os": os, "architecture": architecture}, **more}


def index(*entries: dict[str, Any]) -> Reply:
    return json_reply({"schemaVersion": 2, "manifests": list(entries)})


def with_header(reply: Reply, digest: str | None = None) -> Reply:
    return Reply(reply.status, reply.body, (*reply.headers, (HEADER, digest or digest_of(reply))))


def by_method(head: Reply, get: Reply) -> Handler:
    return lambda seen: head if seen.method == "HEAD" else get


def methods(server: RegistryServer) -> list[str]:
    return [seen.method for seen in server.seen]


ONE, TWO = manifest("one"), manifest("two")


def test_the_digest_is_told_by_a_head_alone(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on(f"{MANIFESTS}/1.0", with_header(ONE))

    assert registry.digest(app, "1.0") == digest_of(ONE)

    [seen] = server.seen
    assert seen.method == "HEAD"
    assert [kind.strip() for kind in seen.headers["accept"].split(",")] == [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ]
    assert seen.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(ONE, id="no header"),
        pytest.param(with_header(ONE, "md5:1"), id="a header that is no digest"),
        pytest.param(error_reply(404, "MANIFEST_UNKNOWN"), id="404"),
        pytest.param(error_reply(405, "UNSUPPORTED"), id="405"),
        pytest.param(error_reply(400, "UNSUPPORTED"), id="400"),
    ],
)
def test_where_a_head_does_not_tell_the_body_is_hashed(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, head: Reply
) -> None:
    server.on(f"{MANIFESTS}/1.0", by_method(head, ONE))

    assert registry.digest(app, "1.0") == digest_of(ONE)
    # A server error may pass, so it is asked more than once.
    assert methods(server)[-1] == "GET"


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        pytest.param(error_reply(404, "MANIFEST_UNKNOWN"), RepositoryNotFound, "there is no 1.0", id="no such tag"),
        pytest.param(Reply(404, b"gone"), RepositoryNotFound, "there is no 1.0", id="a bare 404"),
        pytest.param(error_reply(403, "DENIED"), RegistryUnauthorised, "403", id="403"),
        pytest.param(challenge_reply(), RegistryUnauthorised, "401", id="401"),
        pytest.param(error_reply(500, "UNKNOWN"), RegistryUnavailable, "500", id="500"),
        pytest.param(error_reply(429, "TOOMANYREQUESTS"), RegistryUnavailable, "429", id="429"),
        pytest.param(Reply(cut=True), RegistryUnavailable, "broke the connection off", id="cut off"),
        pytest.param(Reply(200, b"<html>"), RegistryRefused, "not the registry protocol's JSON", id="HTML"),
        pytest.param(Reply(200, b" " * (4 * 1024 * 1024 + 1)), RegistryRefused, "more than 4096 KiB", id="too large"),
        pytest.param(
            by_method(error_reply(405, "X"), with_header(ONE, f"sha256:{'0' * 64}")),
            RegistryRefused,
            "contradicts itself",
            id="a header that lies",
        ),
    ],
)
def test_what_is_no_answer_is_told_with_the_reason(
    registry: OciImageRegistry,
    server: RegistryServer,
    app: Repository,
    reply: Reply | Handler,
    kind: type[RegistryError],
    words: str,
) -> None:
    server.on(f"{MANIFESTS}/1.0", reply)
    with pytest.raises(kind, match=words) as caught:
        registry.digest(app, "1.0")
    assert str(app) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_challenge_to_a_head_is_taken_up(registry: OciImageRegistry, server: RegistryServer, app: Repository) -> None:
    server.on("/token", json_reply({"token": "t"}))
    bearer = f'Bearer realm="{server.url}/token",service="s"'
    server.on(
        f"{MANIFESTS}/1.0",
        lambda seen: with_header(ONE) if seen.authorisation == "Bearer t" else challenge_reply(bearer),
    )
    assert registry.digest(app, "1.0") == digest_of(ONE)
    assert "scope=repository%3Aapp%3Apull" in server.asked("/token")[0].query


def test_a_trouble_that_passes_is_waited_for(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on(f"{MANIFESTS}/1.0", scripted(error_reply(503, "UNAVAILABLE"), with_header(ONE)))
    assert registry.digest(app, "1.0") == digest_of(ONE)


def test_a_tag_that_one_credential_does_not_see_is_asked_for_with_the_next(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    def answer(seen: Seen) -> Reply:
        if seen.authorisation is None:
            return challenge_reply("Basic")
        return with_header(ONE) if seen.authorisation.endswith("Ym9iOmJvYnMtcGFzc3dvcmQ=") else error_reply(404, "X")

    server.on(f"{MANIFESTS}/1.0", answer)
    assert registry.digest(app, "1.0", (ALICE, BOB)) == digest_of(ONE)


Serve = Callable[[Reply], str]


@pytest.fixture
def serve(server: RegistryServer) -> Serve:
    """Have the registry give a manifest for its digest."""

    def serve(reply: Reply) -> str:
        server.on(f"{MANIFESTS}/{digest_of(reply)}", reply)
        return digest_of(reply)

    return serve


ATTESTATION = manifest("attestation")


@pytest.mark.parametrize(
    "top",
    [
        pytest.param(index(entry(ONE), entry(TWO, architecture="arm64")), id="two platforms"),
        pytest.param(index(entry(ONE), entry(TWO), entry(ATTESTATION, "unknown", "unknown")), id="an unknown platform"),
        pytest.param(
            index(
                entry(ONE),
                {"digest": digest_of(TWO)},
                entry(ATTESTATION, annotations={"vnd.docker.reference.type": "attestation-manifest"}),
            ),
            id="an attestation, and a platform that is not named",
        ),
    ],
)
def test_an_index_is_known_by_its_platforms(
    registry: OciImageRegistry, app: Repository, serve: Serve, top: Reply
) -> None:
    for each in (ONE, TWO):
        serve(each)
    platforms = {digest_of(ONE), digest_of(TWO)}

    assert registry.contents(app, serve(top)) == platforms
    assert registry.contents(app, serve(top), configs=True) == platforms | {config_of(ONE), config_of(TWO)}


def test_one_image_is_known_by_its_configuration(registry: OciImageRegistry, app: Repository, serve: Serve) -> None:
    assert registry.contents(app, serve(ONE)) == frozenset()
    assert registry.contents(app, serve(ONE), configs=True) == {config_of(ONE)}


def test_without_configurations_no_platform_is_asked_for(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, serve: Serve
) -> None:
    registry.contents(app, serve(index(entry(ONE))))
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("top", "words"),
    [
        pytest.param(index({"digest": "../../etc"}), "no digest", id="a path for a digest"),
        pytest.param(index(*(entry(ONE) for _ in range(101))), "more than 100 platforms", id="very many platforms"),
        pytest.param(json_reply({"manifests": "many"}), "not the registry protocol's JSON", id="another shape"),
        pytest.param(json_reply([]), "not the registry protocol's JSON", id="a list"),
    ],
)
def test_an_index_that_is_none_is_refused(
    registry: OciImageRegistry, app: Repository, serve: Serve, top: Reply, words: str
) -> None:
    with pytest.raises(RegistryRefused, match=words):
        registry.contents(app, serve(top))


def test_what_has_another_digest_than_was_asked_for_is_refused(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on(f"{MANIFESTS}/{digest_of(ONE)}", TWO)
    with pytest.raises(RegistryRefused, match="contradicts itself"):
        registry.contents(app, digest_of(ONE))


def test_a_digest_that_is_gone_is_told(registry: OciImageRegistry, app: Repository) -> None:
    with pytest.raises(RepositoryNotFound, match=f"there is no {digest_of(ONE)}"):
        registry.contents(app, digest_of(ONE))
