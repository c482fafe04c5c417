"""What somebody has signed about an image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SIGNATURE: Final = "https://sigstore.dev/cosign/sign/v1"
"""The predicate type of a plain signature (cosign, pkg/types/predicate.go)."""


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement with its signature, which proves nothing until somebody verifies it.

    `signed` are the bytes that the signature covers, `digests` the images that it is about, and `predicate_type` says
    what of them: `SIGNATURE`, or the type of an attestation.
    """

    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    digests: frozenset[str]
    predicate_type: str = SIGNATURE
