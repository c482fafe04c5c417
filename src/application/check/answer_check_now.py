"""The use case that answers whoever asked for a check at once, and takes the question away."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.check.check_for_update import Check
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.notifier import Notifier
from watch_cluster.application.ports.orchestrator import ChangeConflict, ChangeRejected, Orchestrator
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.update.decision import Decision, Held
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change


@dataclass(frozen=True, slots=True)
class AnswerCheckNow:
    """Tells what a check came to that the annotation `check-now` asked for."""

    orchestrator: Orchestrator
    notifier: Notifier
    clock: Clock

    def __call__(self, check: Check) -> None:
        """Answer, when the check was asked for. Raises `OrchestratorUnavailable` and `NotifierUnavailable`."""
        workload = check.workload
        asked = None if workload is None else workload.annotations.get(annotation.CHECK_NOW)
        if workload is None or asked is None:
            return
        answer = "; ".join(_told(each) for each in check.decisions)
        try:
            self.orchestrator.apply(
                workload.key, Change(workload.uid, {annotation.CHECK_NOW: None}, {annotation.CHECK_NOW: asked})
            )
        except ChangeConflict:
            # Somebody asked again meanwhile, or took the question back: what they wrote last counts.
            return
        except ChangeRejected as error:
            answer = f"{answer}; {annotation.CHECK_NOW} could not be removed: {error}"
        now = self.clock.now().isoformat()
        self.notifier.notify(
            Event(EventReason.MANUAL_CHECK_DONE, workload.key, workload.uid, f"Checked now: {answer}", now)
        )


def _told(decision: Decision) -> str:
    if isinstance(decision, Held):
        return f"{decision}: {decision.message}"
    return f"container {decision.container}: {decision}"
