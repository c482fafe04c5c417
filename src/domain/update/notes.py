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
    blind = any(isinstance(each, Held) and each.update is None for each in decisions)
    taken = {each.container for each in decisions if isinstance(each, Update)}
    clocks = [name for container, names in seen.items() if container not in taken for name in names]
    before = FirstSeen.of(workload)
    if blind:
        clocks += [name for name in before.times if name not in clocks]
    pending = [
        each.update.approval
        for each in decisions
        if isinstance(each, Held) and each.reason in _PENDING and each.update is not None
    ]
    notes: dict[str, str | None] = {
        annotation.FIRST_SEEN: str(before.noting(tuple(clocks), now)) if clocks else None,
        annotation.PENDING: ",".join(pending) or None,
    }
    if blind and not pending:
        del notes[annotation.PENDING]
    return {key: value for key, value in notes.items() if workload.annotations.get(key) != value}
