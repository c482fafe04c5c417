"""The changes to a workload by which a rollout begins, goes on and ends: its record is part of each."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.failure import FailureCause
from watch_cluster.domain.rollout.record import Milestone, RolloutRecord, RolloutState
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload

_MOST_EARLIER: Final = 5
"""How many rollouts a receiver may be behind: an annotation is no place for more."""

_INSTANT: Final = timedelta(microseconds=1)


def new_record(
    workload: Workload, images: tuple[ImageChange, ...], rollout_settings: RolloutSettings, now: datetime
) -> RolloutRecord:
    """Record what is about to be changed. The id follows from the rest, so that nothing here is random.

    It starts after the last one also where the clock does not say so, be it that it was set back or another machine's.
    """
    last = RolloutRecord.of(workload)
    started = now if last is None else max(now, last.started + _INSTANT)
    steps = "".join(f"\0{step.container}\0{step.before}\0{step.after}" for step in images)
    identity = hashlib.sha256(f"{workload.uid}\0{started.isoformat()}{steps}".encode()).hexdigest()[:12]
    repeats = retries = 0
    if last is not None and targets(last.images) == targets(images):
        if last.failure is None:
            repeats = last.repeats + 1
        elif last.failure.fault is FailureCause.ENVIRONMENT:
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
        earlier=() if last is None else last.all_undelivered[-_MOST_EARLIER:],
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
    told: Mapping[str, str | None] | None = None,
    images: tuple[ImageChange, ...] = (),
) -> Change:
    """The change that overwrites the workload's record, and with it whatever else is told.

    Images are changed only while the workload is opted in; its record is closed in any case.
    """
    expected = {annotation.ROLLOUT: workload.annotations.get(annotation.ROLLOUT)}
    return Change(
        uid=record.uid,
        annotations={**(told or {}), annotation.ROLLOUT: str(record)},
        expected=expected | ({annotation.ENABLED: "true"} if images else {}),
        images=images,
    )


def success_annotations(record: RolloutRecord, now: datetime) -> dict[str, str | None]:
    """What the workload remembers of its last update."""
    return {
        annotation.LAST_UPDATE: str(int(now.timestamp() * 1000)),
        annotation.LAST_UPDATE_IMAGE: ",".join(step.after for step in record.images),
        annotation.CHANGE: record.change,
    }


def closed_record(record: RolloutRecord, state: RolloutState, message: str, now: datetime) -> RolloutRecord:
    """The record of a rollout that is over."""
    return replace(record, state=state, message=message, ended=now)


def mark_delivered(workload: Workload, record: RolloutRecord, told: Collection[tuple[str, Milestone]]) -> Change:
    """The change that says that everybody has heard of these stages of the rollouts with these ids."""
    earlier = tuple(_without(each, told) for each in record.earlier)
    left = replace(_without(record, told), earlier=tuple(each for each in earlier if each.undelivered))
    return record_change(workload, left)


def targets(images: tuple[ImageChange, ...]) -> tuple[tuple[str, str, str | None], ...]:
    """What the images are to become, whatever they were."""
    return tuple((step.container, step.after, step.digest) for step in images)


def _without(record: RolloutRecord, told: Collection[tuple[str, Milestone]]) -> RolloutRecord:
    return replace(record, undelivered=tuple(each for each in record.undelivered if (record.id, each) not in told))
