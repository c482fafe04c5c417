"""What tags stand for at the real registry."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.images import push, push_index
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.image_registry import RepositoryNotFound
from watch_cluster.domain.image import Repository


@pytest.fixture
def registry() -> Iterator[OciImageRegistry]:
    made = OciImageRegistry()
    yield made
    made.close()


def test_a_tag_has_the_digest_that_was_pushed(registry: OciImageRegistry, cluster: Cluster, namespace: str) -> None:
    first = push(cluster.registry, f"{namespace}/app", "edge")
    repository = Repository(cluster.registry, f"{namespace}/app")
    assert registry.digest(repository, "edge") == first
    assert registry.contents(repository, first) == frozenset()
    assert len(registry.contents(repository, first, configs=True)) == 1

    second = push(cluster.registry, f"{namespace}/app", "edge", edition=2)
    assert registry.digest(repository, "edge") == second != first


def test_an_index_is_told_with_its_platforms(registry: OciImageRegistry, cluster: Cluster, namespace: str) -> None:
    name = f"{namespace}/app"
    parts = [push(cluster.registry, name, tag) for tag in ("amd64", "arm64")]
    index = push_index(cluster.registry, name, "edge", *parts)
    repository = Repository(cluster.registry, name)

    assert registry.digest(repository, "edge") == index
    assert registry.contents(repository, index) == set(parts)
    assert len(registry.contents(repository, index, configs=True)) == 4


def test_a_tag_that_is_not_there_is_told(registry: OciImageRegistry, cluster: Cluster, namespace: str) -> None:
    push(cluster.registry, f"{namespace}/app", "edge")
    with pytest.raises(RepositoryNotFound, match="there is no stable"):
        registry.digest(Repository(cluster.registry, f"{namespace}/app"), "stable")
