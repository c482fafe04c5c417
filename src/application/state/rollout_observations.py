"""What this process has seen of the rollouts in flight."""

from __future__ import annotations

from threading import Lock

from watch_cluster.domain.rollout.evaluation import InProgress
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.workload.workload import WorkloadKey


class RolloutObservations:
    """The last look at each rollout in flight, by the rollout and its direction. Safe for threads.

    It holds no more than how long something has lasted: a process that starts without it waits a little longer.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._looks: dict[WorkloadKey, tuple[str, bool, InProgress]] = {}
        self._begun: dict[WorkloadKey, str] = {}

    def of(self, key: WorkloadKey, record: RolloutRecord) -> InProgress | None:
        """The last look at that rollout, or at its rollback; None before the first."""
        with self._lock:
            seen = self._looks.get(key)
        return seen[2] if seen is not None and seen[:2] == (record.id, record.rolling_back) else None

    def knows(self, key: WorkloadKey, record: RolloutRecord | None) -> bool:
        """Whether the rollout in flight that was looked at last is this one; also when neither is any."""
        with self._lock:
            seen = self._looks.get(key)
        return (None if seen is None else seen[0]) == (None if record is None else record.id)

    def begin(self, key: WorkloadKey, record: RolloutRecord) -> None:
        """This process has started the rollout, and will look at it for the first time."""
        with self._lock:
            self._begun[key] = record.id

    def began_here(self, key: WorkloadKey, record: RolloutRecord | None) -> bool:
        """Whether that rollout was started by this process."""
        with self._lock:
            return record is not None and self._begun.get(key) == record.id

    def note(self, key: WorkloadKey, record: RolloutRecord, look: InProgress) -> None:
        """Remember a look."""
        with self._lock:
            self._looks[key] = (record.id, record.rolling_back, look)

    def forget(self, key: WorkloadKey) -> None:
        """The workload has no rollout in flight."""
        with self._lock:
            self._looks.pop(key, None)
            self._begun.pop(key, None)
