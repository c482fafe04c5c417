"""The port to the public keys that the owners of workloads keep beside them."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.domain.policy.values.verification import PublicKey, SecretKeyRef
from watch_cluster.domain.workload.workload import Workload


class KeyUnavailable(Exception):  # noqa: N818 - a kind of answer, not a defect
    """The key cannot be read. The message is one line for a person."""


class SigningKeys(Protocol):
    """Reads public keys. Thread-safe."""

    def read(self, workload: Workload, reference: SecretKeyRef) -> PublicKey:
        """Return the key, which lies in the workload's own namespace. Raises `KeyUnavailable`."""
