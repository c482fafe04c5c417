"""Verifies that images have the signatures that the operator and the owner require."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from watch_cluster.application.ports.orchestrator.signing_keys import KeyUnavailable, SigningKeys
from watch_cluster.application.ports.registry.signature_verifier import CannotVerify, SignatureVerifier
from watch_cluster.application.registry_queries.queries import RegistryQueries
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.images.statement import SIGNATURE, SignedStatement
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.policy.values.verification import VerifyPolicy
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload
from watch_cluster.tools.lru import Lru

_MOST_REMEMBERED: Final = 4096
_MOST_ATTEMPTS: Final = 2000
"""How many signatures are verified with each of a policy's keys for one image."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What is wrong with the signatures of an image: what holds it back, and what is only reported. None: nothing."""

    held: str | None = None
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyImage:
    """Verifies images by digest, and remembers those that are signed: neither digest nor key change any more.

    `keys` are those of owners, read when one is needed.
    """

    policies: tuple[VerifyPolicy, ...]
    verifier: SignatureVerifier
    keys: Callable[[], SigningKeys]
    _signed: Lru[str, bool] = field(default_factory=lambda: Lru(_MOST_REMEMBERED))
    _lock: Lock = field(default_factory=Lock)

    def applies(self, policy: Policy, image: ImageReference) -> bool:
        """Whether images of that repository are verified for the workload at all."""
        return policy.verify_required or any(each.applies_to(image.repository) for each in self.policies)

    def __call__(
        self, workload: Workload, policy: Policy, registry: RegistryQueries, image: ImageReference, digest: str
    ) -> Verification:
        """Verify the image of that digest. Raises `RegistryError` while the registry does not respond."""
        try:
            policies = self._applicable(workload, policy, image)
            problems = [(each, self._problem(each, registry, image, digest)) for each in policies]
        except (CannotVerify, KeyUnavailable) as error:
            return Verification(held=f"it cannot be verified: {error}")
        if policy.verify_required and not policies:
            no_key = f"no policy of the controller is for it: set {annotation.VERIFY_KEY}"
            return Verification(held=f"it cannot be verified: {no_key}")
        held = [why for each, why in problems if why is not None and (each.enforce or policy.verify_required)]
        warnings = [why for _, why in problems if why is not None]
        return Verification("; ".join(held) or None, "; ".join(warnings) or None)

    def _applicable(self, workload: Workload, policy: Policy, image: ImageReference) -> tuple[VerifyPolicy, ...]:
        own: tuple[VerifyPolicy, ...] = ()
        if policy.verify_key is not None:
            key = self.keys().read(workload, policy.verify_key)
            own = (VerifyPolicy(key.name, ("**",), (key,)),)
        return (*own, *(each for each in self.policies if each.applies_to(image.repository)))

    def _problem(
        self, policy: VerifyPolicy, registry: RegistryQueries, image: ImageReference, digest: str
    ) -> str | None:
        """Return what is missing of what the policy requires, None if nothing is."""
        types = map(str.encode, policy.predicate_types)
        identity = hashlib.sha256(
            b"\0".join((digest.encode(), *(each.pem for each in policy.keys), *types))
        ).hexdigest()
        with self._lock:
            if self._signed.get(identity):
                return None
        statements = registry.statements(image, digest, attestations=bool(policy.attestations))
        for predicate_type in policy.predicate_types:
            about = (each for each in statements if each.predicate_type == predicate_type and digest in each.digests)
            if not self._is_signed(policy, about):
                return _missing(predicate_type, policy)
        with self._lock:
            self._signed.put(identity, value=True)
        return None

    def _is_signed(self, policy: VerifyPolicy, statements: Iterable[SignedStatement]) -> bool:
        return any(
            self.verifier.verifies(key, statement)
            for statement in list(statements)[:_MOST_ATTEMPTS]
            for key in policy.keys
        )


def _missing(predicate_type: str, policy: VerifyPolicy) -> str:
    if predicate_type == SIGNATURE:
        return f"not signed by {policy.name}"
    return f"not attested as {predicate_type} by {policy.name}"
