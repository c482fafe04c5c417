"""The signing keys of an orchestrator that keeps none beside workloads."""

from __future__ import annotations

from watch_cluster.application.ports.orchestrator.signing_keys import KeyUnavailable
from watch_cluster.domain.policy.values.verification import PublicKey, SecretKeyRef
from watch_cluster.domain.workload.workload import Workload


class NoSigningKeys:
    """Implements the port `SigningKeys` without any."""

    def read(self, workload: Workload, reference: SecretKeyRef) -> PublicKey:
        """Raise `KeyUnavailable`."""
        raise KeyUnavailable(f"{reference} of {workload.key} is a Secret of Kubernetes: use VERIFY_POLICIES instead")
