"""Keys of every kind that cosign uses, and what they have not signed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from tests.signatures.keys import pem, public_key, statement
from watch_cluster.adapters.signatures.on_demand import VerifierOnDemand
from watch_cluster.adapters.signatures.verifier import CosignVerifier
from watch_cluster.application.ports.registry.signature_verifier import CannotVerify
from watch_cluster.domain.images.statement import SignedStatement
from watch_cluster.domain.policy.values.verification import PublicKey

DIGEST = f"sha256:{'1' * 64}"
MESSAGE = b"what is signed"
Signed = tuple[bytes, bytes]


def by_curve(curve: ec.EllipticCurve, digest: HashAlgorithm) -> Callable[[], Signed]:
    def sign() -> Signed:
        key = ec.generate_private_key(curve)
        return pem(key), key.sign(MESSAGE, ec.ECDSA(digest))

    return sign


def by_rsa() -> Signed:
    key = rsa.generate_private_key(65537, 2048)
    return pem(key), key.sign(MESSAGE, PKCS1v15(), SHA256())


def by_ed25519() -> Signed:
    key = ed25519.Ed25519PrivateKey.generate()
    return pem(key), key.sign(MESSAGE)


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(by_curve(ec.SECP256R1(), SHA256()), id="P-256"),
        pytest.param(by_curve(ec.SECP384R1(), SHA256()), id="P-384 by cosign 2"),
        pytest.param(by_curve(ec.SECP384R1(), SHA384()), id="P-384 by cosign 3"),
        pytest.param(by_curve(ec.SECP521R1(), SHA512()), id="P-521"),
        pytest.param(by_rsa, id="RSA"),
        pytest.param(by_ed25519, id="Ed25519"),
    ],
)
def test_verifies_what_the_key_has_signed_and_nothing_else(sign: Callable[[], Signed]) -> None:
    key, signature = sign()
    known, signed = PublicKey("key", key), SignedStatement(MESSAGE, signature, frozenset({DIGEST}))
    verifier = CosignVerifier()
    assert verifier.verifies(known, signed)
    assert not verifier.verifies(known, replace(signed, signed=MESSAGE + b"!"))
    assert not verifier.verifies(known, replace(signed, signature=signature[:-1] + bytes([signature[-1] ^ 1])))
    assert not verifier.verifies(known, replace(signed, signature=b""))
    assert not verifier.verifies(PublicKey("another", sign()[0]), signed)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (b"", "is not a public key in PEM"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "is not a public key in PEM"),
        (b"\xff" * 100, "is not a public key in PEM"),
        (pem(x25519.X25519PrivateKey.generate()), "is neither an ECDSA, an RSA nor an Ed25519 key"),
    ],
)
def test_a_key_that_cannot_be_used_is_named_and_not_quoted(key: bytes, words: str) -> None:
    with pytest.raises(CannotVerify, match=f"^mine {words}"):
        CosignVerifier().check(PublicKey("mine", key))


def test_the_library_is_loaded_when_the_first_signature_is_verified() -> None:
    verifier = VerifierOnDemand()
    verifier.check(public_key("team"))
    assert verifier.verifies(public_key("team"), statement("team", DIGEST))


def test_without_the_library_nothing_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "watch_cluster.adapters.signatures.verifier", raising=False)
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    with pytest.raises(CannotVerify, match="install the extra verify"):
        VerifierOnDemand().check(public_key("team"))
