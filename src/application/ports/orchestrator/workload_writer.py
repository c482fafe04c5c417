"""The port that changes workloads."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError
from watch_cluster.domain.workload.workload import Change, WorkloadKey


class ChangeConflict(OrchestratorError):  # noqa: N818 - a kind of answer, not a defect
    """The workload is no longer what the change was decided for: read it again and decide afresh."""


class ChangeRejected(OrchestratorError):  # noqa: N818
    """The orchestrator refuses the change itself, or refuses it to us: retrying cannot help."""


class WorkloadWriter(Protocol):
    """Changes workloads. Safe for threads."""

    def apply(self, key: WorkloadKey, change: Change) -> None:
        """Make the whole change or none of it.

        Raises `OrchestratorUnavailable`, `ChangeConflict` or `ChangeRejected`. After `OrchestratorUnavailable` the
        change may have taken effect all the same.
        """
