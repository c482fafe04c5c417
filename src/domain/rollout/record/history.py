"""The last rollouts of a workload, which are kept on the workload itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload
from watch_cluster.tools.json_fields import name, text, text_or_none, timestamp

MOST_ROLLOUTS: Final = 10
LONGEST_MESSAGE: Final = 200
"""How many characters of a failure are kept: the whole message was in the Event."""
_LONGEST_CHANGE: Final = 1024


@dataclass(frozen=True, slots=True)
class PastRollout:
    """A rollout that has ended. `message` is why it was not a success, None for a success."""

    id: str
    ended: datetime
    state: RolloutState
    change: str
    message: str | None = None

    @property
    def images(self) -> tuple[tuple[str, str], ...]:
        """The old and the new image of each change, without one that is cut."""
        parts = (each.partition(" -> ") for each in self.change.split(", "))
        return tuple((before, after) for before, _, after in parts if after and not after.endswith("…"))

    @classmethod
    def of(cls, record: RolloutRecord, ended: datetime) -> Self:
        """Return what is remembered of a record that has ended."""
        message = None if record.state is RolloutState.DONE else record.message
        return cls(
            record.id, ended, record.state, _cut(record.change, _LONGEST_CHANGE), _cut_or_none(message, LONGEST_MESSAGE)
        )


@dataclass(frozen=True, slots=True)
class History:
    """The annotation `history`: the last rollouts, the oldest first.

    `uid` is the workload's: a history that was copied to another workload counts as empty.
    """

    uid: str
    rollouts: tuple[PastRollout, ...] = ()

    @classmethod
    def of(cls, workload: Workload) -> Self:
        """Read the history of a workload; one that cannot be read counts as empty."""
        written = workload.annotations.get(annotation.HISTORY)
        try:
            read = None if written is None else cls._read(json.loads(written))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            read = None
        return read if read is not None and read.uid == workload.uid else cls(workload.uid)

    @classmethod
    def _read(cls, fields: dict[str, object]) -> Self:
        entries = fields["rollouts"]
        if not isinstance(entries, list):
            raise TypeError("the rollouts are no list")
        return cls(name(fields["uid"]), tuple(_read_rollout(entry) for entry in entries[-MOST_ROLLOUTS:]))

    def with_record(self, record: RolloutRecord) -> Self:
        """Return the history with this rollout added, once; one that still runs changes nothing."""
        if record.ended is None or record.is_open:
            return self
        others = tuple(rollout for rollout in self.rollouts if rollout.id != record.id)
        added = (*others, PastRollout.of(record, record.ended))
        return type(self)(self.uid, tuple(sorted(added, key=lambda rollout: rollout.ended))[-MOST_ROLLOUTS:])

    def __str__(self) -> str:
        """Write the annotation's value."""
        entries = [_fields(rollout) for rollout in self.rollouts]
        return json.dumps({"uid": self.uid, "rollouts": entries}, separators=(",", ":"))

    def __bool__(self) -> bool:
        return bool(self.rollouts)


def _read_rollout(fields: dict[str, object]) -> PastRollout:
    return PastRollout(
        name(fields["id"]),
        timestamp(fields["end"]),
        RolloutState(text(fields["state"])),
        _cut(text(fields["change"]), _LONGEST_CHANGE),
        _cut_or_none(text_or_none(fields.get("message")), LONGEST_MESSAGE),
    )


def _fields(rollout: PastRollout) -> dict[str, str]:
    fields = {
        "id": rollout.id,
        "end": rollout.ended.isoformat(),
        "state": rollout.state.value,
        "change": rollout.change,
    }
    return fields if rollout.message is None else fields | {"message": rollout.message}


def _cut(message: str, longest: int) -> str:
    return message if len(message) <= longest else f"{message[:longest]}…"


def _cut_or_none(message: str | None, longest: int) -> str | None:
    return None if message is None else _cut(message, longest)
