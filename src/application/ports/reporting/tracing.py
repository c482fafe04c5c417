"""The port for traces of updates."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import WorkloadKey


@dataclass(frozen=True, slots=True)
class Call:
    """A finished HTTP request: host, method, path and response status, or `none` without a response.

    `path` is without the query, which may hold a signature.
    """

    peer: str
    method: str
    path: str
    status: str
    seconds: float


class Tracing(Protocol):
    """Records the operations that belong to rollouts. Thread-safe; all methods are quick and raise nothing."""

    def operation(self, name: str, key: WorkloadKey) -> AbstractContextManager[None]:
        """Record what this thread does in this context as one operation for the workload."""

    def record_call(self, call: Call) -> None:
        """Add the call to the current operation of this thread, if any."""

    def assign_to(self, record: RolloutRecord) -> None:
        """Assign the current operation of this thread to the rollout; unassigned operations are dropped."""

    def end_rollout(self, record: RolloutRecord) -> None:
        """Assign the current operation of this thread to the rollout, and end its trace."""
