"""The use case that follows a rollout in flight: it evaluates it, acts on the result, and then reports it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.rollout_observer import OUR_NAME, RolloutObserver
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeRejected, WorkloadWriter
from watch_cluster.application.ports.reporting.outbox import Outbox
from watch_cluster.application.reconcile.emit_events import EmitEvents
from watch_cluster.application.reconcile.manual_change import HandleManualChange
from watch_cluster.application.reconcile.replace_stuck_replicas import ReplaceStuckReplicas
from watch_cluster.application.state.workload_state import WorkloadState, WorkloadStates
from watch_cluster.domain.policy.caps import Caps
from watch_cluster.domain.rollout.admission import as_admitted
from watch_cluster.domain.rollout.changes import record_change
from watch_cluster.domain.rollout.evaluation.evaluation import Superseded, evaluate
from watch_cluster.domain.rollout.evaluation.in_progress import InProgress
from watch_cluster.domain.rollout.event import Event
from watch_cluster.domain.rollout.notification import notification_type_of
from watch_cluster.domain.rollout.record.lifecycle import Milestone
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.rollout.rollout_events import failed_event, started_event
from watch_cluster.domain.rollout.transition import Transition, failure_message, next_transition
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class FollowRollout:
    """Evaluates a rollout from the state of the workload and its replicas alone; nothing waits in between."""

    writer: WorkloadWriter
    observer: RolloutObserver
    manual_changes: HandleManualChange
    replace_stuck: ReplaceStuckReplicas
    emit: EmitEvents
    outbox: Outbox
    clock: Clock
    states: WorkloadStates
    caps: Caps

    def __call__(self, workload: Workload) -> InProgress | Transition | None:
        """Follow the workload's rollout; None when none is in flight.

        A transition has been written to the workload when this returns; its event is emitted after that, or owed.
        Raises `OrchestratorUnavailable`, `ChangeConflict` or `ChangeRejected`; the rollout is then still open and must
        be followed again.
        """
        state = self.states.of(workload.key)
        latest = RolloutRecord.of(workload)
        record = latest if latest is not None and latest.running else None
        known = state.is_following(record)
        # A record that appears or disappears unexpectedly may have been brought back by undoing a rollout.
        expected = known or (record is not None and state.started == record.id)
        restored = not expected and self.manual_changes.check_history(workload)
        if record is None or restored:
            state.stop_following()
            return None
        if not known:
            self._emit_first(workload, record, state)
        return self._evaluate(workload, record, state)

    def _evaluate(self, workload: Workload, record: RolloutRecord, state: WorkloadState) -> InProgress | Transition:
        replicas = self.observer.replicas(workload.key)
        evaluation = evaluate(record, workload, replicas, state.progress_of(record), self.clock.monotonic(), self.caps)
        if isinstance(evaluation, InProgress):
            state.observe(record, evaluation)
            self.replace_stuck(workload, record, replicas)
            return evaluation
        if isinstance(evaluation, Superseded) and evaluation.container is not None:
            changed_by = self.observer.last_changed_by(workload.key, evaluation.container)
            admitted = as_admitted(record, workload) if changed_by == OUR_NAME else None
            if admitted is not None:
                return self._adopt(workload, admitted, state)
            if changed_by not in {None, OUR_NAME}:
                evaluation = replace(evaluation, message=f"{evaluation.message} (by {changed_by})")
        transition = next_transition(workload, record, evaluation, self.clock.now())
        try:
            self.writer.apply(workload.key, transition.change(workload, self._is_subscribed))
            events: tuple[Event, ...] = (transition.event,)
        except ChangeRejected as error:
            if not transition.images:
                raise
            refused = transition.refused(workload, str(error), self.clock.now())
            self.writer.apply(workload.key, refused.change(workload, self._is_subscribed))
            events = (transition.event, refused.event)
            transition = refused
        state.stop_following()
        self.emit.after(*events)
        return transition

    def _adopt(self, workload: Workload, admitted: RolloutRecord, state: WorkloadState) -> InProgress | Transition:
        """Record what admission made of the images that we set, and continue with that."""
        self.writer.apply(workload.key, record_change(workload, admitted))
        written = {**workload.annotations, annotation.ROLLOUT: str(admitted)}
        return self._evaluate(replace(workload, annotations=written), admitted, state)

    def _emit_first(self, workload: Workload, record: RolloutRecord, state: WorkloadState) -> None:
        """Emit what another process may not have emitted before it died: the start, or why it is rolled back."""
        if record.failure is None:
            self.emit.after(started_event(workload.key, record))
        elif state.followed != record.id:
            self.emit.after(failed_event(workload.key, record, failure_message(record, record.failure)))
        state.followed = record.id

    def _is_subscribed(self, milestone: Milestone) -> bool:
        return self.outbox.wants(notification_type_of(milestone))
