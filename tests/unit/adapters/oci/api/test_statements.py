"""What the real cosign has signed is read and verified; anything else is not, whatever the registry holds."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.signatures.corpus import REPOSITORY, Corpus, CorpusServer, public_key
from watch_cluster.adapters.oci.api.statements import (
    MAX_BLOB_BYTES,
    MAX_BLOBS,
    MAX_BYTES,
    MAX_PAYLOAD_BYTES,
    MAX_SIGNATURE_BYTES,
)
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.adapters.signatures.verifier import CosignVerifier
from watch_cluster.application.ports.registry.image_registry import RegistryRefused, RegistryUnavailable
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.images.statement import SIGNATURE, SignedStatement
from watch_cluster.domain.policy.values.verification import PublicKey

PROVENANCE = "https://slsa.dev/provenance/v1"
BOTH = pytest.mark.parametrize("generation", ["v2", "v3"])


@pytest.fixture
def corpus() -> Corpus:
    return Corpus.load()


@pytest.fixture
def registry() -> Iterator[OciImageRegistry]:
    registry = OciImageRegistry()
    yield registry
    registry.close()


def read(
    corpus: Corpus, registry: OciImageRegistry, tag: str, *, attestations: bool = False
) -> tuple[SignedStatement, ...]:
    with CorpusServer(corpus) as server:
        repository = Repository(server.host, REPOSITORY)
        return registry.statements(repository, corpus.digest(tag), attestations=attestations)


def signers(corpus: Corpus, registry: OciImageRegistry, tag: str, about: str = SIGNATURE) -> set[str]:
    """Return whose keys have signed exactly this image."""
    found = read(corpus, registry, tag, attestations=about != SIGNATURE)
    digest = corpus.digest(tag)
    valid = [each for each in found if each.predicate_type == about and digest in each.digests]
    verifier = CosignVerifier()
    return {
        name
        for name in ("team", "former", "stranger")
        if any(verifier.verifies(PublicKey(name, public_key(name)), each) for each in valid)
    }


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("unsigned", set()),
        ("signed-v2", {"team"}),
        ("signed-v3", {"team"}),
        ("stranger-v2", {"stranger"}),
        ("stranger-v3", {"stranger"}),
        ("twice-v2", {"team", "former"}),
        ("twice-v3", {"team", "former"}),
        ("attested-v2", {"team"}),
        ("attested-v3", {"team"}),
        ("only-attested-v2", set()),
        ("only-attested-v3", set()),
    ],
)
def test_agrees_with_cosign_on_who_signed(
    corpus: Corpus, registry: OciImageRegistry, tag: str, expected: set[str]
) -> None:
    assert signers(corpus, registry, tag) == expected


@BOTH
@pytest.mark.parametrize("tag", ["attested", "only-attested"])
def test_attestations_are_read_where_they_are_wanted(
    corpus: Corpus, registry: OciImageRegistry, tag: str, generation: str
) -> None:
    assert signers(corpus, registry, f"{tag}-{generation}", PROVENANCE) == {"team"}


def test_bundles_are_found_by_the_referrers_api(corpus: Corpus, registry: OciImageRegistry) -> None:
    corpus.referrers = True
    assert signers(corpus, registry, "signed-v3") == {"team"}
    assert signers(corpus, registry, "unsigned") == set()


def test_the_signature_of_another_image_of_cosign_2_does_not_count(corpus: Corpus, registry: OciImageRegistry) -> None:
    corpus.set_signatures("unsigned", corpus.signatures_of("signed-v2"), of="signed-v2")
    [statement] = read(corpus, registry, "unsigned")
    assert statement.digests == {corpus.digest("signed-v2")}
    assert signers(corpus, registry, "unsigned") == set()


def test_the_bundle_of_another_image_does_not_count(corpus: Corpus, registry: OciImageRegistry) -> None:
    corpus.set_signatures("unsigned", corpus.signatures_of("signed-v3", ""), "", of="signed-v3")
    [statement] = read(corpus, registry, "unsigned")
    assert statement.digests == {corpus.digest("signed-v3")}
    assert signers(corpus, registry, "unsigned") == set()


def test_a_payload_that_was_changed_for_another_image_does_not_verify(
    corpus: Corpus, registry: OciImageRegistry
) -> None:
    manifest = corpus.signatures_of("signed-v2")
    [layer] = manifest["layers"]
    payload = corpus.blobs[layer["digest"]]
    forged = payload.replace(corpus.digest("signed-v2").encode(), corpus.digest("unsigned").encode())
    corpus.set_signatures("unsigned", manifest | {"layers": [layer | corpus.add_blob(forged)]}, of="signed-v2")
    [statement] = read(corpus, registry, "unsigned")
    assert statement.digests == {corpus.digest("unsigned")}
    assert signers(corpus, registry, "unsigned") == set()


def test_a_bundle_whose_statement_was_changed_does_not_verify(corpus: Corpus, registry: OciImageRegistry) -> None:
    bundle = corpus.bundle_of("signed-v3")
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    statement["predicate"] = {"changed": True}
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    corpus.set_bundle("signed-v3", json.dumps(bundle).encode())
    [found] = read(corpus, registry, "signed-v3")
    assert found.digests == {corpus.digest("signed-v3")}
    assert signers(corpus, registry, "signed-v3") == set()


@pytest.mark.parametrize(
    "bundle",
    [b"", b"{}", b"[]", b'{"dsseEnvelope": 1}', b"\xff", b'{"dsseEnvelope": {"payload": "%%", "signatures": []}}'],
)
def test_a_bundle_that_cannot_be_read_is_passed_over(corpus: Corpus, registry: OciImageRegistry, bundle: bytes) -> None:
    corpus.set_bundle("signed-v3", bundle)
    assert read(corpus, registry, "signed-v3") == ()


def test_content_that_does_not_match_its_digest_is_an_error(corpus: Corpus, registry: OciImageRegistry) -> None:
    [layer] = corpus.signatures_of("signed-v2")["layers"]
    corpus.blobs[layer["digest"]] += b" "
    with pytest.raises(RegistryRefused, match="but it sent"):
        read(corpus, registry, "signed-v2")


def test_a_gigantic_bundle_is_passed_over_and_not_fetched(corpus: Corpus, registry: OciImageRegistry) -> None:
    corpus.set_bundle("signed-v3", b" " * (MAX_BLOB_BYTES + 1))
    assert read(corpus, registry, "signed-v3") == ()
    assert not any(each.startswith("blobs/") for each in corpus.requests)


def test_a_thousand_signatures_hide_none_of_the_same_content(corpus: Corpus, registry: OciImageRegistry) -> None:
    manifest = corpus.signatures_of("signed-v2")
    [good] = manifest["layers"]
    spam = good | {"annotations": {"dev.cosignproject.cosign/signature": "AAAA"}}
    corpus.set_signatures("signed-v2", manifest | {"layers": [spam] * 999 + [good]})
    assert signers(corpus, registry, "signed-v2") == {"team"}
    assert sum(each.startswith("blobs/") for each in corpus.requests) == 1


def test_more_signatures_than_are_read_are_an_error(corpus: Corpus, registry: OciImageRegistry) -> None:
    manifest = corpus.signatures_of("signed-v2")
    corpus.set_signatures("signed-v2", manifest | {"layers": manifest["layers"] * 1010})
    with pytest.raises(RegistryRefused, match="more than 1000 signatures"):
        read(corpus, registry, "signed-v2")


def test_reads_only_the_first_of_many_different_contents(corpus: Corpus, registry: OciImageRegistry) -> None:
    manifest = corpus.signatures_of("signed-v2")
    [good] = manifest["layers"]
    others = [good | corpus.add_blob(f"{number}".encode()) for number in range(100)]
    corpus.set_signatures("signed-v2", manifest | {"layers": [good, *others]})
    assert signers(corpus, registry, "signed-v2") == {"team"}
    assert sum(each.startswith("blobs/") for each in corpus.requests) == MAX_BLOBS


def test_a_gigantic_payload_is_passed_over_and_not_fetched(corpus: Corpus, registry: OciImageRegistry) -> None:
    manifest = corpus.signatures_of("signed-v2")
    [good] = manifest["layers"]
    large = good | corpus.add_blob(b" " * (MAX_PAYLOAD_BYTES + 1))
    corpus.set_signatures("signed-v2", manifest | {"layers": [large, good]})
    assert signers(corpus, registry, "signed-v2") == {"team"}
    assert sum(each.startswith("blobs/") for each in corpus.requests) == 1


def test_all_contents_of_an_image_have_a_limit_together(corpus: Corpus, registry: OciImageRegistry) -> None:
    manifest = corpus.signatures_of("signed-v2")
    [good] = manifest["layers"]
    size = MAX_BYTES // 8
    envelope = good | {"mediaType": "application/vnd.dsse.envelope.v1+json"}
    large = [envelope | corpus.add_blob(b"%d" % number * size) for number in range(10)]
    corpus.set_signatures("signed-v2", manifest | {"layers": [good, *large]})
    assert signers(corpus, registry, "signed-v2") == {"team"}
    assert sum(each.startswith("blobs/") for each in corpus.requests) == 1 + 7


def test_all_signatures_of_an_image_have_a_limit_together(corpus: Corpus, registry: OciImageRegistry) -> None:
    manifest = corpus.signatures_of("attested-v2")
    [good] = manifest["layers"]
    signed = "dev.cosignproject.cosign/signature"
    spam = good | {"annotations": {signed: base64.b64encode(bytes(MAX_SIGNATURE_BYTES)).decode()}}
    for kind in ("sig", "att"):
        corpus.set_signatures("attested-v2", manifest | {"layers": [good] + [spam] * 180}, kind)
    found = read(corpus, registry, "attested-v2", attestations=True)
    assert len(found) > 180
    assert sum(len(each.signature) for each in found) <= MAX_BYTES


def test_a_gigantic_signature_is_passed_over(corpus: Corpus, registry: OciImageRegistry) -> None:
    manifest = corpus.signatures_of("signed-v2")
    [good] = manifest["layers"]
    signature = base64.b64encode(bytes(MAX_SIGNATURE_BYTES + 1)).decode()
    spam = good | {"annotations": {"dev.cosignproject.cosign/signature": signature}}
    corpus.set_signatures("signed-v2", manifest | {"layers": [spam, good]})
    [statement] = read(corpus, registry, "signed-v2")
    assert len(statement.signature) < MAX_SIGNATURE_BYTES


def test_only_what_is_a_digest_is_kept_of_the_subjects(corpus: Corpus, registry: OciImageRegistry) -> None:
    bundle = corpus.bundle_of("signed-v3")
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    statement["subject"].append({"digest": {f"kind-{number}": "x" for number in range(1000)}})
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    corpus.set_bundle("signed-v3", json.dumps(bundle).encode())
    [found] = read(corpus, registry, "signed-v3")
    assert found.digests == {corpus.digest("signed-v3")}


def test_a_registry_that_does_not_respond_lets_nothing_through(corpus: Corpus) -> None:
    corpus.away = True
    registry = OciImageRegistry(deadline_seconds=1)
    try:
        with pytest.raises(RegistryUnavailable):
            read(corpus, registry, "signed-v2")
    finally:
        registry.close()


def test_a_signature_does_not_show_its_content() -> None:
    statement = SignedStatement(b"signed", b"signature", frozenset())
    assert "signed=" not in repr(replace(statement))
