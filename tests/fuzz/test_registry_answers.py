"""Whatever a registry answers: the client gives an answer or one of its declared errors, in time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import strategies as st

from tests.fuzz.fuzzing import VALUES, Fuzz, spoilt
from tests.servers.registry import RegistryServer, Reply
from tests.unit.adapters.oci.conftest import StandingClock, resolve_for_tests
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import RegistryError
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository

_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_INDEX: Final = "application/vnd.oci.image.index.v1+json"
_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
_DIGEST: Final = f"sha256:{'a' * 64}"
TAGS: Final = {"name": "app", "tags": ["1.0.0", "1.0.1", "latest"]}
INDEX: Final = {
    "schemaVersion": 2,
    "mediaType": _INDEX,
    "manifests": [
        {
            "mediaType": _MANIFEST,
            "digest": _DIGEST,
            "size": 100,
            "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"},
            "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
        }
    ],
}
MANIFEST: Final = {
    "schemaVersion": 2,
    "mediaType": _MANIFEST,
    "config": {"mediaType": _CONFIG, "digest": _DIGEST, "size": 100},
    "layers": [],
}
TOKEN: Final = {"token": "t", "expires_in": 300, "issued_at": "2026-11-23T03:00:00Z"}
_LINES: Final = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=60)
HEADERS: Final = st.lists(
    st.one_of(
        st.tuples(
            st.just("Content-Type"), st.sampled_from(["application/json", _MANIFEST, _INDEX, "text/html", ";", ""])
        ),
        st.tuples(st.just("Docker-Content-Digest"), st.sampled_from([_DIGEST, "sha256:x", ""]) | _LINES),
        st.tuples(
            st.just("Link"), st.sampled_from(["</v2/app/tags/list?last=1>; rel=next", "<//x>; rel=next"]) | _LINES
        ),
        st.tuples(st.just("Location"), st.sampled_from(["/v2/", "http://[", "//a", "http://private.test/"]) | _LINES),
        st.tuples(
            st.just("WWW-Authenticate"),
            st.sampled_from(['Bearer realm="/token",service="s"', 'Bearer realm="http://["', "Basic", 'Bearer realm="'])
            | _LINES,
        ),
        st.tuples(
            st.just("Retry-After"), st.sampled_from(["1", "-1", "9" * 400, "Wed, 21 Oct 2015 07:28:00 GMT"]) | _LINES
        ),
        st.tuples(st.sampled_from(["RateLimit-Limit", "RateLimit-Remaining", "Content-Encoding"]), _LINES),
        st.tuples(st.just("RateLimit-Limit"), st.sampled_from(["100;w=21600", "0;w=", ";", "9" * 300])),
    ),
    max_size=5,
).map(tuple)
STATUSES: Final = st.sampled_from([200, 200, 200, 200, 201, 204, 206, 301, 307, 400, 401, 403, 404, 429, 500, 503, 999])


def bodies(*documents: Any) -> st.SearchStrategy[bytes]:
    """Such a document, spoilt; any other; and no document at all."""
    spoilt_ones = st.one_of(*[spoilt(document) | st.just(document) for document in documents])
    return (spoilt_ones | VALUES).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100)


def replies(*documents: Any) -> st.SearchStrategy[Reply]:
    return st.builds(Reply, STATUSES, bodies(*documents), HEADERS, cut=st.sampled_from([False] * 20 + [True]))


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with RegistryServer() as running:
        yield running


def test_responses_of_registries_raise_only_declared_errors(fuzz: Fuzz, server: RegistryServer) -> None:
    app = Repository(server.host, "app")
    answers = replies(TAGS, INDEX, MANIFEST, {"errors": [{"code": "UNAUTHORIZED", "message": "no", "detail": []}]})
    inputs = st.tuples(answers, answers, replies(TOKEN))

    def check(found: tuple[Reply, Reply, Reply]) -> None:
        tags, manifest, token = found
        digest = f"sha256:{hashlib.sha256(manifest.body).hexdigest()}"
        server.handlers.clear()
        server.seen.clear()
        server.on_tags(tags)
        server.on("/token", token)
        for name in ("1.0.1", digest, _DIGEST):
            server.on_manifest(name, manifest)
        server.on(f"/v2/app/blobs/{_DIGEST}", tags)
        credentials = (Credential("alice", "secret"),)
        # A clock of its own: what one input makes the client wait for, the next has nothing to do with.
        registry = OciImageRegistry(timing=StandingClock().timing, resolve=resolve_for_tests, deadline_seconds=5)
        try:
            with suppress(RegistryError):
                assert all(isinstance(each, str) for each in registry.tags(app, credentials))
            with suppress(RegistryError):
                assert registry.digest(app, "1.0.1", credentials).startswith("sha256:")
            with suppress(RegistryError):
                registry.platforms(app, digest, credentials)
            with suppress(RegistryError):
                registry.contents(app, digest, credentials, configs=True)
        finally:
            registry.close()

    fuzz(inputs, check)
