"""The use case that sees to it that each end of a rollout is heard of outside, also after a crash."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.ports.outbox import DeliveryStatus, Outbox
from watch_cluster.domain.rollout.changes import mark_delivered
from watch_cluster.domain.rollout.notification import Notification
from watch_cluster.domain.rollout.record import Milestone, RolloutRecord
from watch_cluster.domain.workload.workload import WorkloadKey

WAITING_PAUSE: Final = timedelta(seconds=5)
FAILED_PAUSE: Final = timedelta(minutes=5)
"""How long a receiver is left alone that no attempt has reached."""


class DeliveryAttempts:
    """When each announcement was last put into the outbox. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: dict[str, datetime] = {}

    def note(self, announcement_id: str, now: datetime) -> None:
        """It is put into the outbox now."""
        with self._lock:
            self._made[announcement_id] = now

    def rest(self, announcement_id: str, now: datetime) -> timedelta:
        """How long to leave the receiver alone with what has failed; nothing when that time is over."""
        with self._lock:
            # The clock may have been set back.
            made = self._made[announcement_id] = min(now, self._made.get(announcement_id, now))
        return max(timedelta(), FAILED_PAUSE - (now - made))

    def forget(self, announcement_id: str) -> None:
        """It has arrived."""
        with self._lock:
            self._made.pop(announcement_id, None)


@dataclass(frozen=True, slots=True)
class DeliverNotifications:
    """Puts what a workload's record owes into the outbox, and strikes it off when it has arrived."""

    orchestrator: Orchestrator
    outbox: Outbox
    clock: Clock
    attempts: DeliveryAttempts = field(default_factory=DeliveryAttempts)

    def __call__(self, key: WorkloadKey) -> timedelta | None:
        """Look at the workload's record: how soon to look again, None when nothing is owed.

        Raises `OrchestratorUnavailable`, `ChangeConflict` and `ChangeRejected`.
        """
        workload = self.orchestrator.find(key)
        record = RolloutRecord.of(workload) if workload is not None else None
        if workload is None or record is None or not record.all_undelivered:
            return None
        settled: set[tuple[str, Milestone]] = set()
        pauses = []
        now = self.clock.now()
        for owed, stage in ((each, stage) for each in record.all_undelivered for stage in each.undelivered):
            notification = Notification.of_stage(key, owed, stage)
            status_of = self.outbox.status_of(notification.id)
            if status_of is DeliveryStatus.SETTLED:
                settled.add((owed.id, stage))
                self.attempts.forget(notification.id)
                continue
            rest = self.attempts.rest(notification.id, now) if status_of is DeliveryStatus.FAILED else timedelta()
            if not rest and status_of is not DeliveryStatus.WAITING:
                self.attempts.note(notification.id, now)
                self.outbox.put(notification)
            pauses.append(rest or WAITING_PAUSE)
        if settled:
            self.orchestrator.apply(key, mark_delivered(workload, record, settled))
        return min(pauses, default=None)
