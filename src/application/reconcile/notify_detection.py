"""The use case that announces watched workloads: each once, and again when somebody else changes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.outbox import Outbox
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


@dataclass(frozen=True, slots=True)
class _Seen:
    """What people wrote on a workload, as it was when it was announced."""

    uid: str
    settings: frozenset[tuple[str, str]]
    images: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, workload: Workload) -> _Seen:
        asked = annotation.READ - {annotation.CHECK_NOW}
        return cls(
            workload.uid,
            frozenset((key, value) for key, value in workload.annotations.items() if key in asked),
            tuple((each.name, each.image) for each in workload.containers),
        )


class Announced:
    """The workloads that this process has announced. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[WorkloadKey, _Seen] = {}

    def swap(self, key: WorkloadKey, seen: _Seen) -> _Seen | None:
        """Remember how the workload looks, and give how it looked before."""
        with self._lock:
            before = self._seen.get(key)
            self._seen[key] = seen
            return before

    def forget(self, key: WorkloadKey) -> None:
        """The workload is gone, or opted out: when it comes back, that is news."""
        with self._lock:
            self._seen.pop(key, None)


@dataclass(frozen=True, slots=True)
class NotifyDetection:
    """Announces a workload unless all that is new in it was written by Watch-Cluster itself."""

    outbox: Outbox
    clock: Clock
    announced: Announced = field(default_factory=Announced)

    def __call__(self, workload: Workload, policy: Policy) -> None:
        """Look at a watched workload."""
        if not self.outbox.wants(NotificationType.DEPLOYMENT_DETECTED):
            return
        seen = _Seen.of(workload)
        before = self.announced.swap(workload.key, seen)
        if before is not None and (before == seen or _ours(before, seen, workload)):
            return
        watched = {target.container for target in policy.targets}
        containers = tuple(each for each in workload.containers if each.name in watched)
        self.outbox.put(Notification.of_detection(workload, containers, self.clock.now()))

    def forget(self, key: WorkloadKey) -> None:
        """The workload is no longer watched."""
        self.announced.forget(key)


def _ours(before: _Seen, seen: _Seen, workload: Workload) -> bool:
    """Whether all that differs is images that our last rollout set."""
    if (before.uid, before.settings) != (seen.uid, seen.settings):
        return False
    record = RolloutRecord.of(workload)
    steps = () if record is None else record.images
    if record is not None and record.failure is not None:
        steps += record.rollback_changes or ()
    set_by_us = {(step.container, step.after) for step in steps}
    return set(seen.images) - set(before.images) <= set_by_us
