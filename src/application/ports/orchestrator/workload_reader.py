"""The port that reads workloads: what is wanted of them, and how far the orchestrator has come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from watch_cluster.domain.workload.workload import Workload, WorkloadKey


class OrchestratorError(Exception):
    """A request that the orchestrator did not fulfill; one line for a person."""


class OrchestratorUnavailable(OrchestratorError):  # noqa: N818 - a kind of answer, not a defect
    """The orchestrator cannot be reached or cannot answer now: try the same request later."""


class WorkloadReader(Protocol):
    """Reads workloads from a view that may lag behind the orchestrator. Safe for threads.

    Because it may lag, every change states what it was decided for, and is refused when that no longer holds.
    """

    def workloads(self) -> Iterable[Workload]:
        """Every known workload that carries at least one of our settings."""

    def find(self, key: WorkloadKey) -> Workload | None:
        """The workload as last seen; None when it is gone or carries none of our settings."""

    def load(self) -> None:
        """Read every workload once, for commands that do not watch. Raises `OrchestratorUnavailable`."""
