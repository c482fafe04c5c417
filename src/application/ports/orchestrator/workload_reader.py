"""The port that reads workloads: their desired state and the progress of their rollout."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from watch_cluster.domain.workload.workload import Workload, WorkloadKey


class OrchestratorError(Exception):
    """A request to the orchestrator failed; the message is one line for a person."""


class OrchestratorUnavailable(OrchestratorError):  # noqa: N818 - an expected outcome
    """The orchestrator is unreachable or cannot respond now: retry later."""


class WorkloadReader(Protocol):
    """Reads workloads from a cache that may lag behind the orchestrator. Thread-safe.

    Since it may lag, each change states what it was decided for, and fails if that no longer holds.
    """

    def workloads(self) -> Iterable[Workload]:
        """Return all workloads with at least one of Watch-Cluster's settings."""

    def find(self, key: WorkloadKey) -> Workload | None:
        """Return the workload as last seen; None if it does not exist or has none of Watch-Cluster's settings."""

    def load(self) -> None:
        """Read all workloads once, for commands that do not watch. Raises `OrchestratorUnavailable`."""
