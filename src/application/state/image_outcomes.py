"""How the last rollouts of all workloads ended, so that an image that fails everywhere is held on the rest."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.quarantine import entries_for, quarantine_of
from watch_cluster.domain.rollout.record.failure import FailureCause
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.update.rejections import FailuresElsewhere
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The images of a workload's last rollout, as a quarantine lists them.

    `proven` is whether there is evidence other than the record, which anybody who can annotate the workload can write.
    """

    names: frozenset[str]
    well: bool
    proven: bool


class ImageOutcomes:
    """Remembers of each workload whether the images of its last rollout went well or failed here. Safe for threads.

    Records count within their namespace. In other namespaces, only proven outcomes count: this process saw the rollout
    end, or the image is in the template and observed to run or to fail.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: dict[WorkloadKey, _Outcome] = {}
        self._observed: dict[WorkloadKey, str] = {}
        """The ids of the last rollouts that this process has seen end."""
        self._failed: dict[str, dict[WorkloadKey, None]] = {}
        self._well: dict[str, dict[WorkloadKey, None]] = {}

    def note(self, workload: Workload) -> None:
        """Take in the last rollout of a workload."""
        with self._lock:
            outcome = _outcome(workload, self._observed.get(workload.key))
            if self._of.get(workload.key) == outcome:
                return
            self._drop(workload.key)
            if outcome is None:
                return
            self._of[workload.key] = outcome
            for name in outcome.names:
                (self._well if outcome.well else self._failed).setdefault(name, {})[workload.key] = None

    def observe(self, key: WorkloadKey, before: RolloutRecord) -> None:
        """This process has seen the rollout end, or fail, by what the workload and its replicas show."""
        if before.failure is None:
            with self._lock:
                self._observed[key] = before.id

    def forget(self, key: WorkloadKey) -> None:
        """The workload is gone, or is no longer watched."""
        with self._lock:
            self._drop(key)
            self._observed.pop(key, None)

    def failing(self, image: ImageReference, here: WorkloadKey) -> FailuresElsewhere:
        """Where the image is in quarantine since it failed there; nowhere once it went well anywhere."""
        names = [str(ImageReference(_repository(image), image.effective_tag, None))]
        if image.digest is not None:
            names.append(str(ImageReference(_repository(image), None, image.digest)))
        with self._lock:
            if any(self._counts(key, here) for name in names for key in self._well.get(name, ())):
                return FailuresElsewhere()
            failed = {key for name in names for key in self._failed.get(name, ()) if self._counts(key, here)}
        own = tuple(sorted(key for key in failed if key.namespace == here.namespace and key != here))
        return FailuresElsewhere(own, len({key.namespace for key in failed} - {here.namespace}))

    def _counts(self, key: WorkloadKey, here: WorkloadKey) -> bool:
        return key.namespace == here.namespace or self._of[key].proven

    def _drop(self, key: WorkloadKey) -> None:
        outcome = self._of.pop(key, None)
        if outcome is None:
            return
        index = self._well if outcome.well else self._failed
        for name in outcome.names:
            index[name].pop(key, None)
            if not index[name]:
                del index[name]


def _outcome(workload: Workload, observed: str | None) -> _Outcome | None:
    record = RolloutRecord.of(workload)
    if record is None:
        return None
    current = all(workload.image_of(change.container) == change.after for change in record.images)
    progress = workload.progress
    if record.state is RolloutState.DONE:
        runs = current and progress.complete and progress.desired > 0
        return _Outcome(_names(entries_for(record.images)), well=True, proven=observed == record.id or runs)
    if record.failure is None or record.failure.cause is not FailureCause.IMAGE:
        return None
    fails = current and progress.observed and not progress.complete
    return _Outcome(_quarantined_names(workload, record), well=False, proven=observed == record.id or fails)


def _quarantined_names(workload: Workload, record: RolloutRecord) -> frozenset[str]:
    """Return the names of the failed images, all of them if unknown, that are still quarantined."""
    containers = () if record.failure is None else record.failure.containers
    failed = [change for change in record.images if change.container in containers] or record.images
    quarantine = quarantine_of(workload)
    return _names(tuple(entry for entry in entries_for(failed) if quarantine.contains(entry)))


def _names(entries: tuple[ImageReference, ...]) -> frozenset[str]:
    return frozenset(str(ImageReference(_repository(each), each.tag, each.digest)) for each in entries)


def _repository(image: ImageReference) -> str:
    return str(image.repository)
