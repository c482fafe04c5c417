"""The use case that takes notice of a workload: watched or not, and on which schedule.

It has the name that the project's owner gave it, and serves workloads of every kind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from watch_cluster.application.announce_detection import AnnounceDetection
from watch_cluster.application.known_policies import KnownPolicies
from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.ports.timing import Clock
from watch_cluster.application.reports import Reports
from watch_cluster.application.timetable import Plan, Timetable
from watch_cluster.domain import annotation
from watch_cluster.domain.events import Event, Reason
from watch_cluster.domain.policy import wants_watching
from watch_cluster.domain.setting import InvalidConfiguration
from watch_cluster.domain.workload import Workload, WorkloadKey


class Detection(StrEnum):
    """What became of a workload that was looked at."""

    WATCHED = "watched"
    CHECK_DUE = "watched, and to be checked at once"
    NOT_WATCHED = "not watched"
    MISCONFIGURED = "misconfigured"


class Approvals:
    """What was approved for each workload when it was last looked at. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[WorkloadKey, str | None] = {}

    def is_new(self, workload: Workload) -> bool:
        """Whether somebody has approved something since the last look.

        Before the first look of this process: whether exactly what was pending is approved.
        """
        approved = workload.annotations.get(annotation.APPROVED)
        with self._lock:
            first = workload.key not in self._seen
            before = self._seen.get(workload.key)
            self._seen[workload.key] = approved
        if approved is None:
            return False
        return approved == workload.annotations.get(annotation.PENDING) if first else approved != before

    def forget(self, key: WorkloadKey) -> None:
        """The workload is no longer watched."""
        with self._lock:
            self._seen.pop(key, None)


@dataclass(frozen=True, slots=True)
class DetectDeployment:
    """Brings the timetable in line with one workload, and tells its owner of what is wrong with its annotations."""

    orchestrator: Orchestrator
    timetable: Timetable
    reports: Reports
    announce: AnnounceDetection
    clock: Clock
    read_policy: KnownPolicies
    approvals: Approvals = field(default_factory=Approvals)

    def __call__(self, key: WorkloadKey) -> Detection:
        """Look at the workload as it is now.

        Raises `NotifierUnavailable` when a fault could not be told; the timetable is right all the same.
        """
        workload = self.orchestrator.find(key)
        if workload is None or not wants_watching(workload):
            self.timetable.drop(key)
            self.reports.forget(key)
            self.announce.forget(key)
            self.approvals.forget(key)
            self.read_policy.forget(key)
            return Detection.NOT_WATCHED
        try:
            policy = self.read_policy(workload)
        except InvalidConfiguration as error:
            self.timetable.drop(key)
            self.reports.tell(Event(Reason.INVALID_CONFIGURATION, key, workload.uid, str(error), str(error)))
            return Detection.MISCONFIGURED
        self.reports.settle(key, Reason.INVALID_CONFIGURATION)
        plan = Plan(policy.schedule, policy.zone, tuple(each.opens for each in policy.windows))
        self.timetable.put(key, plan, workload.touched, self.clock.now())
        self.announce(workload, policy)
        approved = self.approvals.is_new(workload)
        due = approved or annotation.CHECK_NOW in workload.annotations
        return Detection.CHECK_DUE if due else Detection.WATCHED
