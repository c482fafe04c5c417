"""The use case that takes notice of a workload: watched or not, and on which schedule.

It has the name that the project's owner gave it, and serves workloads of every kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from watch_cluster.application.announce_detection import AnnounceDetection
from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.ports.timing import Clock
from watch_cluster.application.reports import Reports
from watch_cluster.application.timetable import Timetable
from watch_cluster.domain import annotation
from watch_cluster.domain.events import Event, Reason
from watch_cluster.domain.policy import InvalidConfiguration, read_policy, wants_watching
from watch_cluster.domain.workload import WorkloadKey


class Detection(StrEnum):
    """What became of a workload that was looked at."""

    WATCHED = "watched"
    CHECK_NOW = "watched, and to be checked at once"
    NOT_WATCHED = "not watched"
    MISCONFIGURED = "misconfigured"


@dataclass(frozen=True, slots=True)
class DetectDeployment:
    """Brings the timetable in line with one workload, and tells its owner of what is wrong with its annotations."""

    orchestrator: Orchestrator
    timetable: Timetable
    reports: Reports
    announce: AnnounceDetection
    clock: Clock

    def __call__(self, key: WorkloadKey) -> Detection:
        """Look at the workload as it is now.

        Raises `NotifierUnavailable` when a fault could not be told; the timetable is right all the same.
        """
        workload = self.orchestrator.find(key)
        if workload is None or not wants_watching(workload):
            self.timetable.drop(key)
            self.reports.forget(key)
            self.announce.forget(key)
            return Detection.NOT_WATCHED
        try:
            policy = read_policy(workload)
        except InvalidConfiguration as error:
            self.timetable.drop(key)
            self.reports.tell(Event(Reason.INVALID_CONFIGURATION, key, workload.uid, str(error), str(error)))
            return Detection.MISCONFIGURED
        self.reports.settle(key, Reason.INVALID_CONFIGURATION)
        self.timetable.put(key, policy.schedule, policy.zone, workload.touched, self.clock.now())
        self.announce(workload, policy)
        return Detection.CHECK_NOW if annotation.CHECK_NOW in workload.annotations else Detection.WATCHED
