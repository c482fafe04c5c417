"""The port that verifies signatures with public keys."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.domain.images.statement import SignedStatement
from watch_cluster.domain.policy.values.verification import PublicKey


class CannotVerify(Exception):  # noqa: N818 - a kind of answer, not a defect
    """Signatures cannot be verified here, or not with this key. The message is one line for a person."""


class SignatureVerifier(Protocol):
    """Verifies signatures. Thread-safe."""

    def check(self, key: PublicKey) -> None:
        """Raise `CannotVerify` if the key cannot be used."""

    def verifies(self, key: PublicKey, statement: SignedStatement) -> bool:
        """Whether the key has signed the statement. Raises `CannotVerify`."""
