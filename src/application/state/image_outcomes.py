"""How the last rollouts of all workloads have ended, to keep what fails everywhere from those that are left."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.rollout.failure import FailureCause
from watch_cluster.domain.rollout.quarantining import entries_for, quarantine_of
from watch_cluster.domain.rollout.record import RolloutRecord, RolloutState
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The images, by the names that a quarantine gives them, which a workload's last rollout brought."""

    names: frozenset[str]
    well: bool


class ImageOutcomes:
    """Remembers of each workload whether the images of its last rollout went well or failed here. Safe for threads.

    All of it stands on the workloads: a process that starts without it finds it by looking at each of them.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: dict[WorkloadKey, _Outcome] = {}
        self._failed: dict[str, dict[WorkloadKey, None]] = {}
        self._well: dict[str, dict[WorkloadKey, None]] = {}

    def note(self, workload: Workload) -> None:
        """Look at a workload."""
        outcome = _outcome(workload)
        with self._lock:
            if self._of.get(workload.key) == outcome:
                return
            self._drop(workload.key)
            if outcome is None:
                return
            self._of[workload.key] = outcome
            for name in outcome.names:
                (self._well if outcome.well else self._failed).setdefault(name, {})[workload.key] = None

    def forget(self, key: WorkloadKey) -> None:
        """The workload is gone, or is no longer watched."""
        with self._lock:
            self._drop(key)

    def failing(self, image: ImageReference, here: WorkloadKey) -> tuple[WorkloadKey, ...]:
        """The other workloads that have the image in quarantine since it failed there; none where it went well once."""
        names = [str(ImageReference(_repository(image), image.effective_tag, None))]
        if image.digest is not None:
            names.append(str(ImageReference(_repository(image), None, image.digest)))
        with self._lock:
            if any(self._well.get(name) for name in names):
                return ()
            return tuple(sorted(key for name in names for key in self._failed.get(name, ()) if key != here))

    def _drop(self, key: WorkloadKey) -> None:
        outcome = self._of.pop(key, None)
        if outcome is None:
            return
        index = self._well if outcome.well else self._failed
        for name in outcome.names:
            index[name].pop(key, None)
            if not index[name]:
                del index[name]


def _outcome(workload: Workload) -> _Outcome | None:
    record = RolloutRecord.of(workload)
    if record is None:
        return None
    if record.state is RolloutState.DONE:
        return _Outcome(_names(entries_for(record.images)), well=True)
    failure = record.failure
    if failure is None or failure.cause is not FailureCause.IMAGE:
        return None
    blamed = [each for each in record.images if each.container in failure.containers] or record.images
    quarantine = quarantine_of(workload)
    return _Outcome(_names(tuple(each for each in entries_for(blamed) if quarantine.holds(each))), well=False)


def _names(entries: tuple[ImageReference, ...]) -> frozenset[str]:
    return frozenset(str(ImageReference(_repository(each), each.tag, each.digest)) for each in entries)


def _repository(image: ImageReference) -> str:
    return str(image.repository)
