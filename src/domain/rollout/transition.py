"""What happens when a rollout cannot continue as it is: the change to make, and the event that explains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.quarantine import entries_for, how_to_release, quarantine_of
from watch_cluster.domain.rollout.changes import closed_record, record_change, success_annotations
from watch_cluster.domain.rollout.evaluation.evaluation import Failed, Healthy, Superseded
from watch_cluster.domain.rollout.event import Event, OwedEvent
from watch_cluster.domain.rollout.manual_change import reverted_changes, undone_changes
from watch_cluster.domain.rollout.proposing import propose_again
from watch_cluster.domain.rollout.record.failure import Failure, FailureCause
from watch_cluster.domain.rollout.record.lifecycle import Milestone, RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.rollout.rollout_events import ended_event, failed_event, rollback_failed_event
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload

LONGEST_MESSAGE: Final = 500
"""How many characters of a failure are kept: a container's last output may be a whole stack trace."""


@dataclass(frozen=True, slots=True)
class Transition:
    """The record from now on, the annotations written with it, and the event to emit once it is written.

    `milestones` are what external receivers are notified of. `images` are the rollback changes, if it is rolled back
    now.
    """

    record: RolloutRecord
    event: Event
    milestones: tuple[Milestone, ...]
    annotations: dict[str, str | None]
    images: tuple[ImageChange, ...] = ()

    def change(self, workload: Workload, wants: Callable[[Milestone], bool]) -> Change:
        """The change to apply. `wants` says whether any receiver is to be notified of a milestone."""
        undelivered = (*self.record.undelivered, *(each for each in self.milestones if wants(each)))
        revision = None if self.record.is_open else workload.revision
        record = replace(self.record, undelivered=undelivered, revision=revision)
        return record_change(workload, record, self.annotations, self.images)

    def refused(self, workload: Workload, why: str, now: datetime) -> Transition:
        """What happens when the orchestrator refuses the rollback for good."""
        changes = ", ".join(str(change) for change in self.images)
        message = _shortened(f"Could not roll back {changes}: {why}")
        closed = closed_record(self.record, RolloutState.FAILED, message, now)
        annotations = self.annotations | _quarantining(workload, entries_for(self.record.images))
        event = rollback_failed_event(workload.key, closed, message)
        return Transition(closed, event, (*self.milestones, Milestone.ROLLBACK_FAILED), annotations)


def next_transition(
    workload: Workload, record: RolloutRecord, evaluation: Healthy | Failed | Superseded, now: datetime
) -> Transition:
    """What follows from the evaluation of a running rollout, or of its rollback."""
    if isinstance(evaluation, Superseded):
        return _superseded(workload, record, evaluation, now)
    if record.rolling_back:
        return _rollback_ended(workload, record, evaluation, now)
    if isinstance(evaluation, Healthy):
        message = f"Updated {record.change}{_unverified(evaluation)}"
        closed = closed_record(record, RolloutState.DONE, message, now)
        return _closed(workload, closed, Milestone.COMPLETED, success_annotations(record, now))
    return _failed(workload, record, evaluation, now)


def failure_message(record: RolloutRecord, failure: Failure) -> str:
    """Why the rollout failed, what is done about it, and how a person can try the images again."""
    message = f"Failed {record.change}: {failure.message}"
    if record.unhealthy_before:
        message += "; the workload was unhealthy before the update, so the old image is not known to be good"
    rollback = record.rollback_changes
    if not record.rollout_settings.rollback:
        return f"{message}; not rolled back, since {annotation.ROLLBACK} is false"
    if rollback is None:
        return f"{message}; not rolled back, since it is not known what ran before"
    message += f"; rolling back to {', '.join(change.after for change in rollback)}"
    entries = _failed_images(record, failure)
    return f"{message}; {how_to_release(entries)}" if entries else message


def _failed(workload: Workload, record: RolloutRecord, evaluation: Failed, now: datetime) -> Transition:
    diagnosis = evaluation.diagnosis
    failure = Failure(_shortened(evaluation.message), diagnosis.cause, diagnosis.containers, now)
    failed = replace(record, failure=failure)
    message = failure_message(record, failure)
    annotations = _quarantining(workload, _failed_images(record, failure))
    if failed.was_rolled_back:
        event = failed_event(workload.key, record, message)
        if record.proposal is not None:
            # Another tool applies the old images, once they stand where it reads them.
            return Transition(propose_again(failed, record.proposal, now), event, (Milestone.FAILED,), annotations)
        return Transition(failed, event, (Milestone.FAILED,), annotations, failed.rollback_changes or ())
    return _closed(workload, closed_record(failed, RolloutState.FAILED, message, now), Milestone.FAILED, annotations)


def _rollback_ended(
    workload: Workload, record: RolloutRecord, evaluation: Healthy | Failed, now: datetime
) -> Transition:
    changes = ", ".join(str(change) for change in record.target_changes)
    if isinstance(evaluation, Healthy):
        message = f"Rolled back {changes}{_unverified(evaluation)}"
        closed = closed_record(record, RolloutState.ROLLED_BACK, message, now)
        return _closed(workload, closed, Milestone.ROLLED_BACK, {})
    message = _shortened(f"Could not roll back {changes}: {evaluation.message}")
    message += "; nothing more is tried until you change the workload or a newer image appears"
    closed = closed_record(record, RolloutState.FAILED, message, now)
    annotations = _quarantining(workload, entries_for(record.images))
    return _closed(workload, closed, Milestone.ROLLBACK_FAILED, annotations)


def _superseded(workload: Workload, record: RolloutRecord, evaluation: Superseded, now: datetime) -> Transition:
    message = f"{'Stopped rolling back' if record.rolling_back else 'Failed'} {record.change}: {evaluation.message}"
    reverted: tuple[ImageChange, ...] = ()
    if workload.annotations.get(annotation.ENABLED) == "true" and not record.rolling_back:
        # Undoing a rollout means that it is not wanted. An older image may be a step of a person's own plan, once.
        reverted = reverted_changes(workload, record) if record.repeats else undone_changes(workload, record)
    if reverted:
        message += f"; {how_to_release(entries_for(reverted))}"
    closed = closed_record(record, RolloutState.SUPERSEDED, message, now)
    if record.rolling_back:
        milestone, event = Milestone.ROLLBACK_FAILED, rollback_failed_event(workload.key, record, message)
    else:
        milestone, event = Milestone.FAILED, failed_event(workload.key, record, message)
    # The record does not contain what superseded it, so the event is stored there until it is emitted.
    closed = replace(closed, owed=(*closed.owed, OwedEvent.of(event)))
    return Transition(closed, event, (milestone,), _quarantining(workload, entries_for(reverted)))


def _closed(
    workload: Workload, closed: RolloutRecord, milestone: Milestone, annotations: dict[str, str | None]
) -> Transition:
    event = ended_event(workload.key, closed)
    assert event is not None, f"a closed rollout has an event: {closed.state}"  # noqa: S101
    return Transition(closed, event, (milestone,), annotations)


def _failed_images(record: RolloutRecord, failure: Failure) -> tuple[ImageReference, ...]:
    """Return the images to quarantine: those of the containers that failed, or all if that is unknown."""
    if failure.cause is not FailureCause.IMAGE:
        return ()
    return entries_for([change for change in record.images if change.container in failure.containers] or record.images)


def _quarantining(workload: Workload, entries: tuple[ImageReference, ...]) -> dict[str, str | None]:
    if not entries:
        return {}
    return {annotation.QUARANTINE: str(quarantine_of(workload).with_images(entries))}


def _unverified(evaluation: Healthy) -> str:
    return "" if evaluation.unverified is None else f" (applied, not verified: {evaluation.unverified})"


def _shortened(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= LONGEST_MESSAGE else f"{line[:LONGEST_MESSAGE]}…"
