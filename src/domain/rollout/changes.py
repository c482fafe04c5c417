"""The changes to a workload by which a rollout starts, continues and ends: its record is part of each."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.event import OwedEvent
from watch_cluster.domain.rollout.record.failure import FailureCause
from watch_cluster.domain.rollout.record.history import History
from watch_cluster.domain.rollout.record.lifecycle import Milestone, RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload

MOST_EARLIER: Final = 5
"""How many earlier rollouts with undelivered milestones a record keeps: an annotation is no place for more."""
MOST_OWED: Final = 8
"""How many owed events a record keeps: the latest."""

_NEVER_RAN: Final = frozenset({RolloutState.PROPOSED, RolloutState.WITHDRAWN})
_INSTANT: Final = timedelta(microseconds=1)


def new_record(
    workload: Workload, images: tuple[ImageChange, ...], rollout_settings: RolloutSettings, now: datetime
) -> RolloutRecord:
    """The record of a rollout that is about to start. Its id follows from the rest, so nothing here is random.

    It starts after the last one even where the clock says otherwise, because it was set back or is another machine's.
    """
    last = RolloutRecord.of(workload)
    started = now if last is None else max(now, last.started + _INSTANT)
    changes = "".join(f"\0{change.container}\0{change.before}\0{change.after}" for change in images)
    identity = hashlib.sha256(f"{workload.uid}\0{started.isoformat()}{changes}".encode()).hexdigest()[:12]
    repeats = retries = 0
    if last is not None and last.state not in _NEVER_RAN and _targets(last.images) == _targets(images):
        if last.failure is None:
            repeats = last.repeats + 1
        elif last.failure.cause is FailureCause.ENVIRONMENT:
            retries = last.retries + 1
    return RolloutRecord(
        identity,
        workload.uid,
        images,
        started,
        rollout_settings,
        unhealthy_before=not workload.progress.complete,
        repeats=repeats,
        retries=retries,
        owed=() if last is None else last.owed,
        earlier=() if last is None else last.all_undelivered[-MOST_EARLIER:],
    )


def start_change(record: RolloutRecord, notes: Mapping[str, str | None] | None = None) -> Change:
    """The change that starts the rollout: images, record and notes at once, while the workload is opted in."""
    return Change(
        uid=record.uid,
        annotations={**(notes or {}), annotation.ROLLOUT: str(record)},
        expected={annotation.ENABLED: "true"},
        images=record.images,
    )


def record_change(
    workload: Workload,
    record: RolloutRecord,
    annotations: Mapping[str, str | None] | None = None,
    images: tuple[ImageChange, ...] = (),
) -> Change:
    """The change that overwrites the workload's record, together with other annotations; an end enters the history.

    Images change only while the workload is opted in; the record changes in any case. An annotation that the workload
    does not have is not removed, which would be a conflict.
    """
    changed = (annotations or {}).items()
    present = {key: value for key, value in changed if value is not None or key in workload.annotations}
    expected = {annotation.ROLLOUT: workload.annotations.get(annotation.ROLLOUT)}
    history = History.of(workload).with_record(record)
    remembered = {annotation.HISTORY: str(history)} if history else {}
    return Change(
        uid=record.uid,
        annotations={**present, **remembered, annotation.ROLLOUT: str(record)},
        expected=expected | ({annotation.ENABLED: "true"} if images else {}),
        images=images,
    )


def success_annotations(record: RolloutRecord, now: datetime) -> dict[str, str | None]:
    """What the workload shows of its last update."""
    return {
        annotation.LAST_UPDATE: str(int(now.timestamp() * 1000)),
        annotation.LAST_UPDATE_IMAGE: ",".join(change.after for change in record.images),
        annotation.CHANGE: record.change,
    }


def closed_record(record: RolloutRecord, state: RolloutState, message: str, now: datetime) -> RolloutRecord:
    """The record of a rollout that has ended."""
    return replace(record, state=state, message=message, ended=now)


def mark_delivered(workload: Workload, record: RolloutRecord, delivered: Collection[tuple[str, Milestone]]) -> Change:
    """Return the change that removes these milestones, by the id of their rollout, from the record."""
    earlier = tuple(_without(rollout, delivered) for rollout in record.earlier)
    remaining = tuple(rollout for rollout in earlier if rollout.undelivered)
    return record_change(workload, replace(_without(record, delivered), earlier=remaining))


def mark_owed(workload: Workload, record: RolloutRecord, owed: tuple[OwedEvent, ...]) -> Change:
    """The change that makes these the events that the record owes; none when all have been emitted."""
    return record_change(workload, replace(record, owed=owed[-MOST_OWED:]))


def _targets(images: tuple[ImageChange, ...]) -> tuple[tuple[str, str, str | None], ...]:
    return tuple((change.container, change.after, change.digest) for change in images)


def _without(record: RolloutRecord, delivered: Collection[tuple[str, Milestone]]) -> RolloutRecord:
    remaining = tuple(milestone for milestone in record.undelivered if (record.id, milestone) not in delivered)
    return replace(record, undelivered=remaining)
