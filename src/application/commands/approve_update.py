"""Approves an update that waits for approval."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.orchestrator.workload_writer import WorkloadWriter
from watch_cluster.domain.policy.values.parsers import parse_approved
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, Workload


class NothingToApprove(Exception):  # noqa: N818 - the name says what is wrong
    """No update of the workload waits for approval. The message is one line."""


@dataclass(frozen=True, slots=True)
class ApproveUpdate:
    """Writes the annotation `approved`. The controller rolls the update out at the next check."""

    writer: WorkloadWriter

    def __call__(self, workload: Workload, candidate: str | None = None) -> str:
        """Approve this tag or digest, or everything that waits for approval; return what was approved.

        Raises `NothingToApprove`, `ValueError` for a candidate that is neither a tag nor a digest, and
        `OrchestratorError`.
        """
        pending = workload.annotations.get(annotation.PENDING)
        approved = candidate or pending
        if approved is None:
            raise NothingToApprove(
                f"no update of {workload.key} waits for approval: name the tag or digest to approve, or run"
                f" watch-cluster explain {workload.key}"
            )
        parse_approved(approved)
        expected = {annotation.ENABLED: workload.annotations.get(annotation.ENABLED), annotation.PENDING: pending}
        self.writer.apply(workload.key, Change(workload.uid, {annotation.APPROVED: approved}, expected))
        return approved
