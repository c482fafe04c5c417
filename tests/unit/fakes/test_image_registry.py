from __future__ import annotations

import pytest

from tests.fakes.image_registry import FakeImageRegistry
from watch_cluster.application.ports.image_registry import ImageRegistry, RegistryUnavailable, RepositoryNotFound
from watch_cluster.domain.credential import Credential
from watch_cluster.domain.image import ImageReference

NGINX = ImageReference.parse("nginx").repository


def test_it_is_an_image_registry_that_lists_tags_in_order() -> None:
    registry: ImageRegistry = FakeImageRegistry({"docker.io/library/nginx": ("2", "10", "1")})
    assert registry.tags(NGINX) == ("1", "10", "2")


def test_a_repository_that_it_was_not_given_is_not_found() -> None:
    with pytest.raises(RepositoryNotFound, match="there is no such repository"):
        FakeImageRegistry().tags(NGINX)


def test_a_fault_is_raised_until_it_is_taken_away() -> None:
    registry = FakeImageRegistry({str(NGINX): ("1",)}, {str(NGINX): RegistryUnavailable("down")})
    with pytest.raises(RegistryUnavailable, match="down"):
        registry.tags(NGINX)
    registry.faults.clear()
    assert registry.tags(NGINX) == ("1",)


def test_it_remembers_what_it_was_asked_with_which_credentials() -> None:
    registry = FakeImageRegistry({str(NGINX): ()})
    credential = Credential("robot", "secret")
    registry.tags(NGINX, (credential,))
    assert registry.questions == [(NGINX, (credential,))]


def test_each_tag_has_a_digest_of_its_own_until_a_test_says_which() -> None:
    registry = FakeImageRegistry({str(NGINX): ("1.25", "1.26")})
    first, second = registry.digest(NGINX, "1.25"), registry.digest(NGINX, "1.26")
    assert first != second
    assert first == registry.digest(NGINX, "1.25")

    registry.digests[f"{NGINX}:1.25"] = second
    assert registry.digest(NGINX, "1.25") == second


def test_a_tag_that_is_not_there_has_no_digest() -> None:
    with pytest.raises(RepositoryNotFound, match=r"nginx:1\.27"):
        FakeImageRegistry({str(NGINX): ("1.25",)}).digest(NGINX, "1.27")


def test_what_lies_below_a_digest_is_what_a_test_says() -> None:
    registry = FakeImageRegistry({str(NGINX): ("1.25",)}, parts={"sha256:1": frozenset({"sha256:2"})})
    assert registry.contents(NGINX, "sha256:1") == {"sha256:2"}
    assert registry.contents(NGINX, "sha256:3") == frozenset()
