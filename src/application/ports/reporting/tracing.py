"""The port to whatever keeps traces of updates."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.workload.workload import WorkloadKey


@dataclass(frozen=True, slots=True)
class Call:
    """A request over HTTP that is over: whom it went to, for what, and the status of the answer, `none` without one.

    `path` is without the query, which may hold a signature.
    """

    peer: str
    method: str
    path: str
    status: str
    seconds: float


class Tracing(Protocol):
    """Takes what is done for workloads, piece by piece, and keeps what was done for a rollout.

    All methods may be called from any thread, are quick and raise nothing.
    """

    def piece(self, name: str, key: WorkloadKey) -> AbstractContextManager[None]:
        """Take what this thread does in this context as one piece of work for the workload."""

    def called(self, call: Call) -> None:
        """This thread has made the call; it is a part of its piece of work, if there is one."""

    def belongs_to(self, record: RolloutRecord) -> None:
        """This thread's piece of work is done for that rollout; pieces of which nobody says so are forgotten."""

    def ended(self, record: RolloutRecord) -> None:
        """This thread's piece of work has ended that rollout."""
