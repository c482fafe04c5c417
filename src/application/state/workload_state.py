"""What the process remembers of each workload, in one place, so that it is forgotten in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.rollout.digest import HeldFact
from watch_cluster.domain.rollout.evaluation.in_progress import InProgress
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


@dataclass(frozen=True, slots=True)
class DetectedAs:
    """What people wrote on a workload when its detection was last notified."""

    uid: str
    settings: frozenset[tuple[str, str]]
    images: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RolloutObservation:
    """The last evaluation of a rollout in flight, and whether that was of its rollback."""

    rollout: str
    rolling_back: bool
    progress: InProgress


@dataclass(slots=True)
class WorkloadState:
    """All that is kept for one workload between two reconciles. A process that starts without it only waits longer.

    The work queue runs one task at a time for a workload, so nothing here needs a lock.

    `policy` is the policy of exactly that workload object. `approved` is the approval last seen, once `seen_approval`.
    `detected_as` is what was last notified. `emitted` maps each event reason to the identity last emitted and its
    monotonic time in seconds; `notified` maps each type to the identity that receivers were last notified of. `owed`
    are events that are still to be emitted, oldest first; `sent` are the identities of those last emitted.
    `observation` is the last evaluation of the rollout in flight; `started` is the id of the rollout that this process
    started, `followed` of the one that it has seen in flight. `deliveries` maps notification
    ids to the time of their last attempt. `failures` counts failed runs in a row for each kind of task.
    `held` is what the last check held, None before the first.
    `registry_failed` is whether its registry failed at the last check.
    """

    policy: tuple[Workload, Policy] | None = None
    seen_approval: bool = False
    approved: str | None = None
    detected_as: DetectedAs | None = None
    emitted: dict[EventReason, tuple[str, float]] = field(default_factory=dict)
    notified: dict[NotificationType, str] = field(default_factory=dict)
    owed: list[Event] = field(default_factory=list)
    sent: tuple[str, ...] = ()
    observation: RolloutObservation | None = None
    started: str | None = None
    followed: str | None = None
    held: tuple[HeldFact, ...] | None = None
    deliveries: dict[str, datetime] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    registry_failed: bool = False

    def progress_of(self, record: RolloutRecord) -> InProgress | None:
        """The last evaluation of that rollout in its present direction; None before the first."""
        seen = self.observation
        if seen is None or (seen.rollout, seen.rolling_back) != (record.id, record.rolling_back):
            return None
        return seen.progress

    def observe(self, record: RolloutRecord, progress: InProgress) -> None:
        """Remember an evaluation."""
        self.observation = RolloutObservation(record.id, record.rolling_back, progress)

    def is_following(self, record: RolloutRecord | None) -> bool:
        """Whether the rollout last observed is this one; also when neither exists."""
        observed = None if self.observation is None else self.observation.rollout
        return observed == (None if record is None else record.id)

    def opt_out(self) -> None:
        """The workload is not watched: when it is again, its detection is new."""
        self.policy = None
        self.detected_as = None
        self.seen_approval = False
        self.emitted.clear()
        self.failures.clear()
        self.registry_failed = False

    def stop_following(self) -> None:
        """The workload has no rollout in flight."""
        self.observation = None
        self.started = None


class WorkloadStates:
    """The states of all workloads. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._states: dict[WorkloadKey, WorkloadState] = {}

    def of(self, key: WorkloadKey) -> WorkloadState:
        """The workload's state, a new one when there is none."""
        with self._lock:
            return self._states.setdefault(key, WorkloadState())

    def find(self, key: WorkloadKey) -> WorkloadState | None:
        """The workload's state, None if there is none."""
        return self._states.get(key)

    def forget(self, key: WorkloadKey) -> None:
        """The workload is gone or opted out."""
        with self._lock:
            self._states.pop(key, None)

    def update_all(self, change: Callable[[WorkloadState], None]) -> None:
        """Change every state."""
        with self._lock:
            for state in self._states.values():
                change(state)

    def __len__(self) -> int:
        return len(self._states)
