"""The use case that detects a workload: whether it is watched, and on which schedule it is checked.

It has the name that the project's owner gave it, and serves workloads of every kind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.application.reconcile.emit_events import EmitEvents
from watch_cluster.application.reconcile.notify_detection import NotifyDetection
from watch_cluster.application.reconcile.notify_fact import NotifyFact
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.application.state.check_timing import CheckTiming, fires_too_often
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.application.state.workload_state import WorkloadState, WorkloadStates
from watch_cluster.domain.policy.caps import Caps, limited_checks
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.values.channels import ChannelNames, names_of
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload


class Detection(StrEnum):
    """What a reconcile found a workload to be."""

    WATCHED = "watched"
    CHECK_DUE = "watched, and to be checked at once"
    NOT_WATCHED = "not watched"
    MISCONFIGURED = "misconfigured"


@dataclass(frozen=True, slots=True)
class DetectDeployment:
    """Keeps the check schedule in line with a workload that opted in, and emits its configuration errors."""

    check_schedule: CheckSchedule
    emit: EmitEvents
    notify: NotifyDetection
    notify_fact: NotifyFact
    clock: Clock
    read_policy: PolicyCache
    states: WorkloadStates
    scheduler: Scheduler
    caps: Caps
    channels: ChannelNames = field(default_factory=ChannelNames)

    def __call__(self, workload: Workload) -> Detection:
        """Detect a workload that opted in.

        Raises `NotifierUnavailable` when an error could not be emitted; the schedule is set even then.
        """
        key = workload.key
        try:
            policy = self.read_policy(workload)
        except InvalidConfiguration as error:
            self.check_schedule.drop(key)
            event = Event(EventReason.INVALID_CONFIGURATION, key, workload.uid, str(error), str(error))
            self.notify_fact(event, NotificationType.CONFIGURATION_INVALID, workload.containers[:1])
            self.emit.if_new(event)
            return Detection.MISCONFIGURED
        self.notify_fact.resolve(key, NotificationType.CONFIGURATION_INVALID)
        self._report_wrong_channels(workload)
        openings = tuple(window.schedule for window in policy.windows)
        timing = CheckTiming(policy.schedule, policy.zone, openings, self.caps.check_interval)
        self.check_schedule.put(key, timing, workload.last_modified_by_others, self.clock.now())
        self._report_limited_checks(workload, timing)
        self.notify(workload, policy)
        newly_approved = _is_newly_approved(workload, self.states.of(key))
        due = newly_approved or annotation.CHECK_NOW in workload.annotations
        return Detection.CHECK_DUE if due else Detection.WATCHED

    def _report_wrong_channels(self, workload: Workload) -> None:
        """Report the channels that the workload may not use; they hold no update back."""
        fault = self.channels.fault(names_of(workload, ""), workload.key.namespace)
        if fault is None:
            self.emit.resolve(workload.key, EventReason.INVALID_CONFIGURATION)
        else:
            self.emit.if_new(Event(EventReason.INVALID_CONFIGURATION, workload.key, workload.uid, fault, fault))

    def _report_limited_checks(self, workload: Workload, timing: CheckTiming) -> None:
        if not timing.interval or not fires_too_often(timing, self.scheduler, self.clock.now()):
            return
        message = limited_checks(self.caps.check_interval)
        event = Event(EventReason.CHECKS_LIMITED, workload.key, workload.uid, message, str(timing.schedule))
        self.emit.if_new(event)


def _is_newly_approved(workload: Workload, state: WorkloadState) -> bool:
    """Whether an approval was added since the last reconcile.

    At the first reconcile of this process: whether exactly the pending candidate is approved.
    """
    approved = workload.annotations.get(annotation.APPROVED)
    first, before = not state.seen_approval, state.approved
    state.seen_approval, state.approved = True, approved
    if approved is None:
        return False
    return approved == workload.annotations.get(annotation.PENDING) if first else approved != before
