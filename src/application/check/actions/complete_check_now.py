"""The use case that completes a manually requested check: it removes the request and emits the result."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.check.check_for_update import Check
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected, WorkloadWriter
from watch_cluster.application.reconcile.emit_events import EmitEvents
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.update.decision import Decision, Held
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change


@dataclass(frozen=True, slots=True)
class CompleteCheckNow:
    """Completes the setting `check-now`."""

    writer: WorkloadWriter
    emit: EmitEvents
    clock: Clock

    def __call__(self, check: Check) -> None:
        """Emit the result if the check was requested. Raises `OrchestratorUnavailable`."""
        workload = check.workload
        request = None if workload is None else workload.annotations.get(annotation.CHECK_NOW)
        if workload is None or request is None:
            return
        result = "; ".join(_describe(decision) for decision in check.decisions)
        try:
            self.writer.apply(
                workload.key, Change(workload.uid, {annotation.CHECK_NOW: None}, {annotation.CHECK_NOW: request})
            )
        except ChangeConflict:
            # It was requested again or withdrawn in the meantime: the latest value counts.
            return
        except ChangeRejected as error:
            result = f"{result}; {annotation.CHECK_NOW} could not be removed: {error}"
        now = self.clock.now().isoformat()
        self.emit.after(Event(EventReason.MANUAL_CHECK_DONE, workload.key, workload.uid, f"Checked now: {result}", now))


def _describe(decision: Decision) -> str:
    if isinstance(decision, Held):
        return f"{decision}: {decision.message}"
    return f"container {decision.container}: {decision}"
