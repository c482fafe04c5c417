"""How the last rollouts of all workloads ended, so that an image that fails everywhere is held on the rest."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from threading import Lock
from typing import Final

from watch_cluster.application.ports.failure_memory import Failures, merged
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.quarantine import entries_for, quarantine_of
from watch_cluster.domain.rollout.record.failure import FailureCause
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.update.rejections import FailuresElsewhere
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

_PROOF_BYTES: Final = 15


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The images of a workload's last rollout, as a quarantine lists them, each with what proves its fate.

    `shown` is whether the workload itself shows that fate now, so that no proof is needed.
    """

    proofs: dict[str, str]
    well: bool
    shown: bool


class ImageOutcomes:
    """Remembers of each workload whether the images of its last rollout went well or failed here. Safe for threads.

    Records count within their namespace. In other namespaces, only proven outcomes count: a leader saw the rollout end
    with these images, or the image is in the template and observed to run or to fail. What a leader saw has a proof: a
    hash of the workload, the rollout, the image and its fate. Who leads next gets the proofs of failures and finds
    what they prove on the workloads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: dict[WorkloadKey, _Outcome] = {}
        self._observed: dict[WorkloadKey, frozenset[str]] = {}
        """The proofs of the last rollouts that this process has seen end."""
        self._recalled: frozenset[str] | None = None
        """The proofs of failures that earlier leaders have observed; None if they are not known."""
        self._unwritten: dict[str, tuple[str, ...]] = {}
        self._failed: dict[str, dict[WorkloadKey, None]] = {}
        self._well: dict[str, dict[WorkloadKey, None]] = {}

    def note(self, workload: Workload) -> None:
        """Take in the last rollout of a workload."""
        outcome = _outcome(workload)
        with self._lock:
            if self._of.get(workload.key) == outcome:
                return
            self._drop(workload.key)
            if outcome is None:
                return
            self._of[workload.key] = outcome
            for name in outcome.proofs:
                (self._well if outcome.well else self._failed).setdefault(name, {})[workload.key] = None

    def observe(self, key: WorkloadKey, before: RolloutRecord, after: RolloutRecord) -> None:
        """This process has seen the rollout end, or fail, by what the workload and its replicas show."""
        if before.failure is not None or before.id != after.id:
            return
        well = after.state is RolloutState.DONE
        if not well and not _is_of_image(after):
            return
        entries = entries_for(after.images) if well else _failed_entries(after)
        proofs = frozenset(_proofs(key, after, entries, well=well).values())
        with self._lock:
            self._observed[key] = proofs
            if not well:
                self._unwritten = merged(self._unwritten, {key.namespace: tuple(sorted(proofs))})

    def unwritten(self) -> Failures:
        """Return the proofs of failures that are not kept for the next leader yet, the latest of them."""
        with self._lock:
            return self._unwritten

    def written(self, failures: Failures) -> None:
        """These proofs are kept."""
        with self._lock:
            left = {
                namespace: tuple(each for each in proofs if each not in failures.get(namespace, ()))
                for namespace, proofs in self._unwritten.items()
            }
            self._unwritten = {namespace: proofs for namespace, proofs in left.items() if proofs}

    @property
    def recalled(self) -> bool:
        """Whether it is known what earlier leaders have observed."""
        return self._recalled is not None

    def recall(self, failures: Failures) -> None:
        """Take these for what earlier leaders have observed."""
        with self._lock:
            self._recalled = frozenset(proof for proofs in failures.values() for proof in proofs)

    def stop_leading(self) -> None:
        """Another process leads, and observes what is not known here."""
        with self._lock:
            self._recalled = None

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
            if any(self._counts(key, name, here) for name in names for key in self._well.get(name, ())):
                return FailuresElsewhere()
            failed = {key for name in names for key in self._failed.get(name, ()) if self._counts(key, name, here)}
        own = tuple(sorted(key for key in failed if key.namespace == here.namespace and key != here))
        return FailuresElsewhere(own, len({key.namespace for key in failed} - {here.namespace}))

    def _counts(self, key: WorkloadKey, name: str, here: WorkloadKey) -> bool:
        outcome = self._of[key]
        if key.namespace == here.namespace or outcome.shown:
            return True
        return outcome.proofs[name] in self._observed.get(key, ()) or outcome.proofs[name] in (self._recalled or ())

    def _drop(self, key: WorkloadKey) -> None:
        outcome = self._of.pop(key, None)
        if outcome is None:
            return
        index = self._well if outcome.well else self._failed
        for name in outcome.proofs:
            index[name].pop(key, None)
            if not index[name]:
                del index[name]


def _outcome(workload: Workload) -> _Outcome | None:
    record = RolloutRecord.of(workload)
    if record is None:
        return None
    well = record.state is RolloutState.DONE
    if not well and not _is_of_image(record):
        return None
    current = all(workload.image_of(change.container) == change.after for change in record.images)
    progress = workload.progress
    shows = progress.complete and progress.desired > 0 if well else _shows_failure(workload)
    entries = entries_for(record.images) if well else _quarantined_entries(workload, record)
    return _Outcome(_proofs(workload.key, record, entries, well=well), well, current and shows)


def _shows_failure(workload: Workload) -> bool:
    """Whether replicas of the template exist, which do not become available: without any, nothing was tried."""
    progress = workload.progress
    return progress.observed and not workload.paused and progress.updated > 0 and not progress.complete


def _is_of_image(record: RolloutRecord) -> bool:
    return record.failure is not None and record.failure.cause is FailureCause.IMAGE


def _quarantined_entries(workload: Workload, record: RolloutRecord) -> tuple[ImageReference, ...]:
    """Return the failed images that are still quarantined."""
    quarantine = quarantine_of(workload)
    return tuple(entry for entry in _failed_entries(record) if quarantine.contains(entry))


def _failed_entries(record: RolloutRecord) -> tuple[ImageReference, ...]:
    """Return the failed images, all of them if unknown."""
    containers = () if record.failure is None else record.failure.containers
    failed = tuple(change for change in record.images if change.container in containers)
    return entries_for(failed or record.images)


def _proofs(
    key: WorkloadKey, record: RolloutRecord, entries: tuple[ImageReference, ...], *, well: bool
) -> dict[str, str]:
    """Return the name of each image with a hash that holds for it, this workload, this rollout and this fate alone."""
    names = {str(ImageReference(_repository(each), each.tag, each.digest)) for each in entries}
    proofs = {}
    for name in names:
        text = json.dumps([key.namespace, key.kind, key.name, record.uid, record.id, name, well])
        proofs[name] = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:_PROOF_BYTES]).decode()
    return proofs


def _repository(image: ImageReference) -> str:
    return str(image.repository)
