"""Whether an image has proven itself on another workload, by what that workload's record, history and status show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference
from watch_cluster.domain.policy.policy import is_opted_in
from watch_cluster.domain.policy.quarantine import quarantine_of
from watch_cluster.domain.policy.values.predecessor import Predecessor
from watch_cluster.domain.rollout.manual_change import is_older
from watch_cluster.domain.rollout.record.history import History
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.schedule.duration import describe_duration
from watch_cluster.domain.update.decision import HoldReason
from watch_cluster.domain.update.rejections import Rejection
from watch_cluster.domain.workload.workload import ImageChange, Workload

NOT_WATCHED: Final = "it does not exist or is not watched"
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)
_ENDED_AS: Final = {
    RolloutState.RUNNING: "is being rolled out there",
    RolloutState.FAILED: "failed there",
    RolloutState.ROLLED_BACK: "was rolled back there",
    RolloutState.SUPERSEDED: "was replaced by hand there",
}


@dataclass(frozen=True, slots=True)
class ImageRollout:
    """How an image came to a workload: the end of its rollout, or the start while that runs.

    `image` has a digest where the workload's annotations tell it. `container` is None for a rollout that others have
    followed.
    """

    image: ImageReference
    before: str
    state: RolloutState
    at: datetime
    container: str | None = None


def last_rollout_of(workload: Workload, image: ImageReference) -> ImageRollout | None:
    """Return the workload's last rollout of exactly this image; None if none is on record.

    Two digests are compared wherever both are known: the tag and the repository may then differ.
    """
    found = [each for each in _rollouts(workload) if _is_same(each.image, image)]
    return found[-1] if found else None


def why_not_proven(
    predecessor: Predecessor,
    workload: Workload | None,
    rollout: ImageRollout | None,
    name: str,
    now: datetime,
    *,
    runs_another: bool = False,
) -> str | None:
    """Return why the image, which people call `name`, has not proven itself there; None if it has.

    `rollout` is its last rollout there, `runs_another` whether another image runs there under its tag. Time counts
    from the end of that rollout, also after a newer image has followed.
    """
    if workload is None or not is_opted_in(workload):
        return NOT_WATCHED
    if rollout is None:
        return f"it has not taken {name}"
    if rollout.state is not RolloutState.DONE:
        return f"{name} {_ENDED_AS[rollout.state]}"
    if runs_another:
        return f"another image runs there as {name}"
    return _left(workload, rollout, name) or _unwell(workload) or _too_short(predecessor, rollout, name, now)


def not_proven(predecessor: Predecessor, rollout: ImageRollout | None, why: str) -> Rejection:
    """Reject a candidate that has not proven itself on that workload."""
    message = f"waiting for {predecessor.key}: {why}"
    detail = f"{predecessor.key}/{'' if rollout is None else rollout.state}"
    return Rejection(HoldReason.NOT_PROVEN_ELSEWHERE, message, message, detail=detail)


def standing(workload: Workload | None, now: datetime) -> str:
    """Say in one line what a predecessor has taken last, and how it is."""
    if workload is None or not is_opted_in(workload):
        return NOT_WATCHED
    record = RolloutRecord.of(workload)
    if record is None:
        return "no rollout is on record"
    age = max(timedelta(), now - (record.ended or record.started))
    unwell = _unwell(workload)
    return f"{record.state}: {record.change}, {_rounded(age)} ago{'' if unwell is None else f'; {unwell}'}"


def _too_short(predecessor: Predecessor, rollout: ImageRollout, name: str, now: datetime) -> str | None:
    age = max(timedelta(), now - rollout.at)
    if age >= predecessor.duration:
        return None
    return f"{name} runs there since {_rounded(age)} of {describe_duration(predecessor.duration)}"


def _left(workload: Workload, rollout: ImageRollout, name: str) -> str | None:
    """Return how people or a failure have turned away from the image; None if nothing has."""
    if quarantine_of(workload).contains(rollout.image):
        return f"{name} is in quarantine there"
    if rollout.container is not None:
        present = _parsed(workload.image_of(rollout.container) or "")
        stays = present in {rollout.image, rollout.image.without_digest()}
        return None if stays else f"{name} was replaced by hand there"
    change = ImageChange("", rollout.before, str(rollout.image))
    went_back = any(is_older(each.image, change) for each in workload.containers)
    return f"an older image than {name} runs there again" if went_back else None


def _unwell(workload: Workload) -> str | None:
    """Return why the workload does not show that its image works; None if it does."""
    progress = workload.progress
    if progress.unverifiable is not None:
        return f"it proves nothing: {progress.unverifiable}"
    if not progress.desired:
        return "it has no replicas"
    if not progress.complete:
        return f"it is not well now: {progress.available} of {progress.desired} replicas are available"
    return None


def _rollouts(workload: Workload) -> Iterator[ImageRollout]:
    """Yield what each rollout has brought, the oldest first."""
    record = RolloutRecord.of(workload)
    for past in History.of(workload).rollouts:
        if record is not None and past.id == record.id:
            continue
        for before, after in past.images:
            image = _parsed(after)
            if image is not None:
                yield ImageRollout(image, before, past.state, past.ended)
    if record is None:
        return
    state = RolloutState.ROLLED_BACK if record.rolling_back else record.state
    for change in record.images:
        image = ImageReference.parse(change.after)
        image = image if change.digest is None else image.with_digest(change.digest)
        yield ImageRollout(image, change.before, state, record.ended or record.started, change.container)


def _is_same(taken: ImageReference, image: ImageReference) -> bool:
    if taken.digest is not None and image.digest is not None:
        return taken.digest == image.digest
    return taken.repository == image.repository and taken.effective_tag == image.effective_tag is not None


def _parsed(image: str) -> ImageReference | None:
    try:
        return ImageReference.parse(image)
    except InvalidImageReference:
        return None


def _rounded(age: timedelta) -> str:
    """Write an age in its largest two units."""
    unit = _HOUR if age >= _DAY else _MINUTE if age >= _HOUR else _SECOND
    return describe_duration(age // unit * unit)
