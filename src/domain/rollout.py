"""A rollout: its record on the workload, and the verdict on how it goes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from watch_cluster.domain import annotation
from watch_cluster.domain.workload import Change, ImageChange, Progress, Workload


class RolloutState(StrEnum):
    """How far a rollout has come. All but `running` are ends."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class InvalidRolloutRecord(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is not a record that we wrote."""


@dataclass(frozen=True, slots=True)
class RolloutRecord:
    """The annotation `rollout`: what was changed, when, under which settings, and how it ended.

    `uid` is the workload's: a record that was copied to another workload speaks of nothing. `timeout` is the longest
    time without progress; it stands here because a rollout ends under the settings that it began with.
    """

    id: str
    uid: str
    images: tuple[ImageChange, ...]
    started: datetime
    timeout: timedelta
    state: RolloutState = RolloutState.RUNNING

    @classmethod
    def begin(cls, workload: Workload, images: tuple[ImageChange, ...], timeout: timedelta, now: datetime) -> Self:
        """Record what is about to be changed. The id follows from the rest, so that nothing here is random."""
        steps = "".join(f"\0{step.container}\0{step.before}\0{step.after}" for step in images)
        identity = hashlib.sha256(f"{workload.uid}\0{now.isoformat()}{steps}".encode()).hexdigest()[:12]
        return cls(identity, workload.uid, images, now, timeout)

    @classmethod
    def of(cls, workload: Workload) -> Self | None:
        """Read the record of a workload: None when it has none, or none that was written for this very workload."""
        text = workload.annotations.get(annotation.ROLLOUT)
        if text is None:
            return None
        try:
            record = cls.parse(text)
        except InvalidRolloutRecord:
            return None
        return record if record.uid == workload.uid else None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the annotation's value. Raises `InvalidRolloutRecord` for anything that `str` does not write."""
        try:
            fields: dict[str, Any] = json.loads(text)
            return cls(
                _text(fields["id"]),
                _text(fields["uid"]),
                tuple(
                    ImageChange(container, _text(step["from"]), _text(step["to"]))
                    for container, step in fields["containers"].items()
                ),
                datetime.fromisoformat(fields["start"]).astimezone(UTC),
                timedelta(seconds=fields["timeout"]),
                RolloutState(fields["state"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise InvalidRolloutRecord(f"{text[:80]!r} is no rollout record") from error

    def __str__(self) -> str:
        fields: dict[str, object] = {
            "id": self.id,
            "uid": self.uid,
            "containers": {step.container: {"from": step.before, "to": step.after} for step in self.images},
            "start": self.started.isoformat(),
            "timeout": self.timeout.total_seconds(),
            "state": self.state.value,
        }
        return json.dumps(fields, separators=(",", ":"))

    @property
    def running(self) -> bool:
        """Whether the rollout has no end yet."""
        return self.state is RolloutState.RUNNING

    @property
    def change(self) -> str:
        """What changed, for people: `app:1.0 -> app:1.1`, several containers comma separated."""
        return ", ".join(f"{step.before} -> {step.after}" for step in self.images)

    def opening(self) -> Change:
        """The change that starts the rollout: every image and the record at once, while the workload is opted in."""
        return Change(
            uid=self.uid,
            annotations={annotation.ROLLOUT: str(self)},
            expected={annotation.ENABLED: "true"},
            images=self.images,
        )

    def closing(self, state: RolloutState, now: datetime) -> Change:
        """The change that ends the rollout: the record is overwritten, never removed, and a success is told."""
        told: Mapping[str, str] = {}
        if state is RolloutState.DONE:
            told = {
                annotation.LAST_UPDATE: str(int(now.timestamp() * 1000)),
                annotation.LAST_UPDATE_IMAGE: ",".join(step.after for step in self.images),
                annotation.CHANGE: self.change,
            }
        return Change(
            uid=self.uid,
            annotations={**told, annotation.ROLLOUT: str(replace(self, state=state))},
            expected={annotation.ROLLOUT: str(self)},
        )


@dataclass(frozen=True, slots=True)
class Ongoing:
    """The rollout goes on. `progress` was first seen at `since`; nothing may stay the same after `until`."""

    progress: Progress
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """The rollout has come to an end, and why."""

    state: RolloutState
    message: str


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
        if present != step.after:
            return f"somebody set the image of container {step.container} to {present} during the rollout"
    return None


def _count(progress: Progress) -> str:
    return (
        f"{progress.updated} of {progress.desired} updated, {progress.available} available,"
        f" {progress.outdated} old ones left"
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value
