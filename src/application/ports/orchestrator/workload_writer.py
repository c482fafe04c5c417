"""The port that changes workloads."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError
from watch_cluster.domain.workload.workload import Change, WorkloadKey


class ChangeConflict(OrchestratorError):  # noqa: N818 - an expected outcome
    """The workload has changed since the decision: read it again and decide again."""


class ChangeRejected(OrchestratorError):  # noqa: N818
    """The orchestrator rejects the change, or Watch-Cluster lacks the permission: a retry cannot help."""


class WorkloadWriter(Protocol):
    """Changes workloads. Thread-safe."""

    def apply(self, key: WorkloadKey, change: Change) -> None:
        """Apply the change atomically.

        Removing an absent annotation is a conflict. Raises `OrchestratorUnavailable`, `ChangeConflict` or
        `ChangeRejected`. After `OrchestratorUnavailable` the change may nevertheless have taken effect.
        """
