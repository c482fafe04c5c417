"""Verifies the signatures that cosign makes with keys.

Source: https://github.com/sigstore/sigstore/blob/v1.10.0/pkg/signature/verifier.go (LoadVerifier): ECDSA over the hash
of the message, RSA PKCS #1 v1.5, and Ed25519.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from watch_cluster.application.ports.registry.signature_verifier import CannotVerify
from watch_cluster.domain.images.statement import SignedStatement
from watch_cluster.domain.policy.values.verification import PublicKey

_Key = EllipticCurvePublicKey | RSAPublicKey | Ed25519PublicKey
_LARGEST_RSA: Final = 8192
_BY_CURVE: Final[dict[int, tuple[HashAlgorithm, ...]]] = {384: (SHA384(), SHA256()), 521: (SHA512(), SHA256())}
"""cosign 2 takes SHA-256 for every curve, cosign 3 the hash that fits it."""


class CosignVerifier:
    """Implements the port `SignatureVerifier` for keys in PEM."""

    def check(self, key: PublicKey) -> None:
        """Raise `CannotVerify` if it is no public key, or of a kind that cosign does not use."""
        _load(key)

    def verifies(self, key: PublicKey, statement: SignedStatement) -> bool:
        """Whether the key has signed the statement. Raises `CannotVerify`."""
        public = _load(key)
        if not isinstance(public, EllipticCurvePublicKey):
            return _verifies(public, statement, SHA256())
        hashes = _BY_CURVE.get(public.curve.key_size, (SHA256(),))
        return any(_verifies(public, statement, each) for each in hashes)


def _verifies(key: _Key, statement: SignedStatement, digest: HashAlgorithm) -> bool:
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(statement.signature, statement.signed)
        elif isinstance(key, RSAPublicKey):
            key.verify(statement.signature, statement.signed, PKCS1v15(), digest)
        else:
            key.verify(statement.signature, statement.signed, ECDSA(digest))
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=64)
def _load(key: PublicKey) -> _Key:
    try:
        public = load_pem_public_key(key.pem)
    except (ValueError, UnsupportedAlgorithm):
        raise CannotVerify(f"{key.name} is not a public key in PEM: write the content of cosign.pub") from None
    if isinstance(public, RSAPublicKey) and public.key_size > _LARGEST_RSA:
        raise CannotVerify(f"{key.name} has {public.key_size} bits, at most {_LARGEST_RSA} are used")
    if not isinstance(public, _Key):
        raise CannotVerify(f"{key.name} is neither an ECDSA, an RSA nor an Ed25519 key")
    return public
