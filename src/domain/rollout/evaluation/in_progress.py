"""Measures a rollout in flight: what is left to do, how long it has been idle, and which replicas are ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from watch_cluster.domain.rollout.evaluation.diagnosis import Restarts, restarts_of
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Progress

_ALL_REPLICAS: Final = "all replicas"
"""The key for the replicas together if they may not be read, so that only the counts are known."""


@dataclass(frozen=True, slots=True)
class ReadySince:
    """Since when a replica has been ready without a restart, in seconds of the monotonic clock."""

    since: float
    restarts: int


@dataclass(frozen=True, slots=True)
class InProgress:
    """The rollout continues, and must be evaluated again after `pause` at the latest.

    `at` is the time of the evaluation in monotonic seconds, `idle` for how many seconds the rollout has neither
    progressed nor been healthy. `missing` is the least that was left to do so far, None while the counts refer to an
    older template; `desired` the most replicas that were desired. `moved` is whether the orchestrator was once seen not
    to have given up. `ready` maps the ids of ready replicas to the time since when they are. `restarts` are those from
    before the rollback.
    """

    at: float
    pause: timedelta
    idle: float = 0.0
    missing: int | None = None
    desired: int = 0
    moved: bool = False
    healthy: bool = False
    ready: Mapping[str, ReadySince] = field(default_factory=dict)
    restarts: Restarts = field(default_factory=dict)


def measure(
    record: RolloutRecord,
    progress: Progress,
    new: Sequence[Replica] | None,
    before: InProgress | None,
    now: float,
) -> InProgress:
    """Measure the rollout. `new` are the new replicas, None if they may not be read; `before` the last measurement."""
    ready = _ready_since(record, progress, new, {} if before is None else before.ready, now)
    healthy = progress.complete and len(ready) >= len(new or ())
    idle, missing = _idle_time(progress, before, now)
    desired = progress.desired if before is None else max(progress.desired, before.desired)
    moved = (before is not None and before.moved) or (progress.observed and progress.stalled is None)
    soak = record.rollout_settings.soak.total_seconds()
    remaining = (
        max((replica.since + soak - now for replica in ready.values()), default=soak)
        if healthy
        else timeout_of(record, progress).total_seconds() - idle
    )
    pause = timedelta(seconds=max(0.0, remaining))
    restarts = _restarts_before(record, new or (), before)
    return InProgress(now, pause, idle, missing, desired, moved, healthy, ready, restarts)


def _idle_time(progress: Progress, before: InProgress | None, now: float) -> tuple[float, int | None]:
    """Return for how long there was no progress, and the least that was ever missing."""
    missing = _missing(progress) if progress.observed else None
    if before is None:
        return 0.0, missing
    # More desired replicas than ever before mean that there is more to do.
    if progress.desired > before.desired or _is_less(missing, before.missing):
        return 0.0, missing
    return before.idle if before.healthy else before.idle + (now - before.at), before.missing


def timeout_of(record: RolloutRecord, progress: Progress) -> timedelta:
    """Return for how long the rollout may make no progress."""
    return max(record.rollout_settings.timeout, progress.deadline or timedelta())


def _restarts_before(record: RolloutRecord, new: Sequence[Replica], before: InProgress | None) -> Restarts:
    """Return the restarts from before a rollback: its replicas may never have stopped running."""
    if before is not None:
        return before.restarts
    return restarts_of(new) if record.rolling_back else {}


def _ready_since(
    record: RolloutRecord,
    progress: Progress,
    new: Sequence[Replica] | None,
    before: Mapping[str, ReadySince],
    now: float,
) -> dict[str, ReadySince]:
    """Return since when each new replica has been ready without a restart."""
    if not new:
        return {_ALL_REPLICAS: before.get(_ALL_REPLICAS, ReadySince(now, 0))} if progress.complete else {}
    changed = {change.container for change in record.target_changes}
    ready = {}
    for replica in new:
        if replica.ready:
            restarts = sum(state.restarts for state in replica.containers if state.name in changed)
            known = before.get(replica.id)
            unchanged = known is not None and known.restarts == restarts
            ready[replica.id] = known if known is not None and unchanged else ReadySince(now, restarts)
    return ready


def _missing(progress: Progress) -> int:
    """Return how much is left to do, in steps of replicas; a smaller number is progress."""
    not_updated = max(0, progress.desired - progress.updated)
    return not_updated + max(0, progress.desired - progress.available) + progress.outdated


def _is_less(missing: int | None, before: int | None) -> bool:
    return missing is not None and (before is None or missing < before)
