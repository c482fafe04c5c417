"""Who is queried, and with which credentials, when a registry has a mirror."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.fakes.image_registry import FakeImageRegistry
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryRefused,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.application.registry_queries.mirrors import query_through_mirrors
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.mirror import Mirror
from watch_cluster.domain.images.reference import Repository

APP = Repository("registry.example", "team/app")
MIRRORED = Repository("mirror.example", "proxy/team/app")
MIRRORS = (Mirror.parse("docker.io=other.example"), Mirror.parse("registry.example=mirror.example/proxy"))
OURS, MIRRORS_OWN = Credential("us", "our-password"), Credential("mirror", "mirrors-password")


def candidates_for(repository: Repository) -> tuple[Credential, ...]:
    return {APP: (OURS,), MIRRORED: (MIRRORS_OWN,)}.get(repository, ())


def tags_of(registry: FakeImageRegistry, repository: Repository = APP) -> tuple[str, ...]:
    return query_through_mirrors(MIRRORS, repository, candidates_for, registry.tags)


@pytest.fixture
def registry() -> FakeImageRegistry:
    return FakeImageRegistry({str(APP): ("1",), str(MIRRORED): ("1", "2")})


def test_queries_only_the_mirror_with_its_own_credentials(registry: FakeImageRegistry) -> None:
    assert tags_of(registry) == ("1", "2")
    assert registry.queries == [(MIRRORED, (MIRRORS_OWN,))]


def test_a_mirror_that_cannot_respond_now_is_passed_over(registry: FakeImageRegistry) -> None:
    registry.faults[str(MIRRORED)] = RegistryUnavailable("the mirror is away")
    assert tags_of(registry) == ("1",)
    assert registry.queries == [(MIRRORED, (MIRRORS_OWN,)), (APP, (OURS,))]


@pytest.mark.parametrize("kind", [RepositoryNotFound, RegistryUnauthorized, RegistryRefused])
def test_the_response_of_a_mirror_counts_even_if_it_is_a_refusal(
    registry: FakeImageRegistry, kind: type[RegistryError]
) -> None:
    registry.faults[str(MIRRORED)] = kind("no")
    with pytest.raises(kind, match=r"^no$"):
        tags_of(registry)
    assert [repository for repository, _ in registry.queries] == [MIRRORED]


def test_reports_both_when_mirror_and_registry_are_unavailable(registry: FakeImageRegistry) -> None:
    until = datetime(2031, 1, 1, tzinfo=UTC)
    registry.faults[str(MIRRORED)] = RegistryUnavailable("the mirror is away")
    registry.faults[str(APP)] = RegistryUnavailable("the registry is away", until)
    with pytest.raises(
        RegistryUnavailable, match=r"^the registry is away; and at its mirror, the mirror is away$"
    ) as it:
        tags_of(registry)
    assert it.value.retry_at == until


def test_when_only_the_mirror_is_away_the_registry_s_refusal_counts(registry: FakeImageRegistry) -> None:
    registry.faults[str(MIRRORED)] = RegistryUnavailable("the mirror is away")
    registry.faults[str(APP)] = RegistryUnauthorized("the registry says no")
    with pytest.raises(RegistryUnauthorized, match=r"^the registry says no$"):
        tags_of(registry)


def test_queries_a_registry_without_a_mirror_directly(registry: FakeImageRegistry) -> None:
    elsewhere = Repository("elsewhere.example", "app")
    registry.repositories[str(elsewhere)] = ("3",)
    assert tags_of(registry, elsewhere) == ("3",)
    assert registry.queries == [(elsewhere, ())]
