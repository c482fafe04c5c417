"""The use case that delivers the events and notifications that a workload's record owes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.workload_writer import WorkloadWriter
from watch_cluster.application.ports.reporting.notifier import NotifierUnavailable
from watch_cluster.application.ports.reporting.outbox import DeliveryStatus, Outbox
from watch_cluster.application.reconcile.emit_events import EmitEvents
from watch_cluster.application.state.workload_state import WorkloadState, WorkloadStates
from watch_cluster.domain.rollout.changes import MOST_OWED, mark_delivered, mark_owed
from watch_cluster.domain.rollout.event import Event, OwedEvent
from watch_cluster.domain.rollout.notification import Notification
from watch_cluster.domain.rollout.record.lifecycle import Milestone
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.rollout.rollout_events import recent_end_event
from watch_cluster.domain.workload.workload import Workload

WAITING_PAUSE: Final = timedelta(seconds=5)
FAILED_PAUSE: Final = timedelta(minutes=5)
"""How long to wait after every attempt to reach a receiver has failed."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The result of a delivery. `pause` is when to deliver again, None if nothing is owed."""

    pause: timedelta | None = None


@dataclass(frozen=True, slots=True)
class DeliverNotifications:
    """Emits owed events and puts owed notifications into the outbox, and takes them off the record once delivered."""

    writer: WorkloadWriter
    outbox: Outbox
    emit: EmitEvents
    clock: Clock
    states: WorkloadStates

    def __call__(self, workload: Workload) -> Delivered:
        """Deliver what the workload's record owes.

        An event that cannot be emitted now is put on the record, so that it outlives this process.
        Raises `NotifierUnavailable`, `OrchestratorUnavailable`, `ChangeConflict` or `ChangeRejected`.
        """
        record = RolloutRecord.of(workload)
        state = self.states.of(workload.key)
        if record is None:
            self.emit.owed(workload.key)
            return Delivered()
        try:
            self._emit(workload, record, state)
        except NotifierUnavailable:
            owed = tuple(OwedEvent.of(event) for event in state.owed if event.rollout is not None)[-MOST_OWED:]
            if any(event not in record.owed for event in owed):
                self.writer.apply(workload.key, mark_owed(workload, record, owed))
            raise
        if record.owed:
            self.writer.apply(workload.key, mark_owed(workload, record, ()))
            return Delivered(timedelta())
        return self._deliver(workload, record, state) if record.all_undelivered else Delivered()

    def _emit(self, workload: Workload, record: RolloutRecord, state: WorkloadState) -> None:
        """Emit what is owed; for a process that did not see the rollout end, also its end, if that was recent."""
        events: list[Event] = [owed.event(workload.key, record.uid, record.id) for owed in record.owed]
        if state.followed != record.id and not record.is_open:
            ended = recent_end_event(workload.key, record, self.clock.now())
            events += [] if ended is None else [ended]
            state.followed = record.id
        known = {event.identity for event in state.owed} | set(state.sent)
        state.owed += [event for event in events if event.identity not in known]
        self.emit.owed(workload.key)

    def _deliver(self, workload: Workload, record: RolloutRecord, state: WorkloadState) -> Delivered:
        now = self.clock.now()
        delivered: set[tuple[str, Milestone]] = set()
        pauses = []
        for rollout, milestone in (
            (each, milestone) for each in record.all_undelivered for milestone in each.undelivered
        ):
            notification = Notification.of_milestone(workload.key, rollout, milestone)
            status = self.outbox.status_of(notification.id)
            if status is DeliveryStatus.SETTLED:
                delivered.add((rollout.id, milestone))
                state.deliveries.pop(notification.id, None)
                continue
            pause = _backoff(state, notification.id, now) if status is DeliveryStatus.FAILED else timedelta()
            if not pause and status is not DeliveryStatus.WAITING:
                state.deliveries[notification.id] = now
                self.outbox.put(notification)
            pauses.append(pause or WAITING_PAUSE)
        if delivered:
            self.writer.apply(workload.key, mark_delivered(workload, record, delivered))
        return Delivered(min(pauses, default=None))


def _backoff(state: WorkloadState, notification: str, now: datetime) -> timedelta:
    """Return how long to wait before the next delivery after a failed one; zero if that time is over."""
    # The clock may have been set back.
    attempted = state.deliveries[notification] = min(now, state.deliveries.get(notification, now))
    return max(timedelta(), FAILED_PAUSE - (now - attempted))
