"""The events of a rollout, derived from its record: any process can emit them again, and they remain one event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.record.image_changes import with_origins
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import WorkloadKey

EMIT_AGAIN_WITHIN: Final = timedelta(hours=1)
"""How long after its end the event of a rollout is still emitted by a process that did not see the end itself."""

_ENDS: Final = {
    RolloutState.DONE: EventReason.IMAGE_UPDATED,
    RolloutState.ROLLED_BACK: EventReason.IMAGE_ROLLED_BACK,
    RolloutState.FAILED: EventReason.IMAGE_UPDATE_FAILED,
}


def started_event(key: WorkloadKey, record: RolloutRecord) -> Event:
    """The rollout has started."""
    message = with_origins(f"Updating {record.change}", record.images)
    return Event(EventReason.IMAGE_UPDATE_STARTED, key, record.uid, message, record.id, record.id)


def failed_event(key: WorkloadKey, record: RolloutRecord, message: str) -> Event:
    """The rollout has failed."""
    return Event(EventReason.IMAGE_UPDATE_FAILED, key, record.uid, message, record.id, record.id)


def rollback_failed_event(key: WorkloadKey, record: RolloutRecord, message: str) -> Event:
    """The rollback has failed as well."""
    return Event(EventReason.IMAGE_UPDATE_FAILED, key, record.uid, message, f"{record.id}-back", record.id)


def ended_event(key: WorkloadKey, record: RolloutRecord) -> Event | None:
    """The end of a closed rollout; None while it runs, and for one that was superseded, whose event is owed instead."""
    reason = _ENDS.get(record.state)
    if reason is None or record.message is None:
        return None
    if record.state is RolloutState.FAILED and record.was_rolled_back:
        return rollback_failed_event(key, record, record.message)
    message = record.message
    if record.state is RolloutState.DONE:
        message = with_origins(message, record.images)
    return Event(reason, key, record.uid, message, record.id, record.id)


def recent_end_event(key: WorkloadKey, record: RolloutRecord, now: datetime) -> Event | None:
    """The end of the rollout, while a process that died right after it may not have emitted it."""
    if record.ended is None or abs(now - record.ended) > EMIT_AGAIN_WITHIN:
        return None
    return ended_event(key, record)
