"""Digests as the registry of the CNCF tells them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Final

import httpx
import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.registry.images import push
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import RepositoryNotFound
from watch_cluster.domain.images.reference import Repository

INDEX: Final = "application/vnd.oci.image.index.v1+json"
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def registry(cluster: Cluster) -> Iterator[OciImageRegistry]:
    registry = OciImageRegistry(plain_http_hosts=frozenset({cluster.registry}))
    yield registry
    registry.close()


@pytest.fixture
def shop(cluster: Cluster, namespace: str) -> Repository:
    return Repository(cluster.registry, f"{namespace}/shop")


@pytest.fixture
def client(shop: Repository) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{shop.registry}/v2/{shop.path}/manifests", trust_env=False) as client:
        yield client


def pushed_config(client: httpx.Client, digest: str) -> str:
    answer = client.get(f"/{digest}", headers={"Accept": MANIFEST}).raise_for_status()
    return str(answer.json()["config"]["digest"])


def push_index(client: httpx.Client, tag: str, *platforms: str) -> str:
    entries = [
        {
            "mediaType": MANIFEST,
            "digest": digest,
            "size": len(client.get(f"/{digest}", headers={"Accept": MANIFEST}).raise_for_status().content),
            "platform": {"os": "linux", "architecture": "amd64"},
        }
        for digest in platforms
    ]
    body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
    client.put(f"/{tag}", content=body, headers={"Content-Type": INDEX}).raise_for_status()
    return "sha256:" + hashlib.sha256(body).hexdigest()


def test_the_digest_of_an_image_is_that_of_the_manifest_that_was_pushed(
    registry: OciImageRegistry, shop: Repository, client: httpx.Client
) -> None:
    digest = push(shop.registry, shop.path, "1.0.0")
    assert registry.digest(shop, "1.0.0") == digest
    assert registry.contents(shop, digest) == frozenset()
    assert registry.contents(shop, digest, configs=True) == {pushed_config(client, digest)}


def test_the_digest_of_an_index_is_its_own_and_not_that_of_a_platform(
    registry: OciImageRegistry, shop: Repository, client: httpx.Client
) -> None:
    platforms = {push(shop.registry, shop.path, tag) for tag in ("one", "two")}
    digest = push_index(client, "1.0.0", *platforms)
    assert registry.digest(shop, "1.0.0") == digest
    assert registry.contents(shop, digest) == platforms
    configs = {pushed_config(client, platform) for platform in platforms}
    assert registry.contents(shop, digest, configs=True) == platforms | configs


def test_a_tag_that_moves_has_another_digest(registry: OciImageRegistry, shop: Repository) -> None:
    first = push(shop.registry, shop.path, "latest")
    assert registry.digest(shop, "latest") == first
    second = push(shop.registry, shop.path, "latest", "slow")
    assert registry.digest(shop, "latest") == second != first


def test_a_tag_that_is_not_there_is_not_found(registry: OciImageRegistry, shop: Repository) -> None:
    push(shop.registry, shop.path, "1.0.0")
    with pytest.raises(RepositoryNotFound, match=rf"^{shop}:1.0.1: .* 404 \(MANIFEST_UNKNOWN\) .* no such image"):
        registry.digest(shop, "1.0.1")
