"""Digests: what became of the workloads of a channel in a span of time, as their own records tell it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Final

from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.domain.rollout.record.history import History, PastRollout
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

MOST_ENTRIES: Final = 2000
"""How many entries a digest keeps; it counts the others."""


@dataclass(frozen=True, slots=True)
class HeldFact:
    """Something that is held, as the last check found it, with the type of the notification about it."""

    type: NotificationType
    message: str


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """One line of a digest."""

    type: NotificationType
    workload: WorkloadKey
    text: str


@dataclass(frozen=True, slots=True)
class Digest:
    """What ended after `since` and not after `until`, and what is held at the end. `omitted` counts further entries."""

    since: datetime
    until: datetime
    entries: tuple[DigestEntry, ...] = ()
    omitted: int = 0

    @classmethod
    def of(
        cls, since: datetime, until: datetime, types: Collection[NotificationType], found: Iterable[DigestEntry]
    ) -> Digest:
        """Keep the entries of these types, as many as a digest may have, of namespaces in turn."""
        wanted = _in_turn(entry for entry in found if entry.type in types)
        return cls(since, until, tuple(wanted[:MOST_ENTRIES]), max(0, len(wanted) - MOST_ENTRIES))

    def __bool__(self) -> bool:
        return bool(self.entries)


def past_entries(workload: Workload, since: datetime, until: datetime) -> tuple[DigestEntry, ...]:
    """Return the rollouts of the workload that ended in that time, the oldest first."""
    return tuple(
        DigestEntry(_TYPES[rollout.state], workload.key, _text(rollout))
        for rollout in History.of(workload).rollouts
        if since < rollout.ended <= until and rollout.state in _TYPES
    )


def held_entries(workload: Workload, held: Iterable[HeldFact]) -> tuple[DigestEntry, ...]:
    """Return what is held of the workload."""
    return tuple(DigestEntry(fact.type, workload.key, fact.message) for fact in held)


def _in_turn(entries: Iterable[DigestEntry]) -> list[DigestEntry]:
    """Order the entries so that a namespace with many of them leaves room for those of the others."""
    queues: dict[str, list[DigestEntry]] = {}
    for entry in entries:
        queues.setdefault(entry.workload.namespace, []).append(entry)
    rounds = zip_longest(*queues.values())
    return [entry for each in rounds for entry in each if entry is not None]


_TYPES: Final = {
    RolloutState.DONE: NotificationType.IMAGE_ROLLOUT_COMPLETED,
    RolloutState.FAILED: NotificationType.IMAGE_ROLLOUT_FAILED,
    RolloutState.SUPERSEDED: NotificationType.IMAGE_ROLLOUT_FAILED,
    RolloutState.ROLLED_BACK: NotificationType.IMAGE_ROLLED_BACK,
}
"""What is withdrawn never ran, and is no news."""


def _text(rollout: PastRollout) -> str:
    return rollout.change if rollout.message is None else f"{rollout.change}: {rollout.message}"
