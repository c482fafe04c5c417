"""Somebody else's hand: who puts an older image back, or chooses one in quarantine, is never fought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference
from watch_cluster.domain.policy.quarantine import Quarantine, entry_for
from watch_cluster.domain.rollout.changes import record_change
from watch_cluster.domain.rollout.record import Milestone, RolloutRecord, RolloutState
from watch_cluster.domain.versions.version import InvalidVersion, Version
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload

FIRST_REVISION: Final = "1"
_ENDED_BADLY: Final = frozenset({RolloutState.FAILED, RolloutState.ROLLED_BACK})


@dataclass(frozen=True, slots=True)
class ManualRevert:
    """Somebody has gone back to other images than our last: the change that respects it, and words for a person.

    `record` is the rollout that was concerned, as it stood before. `container` is one of those whose image was taken
    back, None when the latest image itself was brought back.
    """

    change: Change
    message: str
    record: RolloutRecord
    container: str | None = None


def reverted_changes(workload: Workload, record: RolloutRecord) -> tuple[ImageChange, ...]:
    """Leave the steps of a rollout whose container has an older image now than the one that was rolled out."""
    return tuple(each for each in record.images if _is_older(workload.image_of(each.container), each))


def undone_changes(workload: Workload, record: RolloutRecord) -> tuple[ImageChange, ...]:
    """Leave the steps of a rollout that somebody has undone to the letter."""
    return tuple(each for each in record.images if workload.image_of(each.container) == each.before)


def detect_manual_revert(workload: Workload) -> ManualRevert | None:
    """Quarantine what a finished rollout brought and somebody has taken back; None when nobody has."""
    record = RolloutRecord.of(workload)
    if record is None or record.state is not RolloutState.DONE:
        return None
    steps = reverted_changes(workload, record)
    return _respecting(workload, record, steps, quarantine_of(workload)) if steps else None


def may_have_been_undone(workload: Workload) -> bool:
    """Whether earlier revisions may remember a rollout that the workload itself does not.

    Undoing makes a new revision. So they cannot while the workload is at its first one, or at the one at which its
    last rollout ended.
    """
    if workload.revision is None or not workload.progress.observed:
        return True
    record = RolloutRecord.of(workload)
    return workload.revision != (FIRST_REVISION if record is None else record.revision)


def detect_undo(workload: Workload, revision_annotations: Sequence[Mapping[str, str]]) -> ManualRevert | None:
    """Respect what earlier revisions of the workload remember and the workload itself does not any more.

    `kubectl rollout undo` brings a Deployment's old annotations back with its old template, so that the record of the
    rollout that was undone, and what was in quarantine, stand on its revisions only. None when they know of nothing
    later than the workload does.
    """
    own = RolloutRecord.of(workload)
    texts = tuple(each.get(annotation.ROLLOUT) for each in revision_annotations)
    record = RolloutRecord.among(workload, (workload.annotations.get(annotation.ROLLOUT), *texts))
    if record is None or (own is not None and own.progress >= record.progress):
        return None
    known = quarantine_of(workload)
    for each in revision_annotations:
        known = known.adding(_quarantine(each).entries)
    steps = tuple(each for each in record.images if workload.image_of(each.container) != each.after)
    if steps:
        return _respecting(workload, record, steps, known)
    images = ", ".join(each.after for each in record.images)
    for step in record.images:
        image = _parsed(step.after)
        known = known if image is None else known.releasing(image)
    change = record_change(workload, record, {annotation.QUARANTINE: str(known) or None})
    return ManualRevert(change, f"{images} was brought back by hand, and stays", record)


def release_quarantined_images(workload: Workload) -> Change | None:
    """Release what somebody has set by hand though it was in quarantine; None when nobody has.

    What a failed rollout of ours left there, since it could or should not be rolled back, is nobody's choice.
    """
    record = RolloutRecord.of(workload)
    if record is not None and record.running:
        return None
    left_by_us = record.images if record is not None and record.state is RolloutState.FAILED else ()
    ours = {(each.container, each.after) for each in left_by_us}
    quarantine = left = quarantine_of(workload)
    for each in workload.containers:
        image = _parsed(each.image)
        if image is not None and (each.name, each.image) not in ours:
            left = left.releasing(image)
    if left == quarantine:
        return None
    return Change(
        workload.uid,
        {annotation.QUARANTINE: str(left) or None},
        {annotation.ENABLED: "true", annotation.QUARANTINE: workload.annotations.get(annotation.QUARANTINE)},
    )


def reverted_from(workload: Workload, container: str, candidate: ImageReference) -> str | None:
    """Name the image that somebody took back and that the candidate is older than; None when there is none.

    Whoever goes back from 1.3 to 1.1 does not ask for 1.2.
    """
    record = RolloutRecord.of(workload)
    if record is None or record.state is not RolloutState.SUPERSEDED:
        return None
    for step in reverted_changes(workload, record):
        image = _parsed(step.after)
        if step.container == container and image is not None and _is_older(str(candidate.without_digest()), step):
            return str(image)
    return None


def quarantine_of(workload: Workload) -> Quarantine:
    """What is in quarantine on the workload. What nobody can read was told as a fault of its configuration."""
    return _quarantine(workload.annotations)


def entries_for(steps: Sequence[ImageChange]) -> tuple[ImageReference, ...]:
    """What is to be put in quarantine, to keep these images away."""
    return tuple(entry_for(each.before, each.after, each.digest) for each in steps)


def how_to_release(entries: Sequence[ImageReference]) -> str:
    """Tell a person what to do to have these images after all."""
    names = ", ".join(str(each) for each in entries)
    cure = f"take it out of {annotation.QUARANTINE} or set it by hand"
    return f"{names} is not tried again here: to have it after all, {cure}"


def _respecting(
    workload: Workload, record: RolloutRecord, steps: Sequence[ImageChange], known: Quarantine
) -> ManualRevert:
    entries = entries_for(steps)
    present = ", ".join(f"{workload.image_of(each.container)}" for each in steps)
    message = f"{present} was put in place of {', '.join(each.after for each in steps)}"
    closed = record
    if record.state not in _ENDED_BADLY:
        ended = record.ended or record.started
        owed = (*record.undelivered, Milestone.FAILED) if record.running else record.undelivered
        closed = replace(record, state=RolloutState.SUPERSEDED, message=message, ended=ended, undelivered=owed)
    change = replace(
        record_change(workload, closed, {annotation.QUARANTINE: str(known.adding(entries))}),
        expected={annotation.ENABLED: "true", annotation.ROLLOUT: workload.annotations.get(annotation.ROLLOUT)},
    )
    return ManualRevert(change, f"{message}; {how_to_release(entries)}", record, steps[0].container)


def _is_older(present: str | None, step: ImageChange) -> bool:
    if present is None or present == step.after:
        return False
    if present == step.before:
        return True
    here, there = _parsed(present), _parsed(step.after)
    if here is None or there is None or here.repository != there.repository:
        return False
    if here.effective_tag == there.effective_tag:
        # Which of two digests is older nobody knows: whoever pins another one than ours wants that one.
        return here.digest is not None and there.digest is not None
    try:
        older, newer = Version.parse(here.effective_tag or ""), Version.parse(there.effective_tag or "")
    except InvalidVersion:
        return False
    return older.family == newer.family and older.key < newer.key


def _parsed(image: str) -> ImageReference | None:
    try:
        return ImageReference.parse(image)
    except InvalidImageReference:
        return None


def _quarantine(annotations: Mapping[str, str]) -> Quarantine:
    try:
        return Quarantine.parse(annotations.get(annotation.QUARANTINE, ""))
    except ValueError:
        return Quarantine()
