"""How a rollout goes, judged by its record and by what the workload and its instances show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from watch_cluster.domain.policy.caps import Caps
from watch_cluster.domain.rollout.diagnosis import (
    Diagnosis,
    Restarts,
    diagnose,
    new_replicas,
    permanent_failure,
    restarts_of,
)
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Progress, Workload

_NO_CAPS: Final = Caps(timedelta.max, timedelta.max)
_UNSEEN: Final = "every instance"
"""Stands for the instances that nobody may see: the counts speak for them."""


@dataclass(frozen=True, slots=True)
class ReadySince:
    """Since when an instance has been ready without a restart, in seconds of the clock that nobody sets."""

    since: float
    restarts: int


@dataclass(frozen=True, slots=True)
class InProgress:
    """The rollout goes on, and is to be looked at again after `pause` at the latest.

    `at` is when it was looked at, `idle` for how long it has neither moved nor been healthy. `missing` is what was left
    to do when least was, for `desired` instances at most, None while the counts speak of an older template. `moved` is
    whether the orchestrator was seen not to have given up. `well` has the instances that are ready, `restarts` those
    that are none of this rollout's.
    """

    at: float
    pause: timedelta
    idle: float = 0.0
    missing: int | None = None
    desired: int = 0
    moved: bool = False
    healthy: bool = False
    well: Mapping[str, ReadySince] = field(default_factory=dict)
    restarts: Restarts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Healthy:
    """It is complete and has stayed so. `unverified` is why that proves nothing, None when it does."""

    unverified: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """It comes to no good end."""

    message: str
    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True)
class Superseded:
    """Somebody else ended it: hands off. `container` is the one whose image was set, None when it was otherwise."""

    message: str
    container: str | None = None


Evaluation = InProgress | Healthy | Failed | Superseded


def evaluate(
    record: RolloutRecord,
    workload: Workload,
    replicas: Sequence[Replica] | None,
    before: InProgress | None,
    now: float,
    caps: Caps = _NO_CAPS,
) -> Evaluation:
    """Say how a running rollout stands, or its rollback, under its own settings within the operator's caps.

    `instances` are those of the workload, None when nobody may see them. `before` is the last answer of this process
    for the same rollout in the same direction: without one, all times count from now. `now` is in seconds of a clock
    that nobody sets.
    """
    taken_over = _taken_over(record, workload)
    if taken_over is not None:
        return taken_over
    record = replace(record, rollout_settings=caps.limit(record.rollout_settings))
    progress = _within(caps, workload.progress)
    if progress.complete and progress.unverifiable is not None:
        return Healthy(progress.unverifiable)
    fresh = None if replicas is None else new_replicas(record, replicas)
    if progress.complete and not fresh:
        # Whatever is left now is of the new template, also where somebody rewrites the images of instances.
        fresh = None if replicas is None else tuple(replicas)
    look = _look(record, progress, fresh, before, now)
    if workload.paused and not look.healthy:
        # Nothing moves until somebody resumes it, forward or back.
        return replace(look, idle=0.0 if before is None else before.idle)
    soaked = all(now - each.since >= record.rollout_settings.soak.total_seconds() for each in look.well.values())
    return _failure(record, progress, fresh, look) or (Healthy() if look.healthy and soaked else look)


def _within(caps: Caps, progress: Progress) -> Progress:
    if progress.deadline is None:
        return progress
    return replace(progress, deadline=min(progress.deadline, caps.rollout_timeout))


def _failure(
    record: RolloutRecord, progress: Progress, fresh: Sequence[Replica] | None, look: InProgress
) -> Failed | None:
    """How it has failed, None when it has not."""
    lost = permanent_failure(record, fresh or (), look.restarts)
    if lost is not None:
        return Failed(lost.evidence, lost)
    why = _given_up(record, progress, look)
    if why is None:
        return None
    culprit = diagnose(record, progress, fresh)
    return Failed(f"{why}: {culprit.evidence}" if culprit.evidence else why, culprit)


def _look(
    record: RolloutRecord,
    progress: Progress,
    fresh: Sequence[Replica] | None,
    before: InProgress | None,
    now: float,
) -> InProgress:
    well = _well(record, progress, fresh, {} if before is None else before.well, now)
    healthy = progress.complete and len(well) >= len(fresh or ())
    missing, desired = _missing(progress) if progress.observed else None, progress.desired
    idle = 0.0
    if before is not None:
        # More are wanted than ever before: there is more to do.
        more = desired > before.desired
        if not (more or _is_less(missing, before.missing)):
            idle = before.idle if before.healthy else before.idle + (now - before.at)
            missing = before.missing
        desired = max(desired, before.desired)
    moved = (before is not None and before.moved) or (progress.observed and progress.stalled is None)
    patience = _patience(record, progress).total_seconds()
    soak = record.rollout_settings.soak.total_seconds()
    rest = max((each.since + soak - now for each in well.values()), default=soak) if healthy else patience - idle
    pause = timedelta(seconds=max(0.0, rest))
    restarts = _restarts_before(record, fresh or (), before)
    return InProgress(now, pause, idle, missing, desired, moved, healthy, well, restarts)


def _restarts_before(record: RolloutRecord, fresh: Sequence[Replica], before: InProgress | None) -> Restarts:
    """What is rolled back to may never have stopped running: its restarts of long ago prove nothing."""
    if before is not None:
        return before.restarts
    return restarts_of(fresh) if record.rolling_back else {}


def _well(
    record: RolloutRecord,
    progress: Progress,
    fresh: Sequence[Replica] | None,
    before: Mapping[str, ReadySince],
    now: float,
) -> dict[str, ReadySince]:
    """Since when each of the new instances has been ready and has not been restarted."""
    if not fresh:
        return {_UNSEEN: before.get(_UNSEEN, ReadySince(now, 0))} if progress.complete else {}
    changed = {step.container for step in record.target_changes}
    well = {}
    for each in fresh:
        if each.ready:
            restarts = sum(state.restarts for state in each.containers if state.name in changed)
            known = before.get(each.id)
            well[each.id] = known if known is not None and known.restarts == restarts else ReadySince(now, restarts)
    return well


def _given_up(record: RolloutRecord, progress: Progress, look: InProgress) -> str | None:
    """Why it is not waited for any longer, None while it is.

    That the orchestrator has given up counts only when it has been seen not to: the word may be about what was there
    before, until something moves.
    """
    if progress.observed and progress.stalled is not None and look.moved:
        return f"the progress deadline was exceeded: {progress.stalled}"
    patience = _patience(record, progress)
    if not look.healthy and look.idle >= patience.total_seconds():
        return f"no progress for {patience}: {_count(progress)}"
    return None


def _patience(record: RolloutRecord, progress: Progress) -> timedelta:
    return max(record.rollout_settings.timeout, progress.deadline or timedelta())


def _taken_over(record: RolloutRecord, workload: Workload) -> Superseded | None:
    """How somebody else ended the rollout, None when nobody did."""
    if workload.annotations.get(annotation.ENABLED) != "true":
        return Superseded(f"{annotation.ENABLED} is no longer true, so it is left as it is")
    for step in record.target_changes:
        present = workload.image_of(step.container)
        if present is None:
            return Superseded(f"container {step.container} was removed during the rollout")
        if present != step.after:
            message = f"somebody set the image of container {step.container} to {present} during the rollout"
            return Superseded(message, step.container)
        if step.digest is not None and workload.template_digest != step.digest:
            key = annotation.TEMPLATE_DIGEST
            return Superseded(f"somebody set annotation {key} of the template during the rollout")
    return None


def _missing(progress: Progress) -> int:
    """How much is left to do, in steps of instances; less is progress."""
    missing_platforms = max(0, progress.desired - progress.updated) + max(0, progress.desired - progress.available)
    return missing_platforms + progress.outdated


def _is_less(missing: int | None, before: int | None) -> bool:
    return missing is not None and (before is None or missing < before)


def _count(progress: Progress) -> str:
    return (
        f"{progress.updated} of {progress.desired} updated, {progress.available} available,"
        f" {progress.outdated} old ones left"
    )
