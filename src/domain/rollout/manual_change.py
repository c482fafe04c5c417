"""Manual changes: reverting a rollout, or setting a quarantined image, by a person or another program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference
from watch_cluster.domain.policy.quarantine import (
    Quarantine,
    entries_for,
    how_to_release,
    quarantine_of,
    read_quarantine,
)
from watch_cluster.domain.rollout.changes import record_change
from watch_cluster.domain.rollout.event import Event, EventReason, OwedEvent
from watch_cluster.domain.rollout.record.lifecycle import Milestone, RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.versions.version import InvalidVersion, Version
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload

FIRST_REVISION: Final = "1"
_ENDED_BADLY: Final = frozenset({RolloutState.FAILED, RolloutState.ROLLED_BACK})


@dataclass(frozen=True, slots=True)
class ManualRevert:
    """A manual revert of the last rollout: the record and quarantine to write, and the message about it.

    `record` is the rollout as it was recorded, `closed` as it is to be recorded. `container` is one whose image was
    reverted; None when the latest image itself was brought back.
    """

    record: RolloutRecord
    closed: RolloutRecord
    quarantine: str | None
    message: str
    container: str | None = None

    def event(self, workload: Workload, changed_by: str | None) -> Event:
        """The event about it. `changed_by` names the program that set the image, None when unknown."""
        reason = EventReason.IMAGE_UPDATE_FAILED if self.record.running else EventReason.UPDATE_HELD
        message = self.message if changed_by is None else f"{self.message} (by {changed_by})"
        subject = f"{self.record.id}-other-hand"
        return Event(reason, workload.key, workload.uid, message, subject, self.record.id)

    def change(self, workload: Workload, event: Event) -> Change:
        """The change that records it. The event is owed on the record until it is emitted."""
        owed = replace(self.closed, owed=(*self.closed.owed, OwedEvent.of(event)))
        change = record_change(workload, owed, {annotation.QUARANTINE: self.quarantine})
        return replace(
            change,
            expected={**change.expected, annotation.ENABLED: "true"},
            expected_images=_images(workload, (each.container for each in self.record.images)),
        )


def reverted_changes(workload: Workload, record: RolloutRecord) -> tuple[ImageChange, ...]:
    """The changes of a rollout whose container now has an older image than the one that was rolled out."""
    return tuple(change for change in record.images if is_older(workload.image_of(change.container), change))


def undone_changes(workload: Workload, record: RolloutRecord) -> tuple[ImageChange, ...]:
    """The changes of a rollout whose container has exactly its old image again."""
    return tuple(change for change in record.images if workload.image_of(change.container) == change.before)


def detect_manual_revert(workload: Workload) -> ManualRevert | None:
    """Return the manual revert of a finished rollout, whose images are then quarantined; None if there is none."""
    record = RolloutRecord.of(workload)
    if record is None or record.state is not RolloutState.DONE:
        return None
    reverted = reverted_changes(workload, record)
    return _reverted(workload, record, reverted, quarantine_of(workload)) if reverted else None


def may_have_been_undone(workload: Workload) -> bool:
    """Whether earlier revisions may carry the record of a rollout that the workload itself has lost.

    Undoing a rollout makes a new revision. So they cannot while the workload is at its first revision, or at the one
    at which its last rollout ended.
    """
    if workload.revision is None or not workload.progress.observed:
        return True
    record = RolloutRecord.of(workload)
    return workload.revision != (FIRST_REVISION if record is None else record.revision)


def detect_undo(workload: Workload, revision_annotations: Sequence[Mapping[str, str]]) -> ManualRevert | None:
    """Return the manual revert of a rollout that also restored the workload's old annotations.

    An orchestrator may bring back the annotations of an old revision together with its template. The record of the
    rollout that was undone, and what was quarantined, are then found on the revisions only. None when no revision
    carries a later record than the workload.
    """
    own = RolloutRecord.of(workload)
    texts = tuple(annotations.get(annotation.ROLLOUT) for annotations in revision_annotations)
    record = RolloutRecord.among(workload, (workload.annotations.get(annotation.ROLLOUT), *texts))
    if record is None or (own is not None and own.precedence >= record.precedence):
        return None
    quarantine = quarantine_of(workload)
    for revision in revision_annotations:
        quarantine = quarantine.with_images(read_quarantine(revision).entries)
    undone = tuple(change for change in record.images if workload.image_of(change.container) != change.after)
    if undone:
        return _reverted(workload, record, undone, quarantine)
    for change in record.images:
        image = _parsed(change.after)
        quarantine = quarantine if image is None else quarantine.without(image)
    images = ", ".join(change.after for change in record.images)
    message = f"{images} was brought back by hand and is kept"
    return ManualRevert(record, record, str(quarantine) or None, message)


def release_quarantined_images(workload: Workload) -> Change | None:
    """Return the change that releases quarantined images that were set manually; None if there are none.

    An image that a failed rollout left in place, because it could not or must not be rolled back, was not set
    manually.
    """
    record = RolloutRecord.of(workload)
    if record is not None and record.is_open:
        return None
    our_changes = record.images if record is not None and record.state is RolloutState.FAILED else ()
    own = {(change.container, change.after) for change in our_changes}
    quarantine = remaining = quarantine_of(workload)
    for container in workload.containers:
        image = _parsed(container.image)
        if image is not None and (container.name, container.image) not in own:
            remaining = remaining.without(image)
    if remaining == quarantine:
        return None
    return Change(
        workload.uid,
        {annotation.QUARANTINE: str(remaining) or None},
        {annotation.ENABLED: "true", annotation.QUARANTINE: workload.annotations.get(annotation.QUARANTINE)},
        expected_images=_images(workload, (container.name for container in workload.containers)),
    )


def reverted_from(workload: Workload, container: str, candidate: ImageReference) -> str | None:
    """Return the reverted image that is newer than the candidate; None if there is none.

    Going back from 1.3 to 1.1 is no request for 1.2.
    """
    record = RolloutRecord.of(workload)
    if record is None or record.state is not RolloutState.SUPERSEDED:
        return None
    for change in reverted_changes(workload, record):
        image = _parsed(change.after)
        if change.container == container and image is not None and is_older(str(candidate.without_digest()), change):
            return str(image)
    return None


def _reverted(
    workload: Workload, record: RolloutRecord, changes: Sequence[ImageChange], known: Quarantine
) -> ManualRevert:
    entries = entries_for(changes)
    present = ", ".join(f"{workload.image_of(change.container)}" for change in changes)
    message = f"{', '.join(change.after for change in changes)} was replaced with {present}"
    closed = record
    if record.state not in _ENDED_BADLY:
        ended = record.ended or record.started
        undelivered = (*record.undelivered, Milestone.FAILED) if record.running else record.undelivered
        closed = replace(record, state=RolloutState.SUPERSEDED, message=message, ended=ended, undelivered=undelivered)
    quarantine = str(known.with_images(entries))
    return ManualRevert(record, closed, quarantine, f"{message}; {how_to_release(entries)}", changes[0].container)


def is_older(present: str | None, change: ImageChange) -> bool:
    """Whether the present image is older than the one that the change brought."""
    if present is None or present == change.after:
        return False
    if present == change.before:
        return True
    here, there = _parsed(present), _parsed(change.after)
    if here is None or there is None or here.repository != there.repository:
        return False
    if here.effective_tag == there.effective_tag:
        # Which of two digests is older is unknown: a digest that was pinned instead of ours is intended.
        return here.digest is not None and there.digest is not None
    try:
        older, newer = Version.parse(here.effective_tag or ""), Version.parse(there.effective_tag or "")
    except InvalidVersion:
        return False
    return older.family == newer.family and older.key < newer.key


def _images(workload: Workload, containers: Iterable[str]) -> dict[str, str]:
    """The images that these containers have now, without those that are gone."""
    present = {container: workload.image_of(container) for container in containers}
    return {container: image for container, image in present.items() if image is not None}


def _parsed(image: str) -> ImageReference | None:
    try:
        return ImageReference.parse(image)
    except InvalidImageReference:
        return None
