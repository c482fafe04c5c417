"""Evaluates a rollout in flight by its record, the workload and its replicas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from watch_cluster.domain.policy.caps import Caps
from watch_cluster.domain.rollout.evaluation.diagnosis import Diagnosis, diagnose, new_replicas, permanent_failure
from watch_cluster.domain.rollout.evaluation.in_progress import InProgress, measure, timeout_of
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Progress, Workload

_NO_CAPS: Final = Caps(timedelta.max, timedelta.max)


@dataclass(frozen=True, slots=True)
class Healthy:
    """The rollout is complete and has stayed healthy. `unverified` is why that cannot be verified, None if it can."""

    unverified: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The rollout has failed."""

    message: str
    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True)
class Superseded:
    """Somebody else's change ended the rollout. `container` is the one whose image was set, None for another change."""

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
    """Evaluate a running rollout, or its rollback, by its own settings within the operator's caps.

    `replicas` is None if they may not be read. `before` is this process's last evaluation of the same rollout in the
    same direction; without one, all times count from `now`, in seconds of the monotonic clock.
    """
    superseded = _superseded(record, workload)
    if superseded is not None:
        return superseded
    record = replace(record, rollout_settings=caps.limit(record.rollout_settings))
    progress = _within(caps, workload.progress)
    if progress.complete and progress.unverifiable is not None:
        return Healthy(progress.unverifiable)
    new = None if replicas is None else _evaluated_replicas(record, progress, replicas)
    measured = measure(record, progress, new, before, now)
    if workload.paused and not measured.healthy:
        # A paused workload makes no progress until it is resumed.
        return replace(measured, idle=0.0 if before is None else before.idle)
    soak = record.rollout_settings.soak.total_seconds()
    soaked = all(now - ready.since >= soak for ready in measured.ready.values())
    return _failure(record, progress, new, measured) or (Healthy() if measured.healthy and soaked else measured)


def _evaluated_replicas(record: RolloutRecord, progress: Progress, replicas: Sequence[Replica]) -> Sequence[Replica]:
    new = new_replicas(record, replicas)
    # Once it is complete, all remaining replicas are of the new template, even if admission rewrites their images.
    return tuple(replicas) if progress.complete and not new else new


def _within(caps: Caps, progress: Progress) -> Progress:
    if progress.deadline is None:
        return progress
    return replace(progress, deadline=min(progress.deadline, caps.rollout_timeout))


def _failure(
    record: RolloutRecord, progress: Progress, new: Sequence[Replica] | None, measured: InProgress
) -> Failed | None:
    """Return how the rollout has failed, None if it has not."""
    permanent = permanent_failure(record, new or (), measured.restarts)
    if permanent is not None:
        return Failed(permanent.evidence, permanent)
    why = _timed_out(record, progress, measured)
    if why is None:
        return None
    diagnosis = diagnose(record, progress, new)
    return Failed(f"{why}: {diagnosis.evidence}" if diagnosis.evidence else why, diagnosis)


def _timed_out(record: RolloutRecord, progress: Progress, measured: InProgress) -> str | None:
    """Return why the rollout has timed out, None if it has not.

    The orchestrator's own timeout counts only after progress was seen: before, it may refer to an earlier rollout.
    """
    if progress.observed and progress.stalled is not None and measured.moved:
        return f"the progress deadline was exceeded: {progress.stalled}"
    timeout = timeout_of(record, progress)
    if not measured.healthy and measured.idle >= timeout.total_seconds():
        return f"no progress for {timeout}: {_count(progress)}"
    return None


def _superseded(record: RolloutRecord, workload: Workload) -> Superseded | None:
    """Return which change ended the rollout, None if there is none."""
    if workload.annotations.get(annotation.ENABLED) != "true":
        return Superseded(f"{annotation.ENABLED} is no longer true, so it is left as it is")
    for change in record.target_changes:
        present = workload.image_of(change.container)
        if present is None:
            return Superseded(f"container {change.container} was removed during the rollout")
        if present != change.after:
            message = f"somebody set the image of container {change.container} to {present} during the rollout"
            return Superseded(message, change.container)
        if change.digest is not None and workload.template_digest != change.digest:
            key = annotation.TEMPLATE_DIGEST
            return Superseded(f"somebody set annotation {key} of the template during the rollout")
    return None


def _count(progress: Progress) -> str:
    return (
        f"{progress.updated} of {progress.desired} updated, {progress.available} available,"
        f" {progress.outdated} old ones left"
    )
