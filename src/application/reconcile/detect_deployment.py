"""The use case that takes notice of a workload: watched or not, and on which schedule.

It has the name that the project's owner gave it, and serves workloads of every kind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.reconcile.notify_detection import NotifyDetection
from watch_cluster.application.state.check_schedule import CheckPlan, CheckSchedule
from watch_cluster.application.state.event_deduplication import EventDeduplicator
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.domain.policy.policy import is_opted_in
from watch_cluster.domain.policy.setting import InvalidConfiguration
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


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
    check_schedule: CheckSchedule
    reports: EventDeduplicator
    announce: NotifyDetection
    clock: Clock
    read_policy: PolicyCache
    approvals: Approvals = field(default_factory=Approvals)

    def __call__(self, key: WorkloadKey) -> Detection:
        """Look at the workload as it is now.

        Raises `NotifierUnavailable` when a fault could not be told; the timetable is right all the same.
        """
        workload = self.orchestrator.find(key)
        if workload is None or not is_opted_in(workload):
            self.check_schedule.drop(key)
            self.reports.forget(key)
            self.announce.forget(key)
            self.approvals.forget(key)
            self.read_policy.forget(key)
            return Detection.NOT_WATCHED
        try:
            policy = self.read_policy(workload)
        except InvalidConfiguration as error:
            self.check_schedule.drop(key)
            self.reports.tell(Event(EventReason.INVALID_CONFIGURATION, key, workload.uid, str(error), str(error)))
            return Detection.MISCONFIGURED
        self.reports.settle(key, EventReason.INVALID_CONFIGURATION)
        plan = CheckPlan(policy.schedule, policy.zone, tuple(each.opens for each in policy.windows))
        self.check_schedule.put(key, plan, workload.last_modified_by_others, self.clock.now())
        self.announce(workload, policy)
        approved = self.approvals.is_new(workload)
        due = approved or annotation.CHECK_NOW in workload.annotations
        return Detection.CHECK_DUE if due else Detection.WATCHED
