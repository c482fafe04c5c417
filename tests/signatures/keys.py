"""Signatures in the format of cosign 2, for tests that sign images themselves."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from watch_cluster.domain.images.statement import SignedStatement
from watch_cluster.domain.policy.values.verification import PublicKey


@cache
def private_key(name: str) -> EllipticCurvePrivateKey:
    """Return somebody's key, the same for the whole run."""
    del name
    return generate_private_key(SECP256R1())


def pem(key: Any) -> bytes:
    """Return the public key in PEM."""
    found: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return found


def public_key(name: str) -> PublicKey:
    """Return somebody's public key."""
    return PublicKey(f"the key of {name}", pem(private_key(name)))


def payload(digest: str) -> bytes:
    """Return what cosign 2 signs of an image."""
    critical = {
        "identity": {"docker-reference": "shop"},
        "image": {"docker-manifest-digest": digest},
        "type": "cosign container image signature",
    }
    return json.dumps({"critical": critical, "optional": None}).encode()


def signature(name: str, digest: str) -> bytes:
    """Sign the image of that digest."""
    return private_key(name).sign(payload(digest), ECDSA(SHA256()))


def statement(name: str, digest: str) -> SignedStatement:
    """Return the signed statement as a registry client reads it."""
    return SignedStatement(payload(digest), signature(name, digest), frozenset({digest}))


def annotated(name: str, digest: str) -> dict[str, str]:
    """Return the annotation of the layer with the payload."""
    return {"dev.cosignproject.cosign/signature": base64.b64encode(signature(name, digest)).decode()}
