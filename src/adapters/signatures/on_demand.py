"""Loads the verifier when the first signature is verified: most installations verify none."""

from __future__ import annotations

from functools import cached_property

from watch_cluster.application.ports.registry.signature_verifier import CannotVerify, SignatureVerifier
from watch_cluster.domain.images.statement import SignedStatement
from watch_cluster.domain.policy.values.verification import PublicKey


class VerifierOnDemand:
    """Implements the port `SignatureVerifier` by another one."""

    def check(self, key: PublicKey) -> None:
        """Raise `CannotVerify` if the key cannot be used."""
        self._verifier.check(key)

    def verifies(self, key: PublicKey, statement: SignedStatement) -> bool:
        """Whether the key has signed the statement. Raises `CannotVerify`."""
        return self._verifier.verifies(key, statement)

    @cached_property
    def _verifier(self) -> SignatureVerifier:
        try:
            from watch_cluster.adapters.signatures.verifier import CosignVerifier
        except ModuleNotFoundError as error:
            raise CannotVerify(f"the package {error.name} is missing: install the extra verify") from error
        return CosignVerifier()
