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
