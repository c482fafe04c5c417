"""The real cosign of both generations signs images on a real registry, and both it and Watch-Cluster verify them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.registry.images import push
from tests.signatures.make import PROVENANCE, REPOSITORY, Cosign, cosign, memory_registry
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.adapters.signatures.verifier import CosignVerifier
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.images.statement import SIGNATURE
from watch_cluster.domain.policy.values.verification import PublicKey


@pytest.fixture(scope="module", params=[2, 3], ids=["cosign 2", "cosign 3"])
def real_cosign(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Cosign:
    found = cosign(request.param, tmp_path_factory.mktemp("cosign"))
    found.generate_key("team")
    found.generate_key("stranger")
    return found


@pytest.fixture(scope="module")
def registry(real_cosign: Cosign) -> Iterator[str]:
    del real_cosign
    with memory_registry() as address:
        yield address


def predicate_types(registry: str, digest: str, folder: Path, key: str) -> set[str]:
    """Return what the key has signed about the image."""
    client, verifier = OciImageRegistry(), CosignVerifier()
    try:
        found = client.statements(Repository(registry, REPOSITORY), digest, attestations=True)
    finally:
        client.close()
    known = PublicKey(key, (folder / f"{key}.pub").read_bytes())
    return {each.predicate_type for each in found if digest in each.digests and verifier.verifies(known, each)}


def test_a_signature_verifies_with_its_key_and_no_other(real_cosign: Cosign, registry: str) -> None:
    digest = push(registry, REPOSITORY, "signed")
    image = f"{registry}/{REPOSITORY}@{digest}"
    assert predicate_types(registry, digest, real_cosign.folder, "team") == set()
    real_cosign.sign(image, "team")
    real_cosign.verify(image, "team")
    assert predicate_types(registry, digest, real_cosign.folder, "team") == {SIGNATURE}
    assert predicate_types(registry, digest, real_cosign.folder, "stranger") == set()


def test_an_attestation_verifies_as_its_predicate_type(real_cosign: Cosign, registry: str) -> None:
    digest = push(registry, REPOSITORY, "attested")
    real_cosign.attest(f"{registry}/{REPOSITORY}@{digest}", "team", PROVENANCE)
    assert predicate_types(registry, digest, real_cosign.folder, "team") == {PROVENANCE}
