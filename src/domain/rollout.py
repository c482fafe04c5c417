"""The record of a rollout, which stands on the workload itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self

from watch_cluster.domain import annotation
from watch_cluster.domain.workload import Change, ImageChange, Workload

_MOST_EARLIER: Final = 5
"""How many ends a receiver may be behind: an annotation is no place for more."""


class RolloutState(StrEnum):
    """How far a rollout has come. All but `running` are ends."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class InvalidRolloutRecord(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is not a record that we wrote."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The rollout has come to an end, and why. `unverified` is why a good end proves nothing, None when it does."""

    state: RolloutState
    message: str
    unverified: str | None = None


@dataclass(frozen=True, slots=True)
class RolloutRecord:
    """The annotation `rollout`: what was changed, when, under which settings, and how it ended.

    `uid` is the workload's: a record that was copied to another workload speaks of nothing. `timeout` is the longest
    time without progress; it stands here because a rollout ends under the settings that it began with. `repeats` counts
    how often in a row the same images were rolled out again. `ended` and `failure` tell how it ended, `unreported` that
    somebody outside still has to hear of that. `earlier` are the records before this one of which the same is true.
    """

    id: str
    uid: str
    images: tuple[ImageChange, ...]
    started: datetime
    timeout: timedelta
    state: RolloutState = RolloutState.RUNNING
    repeats: int = 0
    ended: datetime | None = None
    failure: str | None = None
    unreported: bool = False
    earlier: tuple[RolloutRecord, ...] = ()

    @classmethod
    def begin(cls, workload: Workload, images: tuple[ImageChange, ...], timeout: timedelta, now: datetime) -> Self:
        """Record what is about to be changed. The id follows from the rest, so that nothing here is random."""
        steps = "".join(f"\0{step.container}\0{step.before}\0{step.after}" for step in images)
        identity = hashlib.sha256(f"{workload.uid}\0{now.isoformat()}{steps}".encode()).hexdigest()[:12]
        last = cls.of(workload)
        again = last is not None and _targets(last.images) == _targets(images)
        repeats = last.repeats + 1 if last is not None and again else 0
        earlier = () if last is None else last.all_unreported[-_MOST_EARLIER:]
        return cls(identity, workload.uid, images, now, timeout, repeats=repeats, earlier=earlier)

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
            return cls._read(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise InvalidRolloutRecord(f"{text[:80]!r} is no rollout record") from error

    @classmethod
    def _read(cls, fields: dict[str, Any]) -> Self:
        return cls(
            _text(fields["id"]),
            _text(fields["uid"]),
            tuple(
                ImageChange(
                    container,
                    _text(step["from"]),
                    _text(step["to"]),
                    _text_or_none(step.get("ran")),
                    _text_or_none(step.get("digest")),
                )
                for container, step in fields["containers"].items()
            ),
            datetime.fromisoformat(fields["start"]).astimezone(UTC),
            timedelta(seconds=fields["timeout"]),
            RolloutState(fields["state"]),
            _count_of(fields.get("repeats", 0)),
            datetime.fromisoformat(fields["end"]).astimezone(UTC) if "end" in fields else None,
            _text_or_none(fields.get("failure")),
            fields.get("unreported") is True,
            tuple(cls._read(each) for each in fields.get("earlier", ())),
        )

    def __str__(self) -> str:
        return json.dumps(self._fields(), separators=(",", ":"))

    def _fields(self) -> dict[str, object]:
        fields: dict[str, object] = {
            "id": self.id,
            "uid": self.uid,
            "containers": {step.container: _fields_of(step) for step in self.images},
            "start": self.started.isoformat(),
            "timeout": self.timeout.total_seconds(),
            "state": self.state.value,
        }
        if self.repeats:
            fields["repeats"] = self.repeats
        if self.ended is not None:
            fields["end"] = self.ended.isoformat()
        if self.failure is not None:
            fields["failure"] = self.failure
        if self.unreported:
            fields["unreported"] = True
        if self.earlier:
            fields["earlier"] = [each._fields() for each in self.earlier]
        return fields

    @property
    def running(self) -> bool:
        """Whether the rollout has no end yet."""
        return self.state is RolloutState.RUNNING

    @property
    def change(self) -> str:
        """What changed, for people: `app:1.0 -> app:1.1`, several containers comma separated."""
        return ", ".join(str(step) for step in self.images)

    def opening(self, notes: Mapping[str, str | None] | None = None) -> Change:
        """The change that starts the rollout: images, record and notes at once, while the workload is opted in."""
        return Change(
            uid=self.uid,
            annotations={**(notes or {}), annotation.ROLLOUT: str(self)},
            expected={annotation.ENABLED: "true"},
            images=self.images,
        )

    def closing(self, verdict: Ended, now: datetime, *, unreported: bool = False) -> Change:
        """The change that ends the rollout: the record is overwritten, never removed, and a success is told.

        `unreported` says on record that the end is still to be announced.
        """
        told: Mapping[str, str] = {}
        failure: str | None = verdict.message
        if verdict.state is RolloutState.DONE:
            failure = None
            told = {
                annotation.LAST_UPDATE: str(int(now.timestamp() * 1000)),
                annotation.LAST_UPDATE_IMAGE: ",".join(step.after for step in self.images),
                annotation.CHANGE: self.change,
            }
        ended = replace(self, state=verdict.state, ended=now, failure=failure, unreported=unreported)
        return self._becoming(ended, told)

    @property
    def all_unreported(self) -> tuple[RolloutRecord, ...]:
        """The records of which somebody outside still has to hear the end, the oldest first."""
        return (*self.earlier, *((replace(self, earlier=()),) if self.unreported else ()))

    def reported(self, ids: Collection[str]) -> Change:
        """The change that says that everybody has heard of the ends of the rollouts with those ids."""
        earlier = tuple(each for each in self.earlier if each.id not in ids)
        return self._becoming(replace(self, unreported=self.unreported and self.id not in ids, earlier=earlier), {})

    def _becoming(self, next_record: RolloutRecord, told: Mapping[str, str]) -> Change:
        return Change(
            uid=self.uid,
            annotations={**told, annotation.ROLLOUT: str(next_record)},
            expected={annotation.ROLLOUT: str(self)},
        )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _count_of(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no count")
    return value


def _fields_of(step: ImageChange) -> dict[str, str]:
    fields = {"from": step.before, "to": step.after}
    if step.ran is not None:
        fields["ran"] = step.ran
    if step.digest is not None:
        fields["digest"] = step.digest
    return fields


def _targets(images: tuple[ImageChange, ...]) -> tuple[tuple[str, str, str | None], ...]:
    return tuple((step.container, step.after, step.digest) for step in images)
