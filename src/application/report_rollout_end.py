"""The use case that sees to it that the end of a rollout is heard of outside, also after a crash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.ports.outbox import Fate, Outbox
from watch_cluster.domain.announcement import Announcement
from watch_cluster.domain.rollout import RolloutRecord
from watch_cluster.domain.workload import WorkloadKey

WAITING_PAUSE: Final = timedelta(seconds=5)
FAILED_PAUSE: Final = timedelta(minutes=5)
"""How long a receiver is left alone that no attempt has reached."""


@dataclass(frozen=True, slots=True)
class ReportRolloutEnd:
    """Puts what a workload's record owes into the outbox, and strikes it off when it has arrived."""

    orchestrator: Orchestrator
    outbox: Outbox

    def __call__(self, key: WorkloadKey) -> timedelta | None:
        """Look at the workload's record: how soon to look again, None when nothing is owed.

        Raises `OrchestratorUnavailable`, `ChangeConflict` and `ChangeRejected`.
        """
        workload = self.orchestrator.find(key)
        record = RolloutRecord.of(workload) if workload is not None else None
        if record is None or not record.all_unreported:
            return None
        settled: set[str] = set()
        pause = WAITING_PAUSE
        for owed in record.all_unreported:
            announcement = Announcement.of_end(key, owed)
            fate = self.outbox.fate(announcement.id)
            if fate is Fate.SETTLED:
                settled.add(owed.id)
            elif fate is Fate.FAILED:
                pause = FAILED_PAUSE
            if fate in {Fate.UNKNOWN, Fate.FAILED}:
                self.outbox.put(announcement)
        if settled:
            self.orchestrator.apply(key, record.reported(settled))
        return pause if len(settled) < len(record.all_unreported) else None
