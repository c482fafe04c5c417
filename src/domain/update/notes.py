"""The annotations that a check writes: when candidates were first seen, and which one waits for approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from watch_cluster.domain.update.decision import Decision, Held, HoldReason, Update
from watch_cluster.domain.update.first_seen import FirstSeen
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload

_PENDING: Final = frozenset({HoldReason.NOTIFY_ONLY, HoldReason.WAITING_FOR_APPROVAL})


def notes(
    workload: Workload, decisions: Sequence[Decision], seen: Mapping[str, Sequence[str]], now: datetime
) -> dict[str, str | None]:
    """Return the annotations to change; None removes one.

    `seen` lists by container the candidates, `tag@digest`, whose age was checked. For a container about which a check
    found out nothing, the present values are kept.
    """
    unknown = any(isinstance(decision, Held) and decision.update is None for decision in decisions)
    pending = _pending(decisions)
    notes = {annotation.FIRST_SEEN: _first_seen(workload, decisions, seen, now, keep=unknown)}
    if pending is not None or not unknown:
        notes[annotation.PENDING] = pending
    return {key: value for key, value in notes.items() if workload.annotations.get(key) != value}


def _pending(decisions: Sequence[Decision]) -> str | None:
    """Return what would approve the candidates that wait for a person, None if none does."""
    waiting = (decision for decision in decisions if isinstance(decision, Held) and decision.reason in _PENDING)
    return ",".join(hold.update.approval for hold in waiting if hold.update is not None) or None


def _first_seen(
    workload: Workload,
    decisions: Sequence[Decision],
    seen: Mapping[str, Sequence[str]],
    now: datetime,
    *,
    keep: bool,
) -> str | None:
    """Return when the remaining candidates were first seen, with `keep` also those that were not seen now."""
    updated = {decision.container for decision in decisions if isinstance(decision, Update)}
    names = [name for container, candidates in seen.items() if container not in updated for name in candidates]
    before = FirstSeen.of(workload)
    if keep:
        names += [name for name in before.times if name not in names]
    return str(before.noting(tuple(names), now)) if names else None
