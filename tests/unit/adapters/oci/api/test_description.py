"""What images say about themselves in their configurations: when they were built, and where they come from."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.servers.registry import RegistryServer, Reply, error_reply
from tests.unit.adapters.oci.api.test_manifests import (
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
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import RegistryRefused, RepositoryNotFound
from watch_cluster.domain.images.origin import NO_ORIGIN, ImageOrigin
from watch_cluster.domain.images.reference import Repository

AMD = {"os": "linux", "architecture": "amd64"}
MARCH = datetime(2024, 3, 1, 12, 30, tzinfo=UTC)


def blob(server: RegistryServer, content: object) -> bytes:
    """Serve a configuration by its digest, and give the manifest that names it."""
    body = json.dumps(content).encode()
    server.on(f"/v2/app/blobs/{sha256(body)}", Reply(body=body, headers=(("Content-Type", "application/json"),)))
    return manifest(sha256(body))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("2024-03-01T12:30:00Z", MARCH, id="RFC 3339"),
        pytest.param("2024-03-01T12:30:00.123456789Z", MARCH.replace(microsecond=123456), id="nanoseconds"),
        pytest.param("2024-03-01T13:30:00+01:00", MARCH, id="another time zone"),
        pytest.param("2024-03-01T12:30:00", MARCH, id="no time zone"),
        pytest.param("0001-01-01T00:00:00+14:00", None, id="before the first day"),
        pytest.param("9999-12-31T23:59:59-14:00", None, id="after the last day"),
        pytest.param("yesterday", None, id="no date"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="null"),
        pytest.param(1709296200, None, id="a number"),
        pytest.param({"a": 1}, None, id="an object"),
    ],
)
def test_the_date_of_an_image_is_read_or_unknown(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, written: object, expected: datetime | None
) -> None:
    digest = serve(server, blob(server, {"created": written}))
    assert registry.description(app, digest).created == expected


def test_an_image_without_a_date_has_none(registry: OciImageRegistry, server: RegistryServer, app: Repository) -> None:
    assert registry.description(app, serve(server, blob(server, {}))).created is None


def test_an_index_has_the_date_of_its_first_platform(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    image = blob(server, {"created": "2024-03-01T12:30:00Z"})
    whole = index(
        entry(A, platform=UNKNOWN),
        entry(B, platform=AMD, annotations=ATTESTATION),
        entry(sha256(image), platform=AMD),
        entry(C, platform=AMD),
    )
    assert registry.description(app, serve(server, whole, image)).created == MARCH


def test_a_nested_index_has_the_date_of_its_first_platform(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    image = blob(server, {"created": "2024-03-01T12:30:00Z"})
    inner = index(entry(sha256(image), platform=AMD))
    whole = index(entry(sha256(inner), OCI_INDEX))
    assert registry.description(app, serve(server, whole, inner, image)).created == MARCH


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(index(), id="nothing in it"),
        pytest.param(index(entry(A, platform=UNKNOWN)), id="attestations only"),
    ],
)
def test_an_index_without_an_image_has_no_date(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, body: bytes
) -> None:
    assert registry.description(app, serve(server, body)).created is None


def test_rejects_a_configuration_that_does_not_match_its_digest(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    digest = serve(server, manifest(A))
    server.on(f"/v2/app/blobs/{A}", Reply(body=b'{"created": "2024-03-01T12:30:00Z"}'))
    with pytest.raises(RegistryRefused):
        registry.description(app, digest)


def test_reports_a_missing_image_configuration_as_not_found(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    digest = serve(server, manifest(A))
    server.on(f"/v2/app/blobs/{A}", error_reply(404, "BLOB_UNKNOWN"))
    with pytest.raises(RepositoryNotFound):
        registry.description(app, digest)


SOURCE = {"org.opencontainers.image.source": "https://github.com/team/shop"}


def test_the_labels_of_an_image_are_read_with_its_date_in_one_request(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    digest = serve(server, blob(server, {"created": "2024-03-01T12:30:00Z", "config": {"Labels": SOURCE}}))
    described = registry.description(app, digest)
    assert described.created == MARCH
    assert described.origin == ImageOrigin(source="https://github.com/team/shop")
    assert len([each for each in server.seen if "/blobs/" in each.path]) == 1


def test_an_image_that_has_been_described_is_not_requested_again(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    digest = serve(server, blob(server, {"config": {"Labels": SOURCE}}))
    described = registry.description(app, digest)
    requests = len(server.seen)
    assert registry.description(app, digest) == described
    assert len(server.seen) == requests


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(None, id="null"),
        pytest.param([1, 2], id="a list"),
        pytest.param("text", id="text"),
        pytest.param({"Labels": None}, id="no labels"),
        pytest.param({"Labels": "text"}, id="labels that are text"),
        pytest.param({"Labels": {"org.opencontainers.image.source": {"a": [1]}}}, id="a label that is an object"),
        pytest.param({"Labels": {**SOURCE, "more": "a" * 300_000}}, id="too large"),
    ],
)
def test_odd_labels_say_nothing_and_keep_no_date_back(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, settings: object
) -> None:
    digest = serve(server, blob(server, {"created": "2024-03-01T12:30:00Z", "config": settings}))
    described = registry.description(app, digest)
    assert (described.created, described.origin) == (MARCH, NO_ORIGIN)
