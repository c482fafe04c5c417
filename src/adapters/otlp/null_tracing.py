"""The null object for installations without a trace collector."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Final

from watch_cluster.application.ports.reporting.tracing import Call
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import WorkloadKey

_NOTHING: Final = nullcontext()


class NullTracing:
    """Implements the port `Tracing` without recording anything."""

    def operation(self, name: str, key: WorkloadKey) -> AbstractContextManager[None]:  # noqa: ARG002
        """Do nothing."""
        return _NOTHING

    def record_call(self, call: Call) -> None:
        """Do nothing."""

    def assign_to(self, record: RolloutRecord) -> None:
        """Do nothing."""

    def end_rollout(self, record: RolloutRecord) -> None:
        """Do nothing."""
