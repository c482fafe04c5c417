"""How a rollout goes, judged by its record and by what the workload shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from watch_cluster.domain import annotation
from watch_cluster.domain.rollout import Ended, RolloutRecord, RolloutState
from watch_cluster.domain.workload import Progress, Workload


@dataclass(frozen=True, slots=True)
class Ongoing:
    """The rollout goes on. `progress` was first seen at `since`; nothing may stay the same after `until`."""

    progress: Progress
    since: datetime
    until: datetime


def judge(record: RolloutRecord, workload: Workload, before: Ongoing | None, now: datetime) -> Ongoing | Ended:
    """Say how a running rollout stands.

    `before` is the last answer of this process for the same rollout: without one, the time without progress counts
    from now.
    """
    taken_over = _taken_over(record, workload)
    if taken_over is not None:
        return Ended(RolloutState.SUPERSEDED, taken_over)
    progress = workload.progress
    if progress.observed and progress.stalled is not None:
        return Ended(RolloutState.FAILED, f"the progress deadline was exceeded: {progress.stalled}")
    if progress.complete and progress.unverifiable is not None:
        return Ended(RolloutState.DONE, "applied, not verified", progress.unverifiable)
    if progress.complete:
        return Ended(RolloutState.DONE, "every instance runs the new image and is available")
    since = before.since if before is not None and before.progress == progress else now
    patience = max(record.timeout, progress.deadline or timedelta())
    if now - since >= patience:
        return Ended(RolloutState.FAILED, f"no progress for {patience}: {_count(progress)}")
    return Ongoing(progress, since, since + patience)


def _taken_over(record: RolloutRecord, workload: Workload) -> str | None:
    """How somebody else ended the rollout, None when nobody did."""
    if workload.annotations.get(annotation.ENABLED) != "true":
        return f"{annotation.ENABLED} is no longer true, so it is left as it is"
    for step in record.images:
        present = workload.image_of(step.container)
        if present is None:
            return f"container {step.container} was removed during the rollout"
        if step.digest is not None and workload.template_digest != step.digest:
            return f"somebody set annotation {annotation.TEMPLATE_DIGEST} of the template during the rollout"
        if present != step.after:
            return f"somebody set the image of container {step.container} to {present} during the rollout"
    return None


def _count(progress: Progress) -> str:
    return (
        f"{progress.updated} of {progress.desired} updated, {progress.available} available,"
        f" {progress.outdated} old ones left"
    )
