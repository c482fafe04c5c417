"""The use case that looks at a rollout in flight, and closes and reports it when it has come to an end."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

from watch_cluster.application.ports.notifier import Notifier
from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.ports.outbox import Outbox
from watch_cluster.application.ports.timing import Clock
from watch_cluster.domain.announcement import Occasion
from watch_cluster.domain.events import Event, Reason
from watch_cluster.domain.rollout import Ended, RolloutRecord, RolloutState
from watch_cluster.domain.verdict import Ongoing, judge
from watch_cluster.domain.workload import WorkloadKey


class Sightings:
    """The last look at each rollout in flight, by the rollout's id. Safe for threads.

    It holds no more than time without progress: a process that starts without it waits a little longer.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._looks: dict[WorkloadKey, tuple[str, Ongoing]] = {}

    def of(self, key: WorkloadKey, rollout_id: str) -> Ongoing | None:
        """The last look at that rollout, None before the first."""
        with self._lock:
            seen = self._looks.get(key)
        return seen[1] if seen is not None and seen[0] == rollout_id else None

    def note(self, key: WorkloadKey, rollout_id: str, look: Ongoing) -> None:
        """Remember a look."""
        with self._lock:
            self._looks[key] = (rollout_id, look)

    def forget(self, key: WorkloadKey) -> None:
        """The workload has no rollout in flight."""
        with self._lock:
            self._looks.pop(key, None)


@dataclass(frozen=True, slots=True)
class FollowRollout:
    """Judges a rollout by the state of the workload alone; nothing waits for it in between."""

    orchestrator: Orchestrator
    notifier: Notifier
    outbox: Outbox
    clock: Clock
    sightings: Sightings = field(default_factory=Sightings)

    def __call__(self, key: WorkloadKey) -> Ongoing | Ended | None:
        """Look at the workload's rollout: None when none is in flight.

        The end is told before the record is closed: a process that dies in between is followed by one that tells the
        same event again, which is one event to its readers. Raises `NotifierUnavailable`, `OrchestratorUnavailable`,
        `ChangeConflict` and `ChangeRejected`; the rollout is then still open and is to be looked at again.
        """
        workload = self.orchestrator.find(key)
        record = RolloutRecord.of(workload) if workload is not None else None
        if workload is None or record is None or not record.running:
            self.sightings.forget(key)
            return None
        now = self.clock.now()
        verdict = judge(record, workload, self.sightings.of(key, record.id), now)
        if isinstance(verdict, Ongoing):
            self.sightings.note(key, record.id, verdict)
            return verdict
        self.notifier.notify(_end_of(record, verdict, key))
        done = verdict.state is RolloutState.DONE
        occasion = Occasion.IMAGE_ROLLOUT_COMPLETED if done else Occasion.IMAGE_ROLLOUT_FAILED
        self.orchestrator.apply(key, record.closing(verdict, now, unreported=self.outbox.wants(occasion)))
        self.sightings.forget(key)
        return verdict


def _end_of(record: RolloutRecord, verdict: Ended, key: WorkloadKey) -> Event:
    if verdict.state is RolloutState.DONE:
        proof = "" if verdict.unverified is None else f" (applied, not verified: {verdict.unverified})"
        return Event(Reason.IMAGE_UPDATED, key, record.uid, f"Updated {record.change}{proof}", record.id, record)
    message = f"Failed {record.change}: {verdict.message}"
    return Event(Reason.IMAGE_UPDATE_FAILED, key, record.uid, message, record.id, record)
