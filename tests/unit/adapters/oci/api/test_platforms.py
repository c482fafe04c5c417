"""What images are built for, as registries tell it."""

from __future__ import annotations

import json

import pytest

from tests.servers.registry import RegistryServer, Reply, json_reply
from tests.unit.adapters.oci.api.test_manifests import (
    ARM,
    ATTESTATION,
    OCI_INDEX,
    UNKNOWN,
    A,
    B,
    C,
    entry,
    index,
    manifest,
    serve,
    sha256,
)
from tests.unit.adapters.oci.conftest import ALICE, BOB
from watch_cluster.adapters.oci.registry import MAX_PLATFORMS, OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import RegistryRefused, RepositoryNotFound
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.images.reference import Repository

AMD64, ARM64 = Platform.of("linux", "amd64"), Platform.of("linux", "arm64")
AMD = {"os": "linux", "architecture": "amd64"}


def serve_config(server: RegistryServer, content: object) -> str:
    """Serve a configuration by its digest, and the manifest that names it; give the manifest's digest."""
    body = json.dumps(content).encode()
    server.on(f"/v2/app/blobs/{sha256(body)}", Reply(body=body, headers=(("Content-Type", "application/json"),)))
    return serve(server, manifest(sha256(body)))


def test_an_index_has_the_platforms_of_its_manifests(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    body = index(
        entry(A, platform=AMD),
        entry(B, platform=ARM),
        entry(C, platform=UNKNOWN),
        entry(sha256("e"), platform=AMD, annotations=ATTESTATION),
        entry(sha256("f")),
    )
    assert registry.platforms(app, serve(server, body)) == {AMD64, ARM64}
    assert len(server.seen) == 1, "the manifests themselves are not asked for"


def test_a_nested_index_has_platforms(registry: OciImageRegistry, server: RegistryServer, app: Repository) -> None:
    inner = index(entry(B, platform={**ARM, "variant": None}))
    whole = index(entry(A, platform=AMD), entry(sha256(inner), OCI_INDEX))
    assert registry.platforms(app, serve(server, whole, inner)) == {AMD64, ARM64}


def test_an_image_has_its_platform_in_its_configuration(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    digest = serve_config(server, {"os": "linux", "architecture": "arm64", "variant": "v8", "rootfs": {}})
    assert registry.platforms(app, digest) == {ARM64}


@pytest.mark.parametrize("content", [{}, {"os": "linux"}, {"name": "a chart"}], ids=["empty", "half", "something else"])
def test_a_manifest_without_an_image_describes_nothing(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, content: object
) -> None:
    assert registry.platforms(app, serve_config(server, content)) == frozenset()


def test_content_with_a_digest_is_requested_once_per_credential(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    digest = serve(server, index(entry(A, platform=AMD)))
    for credentials in ((), (), (ALICE,), (BOB,), (ALICE,)):
        assert registry.platforms(app, digest, credentials) == {AMD64}
    assert len(server.seen) == 3


def test_keeps_a_limited_number_of_platforms(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    platforms = [{"os": "linux", "architecture": f"a{number}"} for number in range(100)]
    digest = serve(server, index(*(entry(sha256(f"{number}"), platform=each) for number, each in enumerate(platforms))))
    users = [(Credential(f"{number}", "secret"),) for number in range(MAX_PLATFORMS // 100 + 1)]
    for user in (*users, users[-1], users[0]):
        registry.platforms(app, digest, user)
    assert len(server.seen) == len(users) + 1, "the oldest made room"


def test_rejects_a_configuration_that_does_not_match_its_media_type(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    digest = serve(server, manifest(C))
    server.on(f"/v2/app/blobs/{C}", json_reply({"os": "linux", "architecture": "amd64"}))
    with pytest.raises(RegistryRefused, match="was asked for"):
        registry.platforms(app, digest)


def test_a_missing_workload_is_none(registry: OciImageRegistry, app: Repository) -> None:
    with pytest.raises(RepositoryNotFound):
        registry.platforms(app, A)


def test_does_not_request_an_invalid_digest(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    with pytest.raises(RegistryRefused, match="is not a digest"):
        registry.platforms(app, "../x")
    assert server.seen == []
