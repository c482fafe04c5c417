"""The use case that looks at a rollout in flight, and does, tells and records what follows when it has ended."""

from __future__ import annotations

from dataclasses import dataclass, replace

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.notifier import Notifier
from watch_cluster.application.ports.orchestrator import OURSELVES, ChangeRejected, Orchestrator
from watch_cluster.application.ports.outbox import Outbox
from watch_cluster.application.reconcile.manual_change import HandleManualChange
from watch_cluster.application.reconcile.replace_stuck_replicas import ReplaceStuckReplicas
from watch_cluster.application.state.rollout_observations import RolloutObservations
from watch_cluster.domain.rollout.admission import as_admitted
from watch_cluster.domain.rollout.changes import record_change
from watch_cluster.domain.rollout.evaluation import InProgress, Superseded, evaluate
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.notification import notification_type_of
from watch_cluster.domain.rollout.record import Milestone, RolloutRecord
from watch_cluster.domain.rollout.transition import Transition, next_transition
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


@dataclass(frozen=True, slots=True)
class FollowRollout:
    """Judges a rollout by the state of the workload and its instances alone; nothing waits for it in between."""

    orchestrator: Orchestrator
    hands: HandleManualChange
    replace_stuck: ReplaceStuckReplicas
    notifier: Notifier
    outbox: Outbox
    clock: Clock
    observations: RolloutObservations

    def __call__(self, key: WorkloadKey) -> InProgress | Transition | None:
        """Look at the workload's rollout: None when none is in flight.

        The start is told at the first look of each process, the end before the record is closed: a process that dies
        in between is followed by one that tells the same event again, which is one event to its readers.
        Raises `NotifierUnavailable`, `OrchestratorUnavailable`, `ChangeConflict` and `ChangeRejected`; the rollout is
        then still open and is to be looked at again.
        """
        workload = self.orchestrator.find(key)
        if workload is None:
            self.observations.forget(key)
            return None
        latest = RolloutRecord.of(workload)
        record = latest if latest is not None and latest.running else None
        known = self.observations.knows(key, record)
        # What appears or is gone unlooked for may be what `kubectl rollout undo` has brought back.
        expected = known or self.observations.began_here(key, record)
        revived = not expected and self.hands.check_history(workload)
        if record is None or revived:
            self.observations.forget(key)
            return None
        if not known and not record.rolling_back:
            self.notifier.notify(_started(key, record))
        return self._judge(workload, record)

    def _judge(self, workload: Workload, record: RolloutRecord) -> InProgress | Transition:
        key = workload.key
        replicas = self.orchestrator.replicas(key)
        verdict = evaluate(record, workload, replicas, self.observations.of(key, record), self.clock.monotonic())
        if isinstance(verdict, InProgress):
            self.observations.note(key, record, verdict)
            self.replace_stuck(workload, record, replicas)
            return verdict
        if isinstance(verdict, Superseded) and verdict.container is not None:
            hand = self.orchestrator.last_changed_by(key, verdict.container)
            admitted = as_admitted(record, workload) if hand == OURSELVES else None
            if admitted is not None:
                return self._adopt(workload, admitted)
            verdict = (
                verdict if hand in {None, OURSELVES} else replace(verdict, message=f"{verdict.message} (by {hand})")
            )
        conclusion = next_transition(workload, record, verdict, self.clock.now())
        self.notifier.notify(conclusion.event)
        try:
            self.orchestrator.apply(key, conclusion.change(workload, self._is_wanted))
        except ChangeRejected as error:
            if not conclusion.images:
                raise
            conclusion = conclusion.refused(workload, str(error), self.clock.now())
            self.notifier.notify(conclusion.event)
            self.orchestrator.apply(key, conclusion.change(workload, self._is_wanted))
        self.observations.forget(key)
        return conclusion

    def _adopt(self, workload: Workload, admitted: RolloutRecord) -> InProgress | Transition:
        """Put on record what admission made of the images that we set, and go on with that."""
        self.orchestrator.apply(workload.key, record_change(workload, admitted))
        written = {**workload.annotations, annotation.ROLLOUT: str(admitted)}
        return self._judge(replace(workload, annotations=written), admitted)

    def _is_wanted(self, stage: Milestone) -> bool:
        return self.outbox.wants(notification_type_of(stage))


def _started(key: WorkloadKey, record: RolloutRecord) -> Event:
    return Event(EventReason.IMAGE_UPDATE_STARTED, key, record.uid, f"Updating {record.change}", record.id, record)
