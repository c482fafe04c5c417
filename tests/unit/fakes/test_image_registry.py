from __future__ import annotations

import pytest

from tests.fakes.image_registry import FakeImageRegistry
from watch_cluster.application.ports.registry.image_registry import (
    ImageRegistry,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import ImageReference

NGINX = ImageReference.parse("nginx").repository
DIGEST = "sha256:" + "0" * 64


def test_it_is_an_image_registry_that_lists_tags_in_order() -> None:
    registry: ImageRegistry = FakeImageRegistry({"docker.io/library/nginx": ("2", "10", "1")})
    assert registry.tags(NGINX) == ("1", "10", "2")


def test_a_repository_that_it_was_not_given_is_not_found() -> None:
    with pytest.raises(RepositoryNotFound, match="there is no such repository"):
        FakeImageRegistry().tags(NGINX)


def test_a_repository_with_readers_is_visible_only_to_them() -> None:
    reader, other = Credential("reader", "x"), Credential("other", "x")
    registry = FakeImageRegistry({str(NGINX): ("1",)}, readers={str(NGINX): {reader}})
    assert registry.tags(NGINX, (other, reader)) == ("1",)
    for credentials in ((), (other,)):
        with pytest.raises(RegistryUnauthorized, match="private or absent"):
            registry.tags(NGINX, credentials)


def test_an_injected_error_is_raised_until_it_is_removed() -> None:
    registry = FakeImageRegistry({str(NGINX): ("1",)}, {str(NGINX): RegistryUnavailable("down")})
    with pytest.raises(RegistryUnavailable, match="down"):
        registry.tags(NGINX)
    registry.faults.clear()
    assert registry.tags(NGINX) == ("1",)


def test_records_requests_with_their_credentials() -> None:
    registry = FakeImageRegistry({str(NGINX): ()})
    credential = Credential("robot", "secret")
    registry.tags(NGINX, (credential,))
    assert registry.queries == [(NGINX, (credential,))]


def test_each_tag_has_a_digest_of_its_own_that_stays() -> None:
    registry = FakeImageRegistry({str(NGINX): ("1", "2"), "docker.io/library/redis": ("1",)})
    redis = ImageReference.parse("redis").repository
    digests = [registry.digest(NGINX, "1"), registry.digest(NGINX, "2"), registry.digest(redis, "1")]
    assert len(set(digests)) == 3
    assert all(ImageReference.parse(f"nginx@{digest}").digest == digest for digest in digests)
    assert registry.digest(NGINX, "1") == digests[0]


def test_a_tag_has_the_digest_that_it_was_given() -> None:
    registry = FakeImageRegistry({str(NGINX): ("1",)}, digests={f"{NGINX}:1": DIGEST})
    assert registry.digest(NGINX, "1") == DIGEST


def test_a_tag_that_it_was_not_given_is_not_found() -> None:
    with pytest.raises(RepositoryNotFound, match=f"^{NGINX}:2: there is no such image"):
        FakeImageRegistry({str(NGINX): ("1",)}).digest(NGINX, "2")


def test_an_image_has_what_it_was_given_and_configurations_only_on_request() -> None:
    registry = FakeImageRegistry(
        {str(NGINX): ()}, parts={DIGEST: frozenset({"platform"})}, configs={DIGEST: frozenset({"config"})}
    )
    assert registry.contents(NGINX, DIGEST) == {"platform"}
    assert registry.contents(NGINX, DIGEST, configs=True) == {"platform", "config"}
    assert registry.contents(NGINX, "another", configs=True) == frozenset()


def test_injected_errors_and_recorded_queries_include_digests_and_contents() -> None:
    registry = FakeImageRegistry(faults={str(NGINX): RegistryUnavailable("down")})
    credential = Credential("robot", "secret")
    with pytest.raises(RegistryUnavailable, match="down"):
        registry.digest(NGINX, "1", (credential,))
    with pytest.raises(RegistryUnavailable, match="down"):
        registry.contents(NGINX, DIGEST)
    assert registry.queries == [(NGINX, (credential,)), (NGINX, ())]
