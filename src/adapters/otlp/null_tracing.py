"""Nobody reads traces."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Final

from watch_cluster.application.ports.tracing import Call
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.workload.workload import WorkloadKey

_NOTHING: Final = nullcontext()


class NoTracing:
    """Implements the port `Tracing` by keeping nothing."""

    def piece(self, name: str, key: WorkloadKey) -> AbstractContextManager[None]:  # noqa: ARG002
        """Keep nothing."""
        return _NOTHING

    def called(self, call: Call) -> None:
        """Keep nothing."""

    def belongs_to(self, record: RolloutRecord) -> None:
        """Keep nothing."""

    def ended(self, record: RolloutRecord) -> None:
        """Keep nothing."""
