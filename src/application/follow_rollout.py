"""The use case that looks at a rollout in flight, and does, tells and records what follows when it has ended."""

from __future__ import annotations

from dataclasses import dataclass, replace

from watch_cluster.application.ports.notifier import Notifier
from watch_cluster.application.ports.orchestrator import ChangeRejected, Orchestrator
from watch_cluster.application.ports.outbox import Outbox
from watch_cluster.application.ports.timing import Clock
from watch_cluster.application.respect_other_hands import RespectOtherHands
from watch_cluster.application.sightings import Sightings
from watch_cluster.application.unstick_instances import UnstickInstances
from watch_cluster.domain.announcement import occasion_of
from watch_cluster.domain.conclusion import Conclusion, conclude
from watch_cluster.domain.events import Event, Reason
from watch_cluster.domain.rollout import RolloutRecord, Stage
from watch_cluster.domain.verdict import Ongoing, TakenOver, judge
from watch_cluster.domain.workload import Workload, WorkloadKey


@dataclass(frozen=True, slots=True)
class FollowRollout:
    """Judges a rollout by the state of the workload and its instances alone; nothing waits for it in between."""

    orchestrator: Orchestrator
    hands: RespectOtherHands
    unstick: UnstickInstances
    notifier: Notifier
    outbox: Outbox
    clock: Clock
    sightings: Sightings

    def __call__(self, key: WorkloadKey) -> Ongoing | Conclusion | None:
        """Look at the workload's rollout: None when none is in flight.

        The start is told at the first look of each process, the end before the record is closed: a process that dies
        in between is followed by one that tells the same event again, which is one event to its readers.
        Raises `NotifierUnavailable`, `OrchestratorUnavailable`, `ChangeConflict` and `ChangeRejected`; the rollout is
        then still open and is to be looked at again.
        """
        workload = self.orchestrator.find(key)
        if workload is None:
            self.sightings.forget(key)
            return None
        latest = RolloutRecord.of(workload)
        record = latest if latest is not None and latest.running else None
        known = self.sightings.knows(key, record)
        # What appears or is gone unlooked for may be what `kubectl rollout undo` has brought back.
        expected = known or self.sightings.began_here(key, record)
        revived = not expected and self.hands.in_history(workload)
        if record is None or revived:
            self.sightings.forget(key)
            return None
        if not known and not record.rolling_back:
            self.notifier.notify(_started(key, record))
        return self._judge(workload, record)

    def _judge(self, workload: Workload, record: RolloutRecord) -> Ongoing | Conclusion:
        key = workload.key
        instances = self.orchestrator.instances(key)
        verdict = judge(record, workload, instances, self.sightings.of(key, record), self.clock.monotonic())
        if isinstance(verdict, Ongoing):
            self.sightings.note(key, record, verdict)
            self.unstick(workload, record, instances)
            return verdict
        if isinstance(verdict, TakenOver) and verdict.container is not None:
            hand = self.orchestrator.last_hand(key, verdict.container)
            verdict = verdict if hand is None else replace(verdict, message=f"{verdict.message} (by {hand})")
        conclusion = conclude(workload, record, verdict, self.clock.now())
        self.notifier.notify(conclusion.event)
        try:
            self.orchestrator.apply(key, conclusion.change(workload, self._is_wanted))
        except ChangeRejected as error:
            if not conclusion.images:
                raise
            conclusion = conclusion.refused(workload, str(error), self.clock.now())
            self.notifier.notify(conclusion.event)
            self.orchestrator.apply(key, conclusion.change(workload, self._is_wanted))
        self.sightings.forget(key)
        return conclusion

    def _is_wanted(self, stage: Stage) -> bool:
        return self.outbox.wants(occasion_of(stage))


def _started(key: WorkloadKey, record: RolloutRecord) -> Event:
    return Event(Reason.IMAGE_UPDATE_STARTED, key, record.uid, f"Updating {record.change}", record.id, record)
