"""The record of a rollout, in an annotation of its workload."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Final, Self

from watch_cluster.domain.policy.errors import SettingError
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.event import OwedEvent
from watch_cluster.domain.rollout.record.failure import Failure
from watch_cluster.domain.rollout.record.image_changes import fields_of_change, read_changes, rollback_change
from watch_cluster.domain.rollout.record.lifecycle import Milestone, RolloutState
from watch_cluster.domain.rollout.record.proposal import Proposal
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import ImageChange, Workload
from watch_cluster.tools.json_fields import count, fields_of, items, name, seconds, text_or_none, timestamp

_MAX_LISTED: Final = 32
"""How many milestones, events and earlier records a record may list, more than are ever written."""
_MAX_FIELDS: Final = 64


_OPEN: Final = frozenset({RolloutState.PROPOSED, RolloutState.RUNNING})


class InvalidRolloutRecord(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is not a record that Watch-Cluster wrote."""


@dataclass(frozen=True, slots=True)
class RolloutRecord:
    """The annotation `rollout`: what was changed, when, with which settings, and how it ended.

    `uid` is the workload's: a record that was copied to another workload is ignored. `unhealthy_before` is whether the
    workload was unhealthy when the rollout started. `repeats` counts how often in a row the same images were rolled out
    again after somebody removed them, `retries` how often after a failure of the environment. `failure` is set once the
    new images are given up, so also while they are rolled back. `ended` and `message` say how the rollout ended,
    `revision` at which revision of the workload, as far as known. `undelivered` lists the milestones that external
    receivers are still to be notified of, `owed` the events that could not be emitted yet. `earlier` holds the records
    of earlier rollouts with undelivered milestones. `proposal` is set for a rollout whose images another tool applies,
    first those of the update, and after a failure those that ran before.
    """

    id: str
    uid: str
    images: tuple[ImageChange, ...]
    started: datetime
    rollout_settings: RolloutSettings
    state: RolloutState = RolloutState.RUNNING
    unhealthy_before: bool = False
    repeats: int = 0
    retries: int = 0
    failure: Failure | None = None
    ended: datetime | None = None
    message: str | None = None
    revision: str | None = None
    undelivered: tuple[Milestone, ...] = ()
    owed: tuple[OwedEvent, ...] = ()
    earlier: tuple[RolloutRecord, ...] = field(default=(), repr=False)
    proposal: Proposal | None = None

    @classmethod
    def of(cls, workload: Workload) -> Self | None:
        """Return the workload's record; None if it has none, or only a copy of another workload's."""
        return cls.among(workload, (workload.annotations.get(annotation.ROLLOUT),))

    @classmethod
    def among(cls, workload: Workload, written: tuple[str | None, ...]) -> Self | None:
        """Return the latest of the records that were written for this workload; None if there is none."""
        records = (cls._read_or_none(text) for text in written)
        own = [record for record in records if record is not None and record.uid == workload.uid]
        return max(own, key=lambda record: record.precedence, default=None)

    @classmethod
    @lru_cache(maxsize=256)  # one reconcile reads the record several times
    def parse(cls, written: str) -> Self:
        """Read the annotation's value. Raises `InvalidRolloutRecord` for anything that `str` does not write."""
        try:
            return cls._read(json.loads(written))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise InvalidRolloutRecord(f"{written[:80]!r} is no rollout record") from error

    @classmethod
    def _read_or_none(cls, written: str | None) -> Self | None:
        try:
            return None if written is None else cls.parse(written)
        except InvalidRolloutRecord:
            return None

    @classmethod
    def _read(cls, written: object) -> Self:
        """Read what `_fields` wrote. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
        fields = fields_of(written, _MAX_FIELDS)
        earlier = tuple(cls._read(each) for each in items(fields.get("earlier", []), _MAX_LISTED))
        if any(each.earlier for each in earlier):
            raise ValueError("an earlier record has earlier ones")
        proposal, state = fields.get("proposal"), RolloutState(fields["state"])
        if state is RolloutState.PROPOSED and proposal is None:
            raise ValueError("nothing says where it is proposed")
        return cls(
            name(fields["id"]),
            name(fields["uid"]),
            read_changes(fields["containers"]),
            timestamp(fields["start"]),
            RolloutSettings(seconds(fields["timeout"]), seconds(fields["soak"]), fields.get("rollback") is not False),
            state,
            fields.get("unhealthy-before") is True,
            count(fields.get("repeats", 0)),
            count(fields.get("retries", 0)),
            Failure.read(fields["failure"]) if "failure" in fields else None,
            timestamp(fields["end"]) if "end" in fields else None,
            text_or_none(fields.get("message")),
            text_or_none(fields.get("revision")),
            tuple(Milestone(each) for each in items(fields.get("unreported", []), _MAX_LISTED)),
            tuple(OwedEvent.read(each) for each in items(fields.get("owed", []), _MAX_LISTED)),
            earlier,
            None if proposal is None else Proposal.read(proposal),
        )

    def __str__(self) -> str:
        """Write the annotation's value, without the characters that JSON libraries escape in different ways."""
        written = json.dumps(self._fields(), separators=(",", ":"))
        return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

    def _fields(self) -> dict[str, object]:
        rollout_settings = self.rollout_settings
        fields: dict[str, object] = {
            "id": self.id,
            "uid": self.uid,
            "containers": {change.container: fields_of_change(change) for change in self.images},
            "start": self.started.isoformat(),
            "timeout": rollout_settings.timeout.total_seconds(),
            "soak": rollout_settings.soak.total_seconds(),
            "state": self.state.value,
        }
        return fields | {name: value for name, value in self._optional_fields().items() if value is not None}

    def _optional_fields(self) -> dict[str, object]:
        return {
            "rollback": None if self.rollout_settings.rollback else False,
            "unhealthy-before": self.unhealthy_before or None,
            "repeats": self.repeats or None,
            "retries": self.retries or None,
            "failure": None if self.failure is None else self.failure.fields(),
            "end": None if self.ended is None else self.ended.isoformat(),
            "message": self.message,
            "revision": self.revision,
            "unreported": [each.value for each in self.undelivered] or None,
            "owed": [each.fields() for each in self.owed] or None,
            "earlier": [each._fields() for each in self.earlier] or None,
            "proposal": None if self.proposal is None else self.proposal.fields(),
        }

    @property
    def running(self) -> bool:
        """Whether the images are in the template, and the rollout has not ended yet."""
        return self.state is RolloutState.RUNNING

    @property
    def proposed(self) -> Proposal | None:
        """The proposal that is not applied yet; None when nothing waits to be applied."""
        return self.proposal if self.state is RolloutState.PROPOSED else None

    @property
    def is_open(self) -> bool:
        """Whether the rollout has not ended yet, or has yet to begin."""
        return self.state in _OPEN

    @property
    def precedence(self) -> tuple[datetime, bool, bool, bool]:
        """Orders the records of one workload: the greatest is the latest."""
        return self.started, not self.is_open, self.failure is not None, self.running

    @property
    def rolling_back(self) -> bool:
        """Whether the old images are being rolled out again, or are proposed to be."""
        return self.is_open and self.failure is not None

    @property
    def was_rolled_back(self) -> bool:
        """Whether the rollout failed and a rollback was started."""
        return self.failure is not None and self.rollout_settings.rollback and self.rollback_changes is not None

    @property
    def change(self) -> str:
        """What changed, for people: `app:1.0 -> app:1.1`, several containers comma separated."""
        return ", ".join(str(step) for step in self.images)

    @property
    def rollback_changes(self) -> tuple[ImageChange, ...] | None:
        """The changes back to what ran before; None when that is not known for every container."""
        steps = tuple(rollback_change(each) for each in self.images)
        known = tuple(each for each in steps if each is not None)
        return known if len(known) == len(steps) else None

    @property
    def target_changes(self) -> tuple[ImageChange, ...]:
        """The changes whose `after` the template must have now: those of the rollout, or of its rollback."""
        return (self.rollback_changes or ()) if self.rolling_back else self.images

    @property
    def all_undelivered(self) -> tuple[RolloutRecord, ...]:
        """The records with milestones that receivers are still to be notified of, the oldest first."""
        return (*self.earlier, *((replace(self, earlier=()),) if self.undelivered else ()))


def record_error(workload: Workload) -> SettingError | None:
    """Return why the workload's record cannot be read; None if it can, or if there is none."""
    written = workload.annotations.get(annotation.ROLLOUT)
    if written is None:
        return None
    try:
        RolloutRecord.parse(written)
    except InvalidRolloutRecord:
        return SettingError(annotation.ROLLOUT, written, "Watch-Cluster has not written it like this: remove it")
    return None
