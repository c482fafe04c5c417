"""The use case that notifies receivers of watched workloads: once each, and again when others change one."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.reporting.outbox import Outbox
from watch_cluster.application.state.workload_state import DetectedAs, WorkloadStates
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.policy.setting_specs import WORKLOAD_KEYS
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class NotifyDetection:
    """Sends the detection of a workload unless all that changed since the last one was written by us."""

    outbox: Outbox
    clock: Clock
    states: WorkloadStates

    def __call__(self, workload: Workload, policy: Policy) -> None:
        """Reconcile a watched workload."""
        if not self.outbox.wants(NotificationType.DEPLOYMENT_DETECTED):
            return
        state = self.states.of(workload.key)
        before, now = state.detected_as, _detected_as(workload)
        state.detected_as = now
        if before is not None and (before == now or _is_our_change(before, now, workload)):
            return
        watched = {target.container for target in policy.targets}
        containers = tuple(container for container in workload.containers if container.name in watched)
        self.outbox.put(Notification.of_detection(workload, containers, self.clock.now()))


def _detected_as(workload: Workload) -> DetectedAs:
    settings = WORKLOAD_KEYS - {annotation.CHECK_NOW}
    return DetectedAs(
        workload.uid,
        frozenset((key, value) for key, value in workload.annotations.items() if key in settings),
        tuple((container.name, container.image) for container in workload.containers),
    )


def _is_our_change(before: DetectedAs, now: DetectedAs, workload: Workload) -> bool:
    """Whether the only difference is images that our last rollout set."""
    if (before.uid, before.settings) != (now.uid, now.settings):
        return False
    record = RolloutRecord.of(workload)
    changes = () if record is None else record.images
    if record is not None and record.failure is not None:
        changes += record.rollback_changes or ()
    set_by_us = {(change.container, change.after) for change in changes}
    return set(now.images) - set(before.images) <= set_by_us
