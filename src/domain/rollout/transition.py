"""What follows when a rollout can go on no longer as it is: the change that is made, and what people are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.rollout.changes import closed_record, record_change, success_annotations
from watch_cluster.domain.rollout.diagnosis import Diagnosis
from watch_cluster.domain.rollout.evaluation import Failed, Healthy, Superseded
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.failure import Failure, FailureCause
from watch_cluster.domain.rollout.manual_change import (
    entries_for,
    how_to_release,
    quarantine_of,
    reverted_changes,
    undone_changes,
)
from watch_cluster.domain.rollout.record import Milestone, RolloutRecord, RolloutState
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload

LONGEST_MESSAGE = 500
"""How many characters of a failure are kept: a container's last words may be a whole stack of calls."""


@dataclass(frozen=True, slots=True)
class Transition:
    """The record as it stands from now on, what else is written with it, and the event that tells of it.

    `stages` are what the world outside hears. `images` are the steps back, where it is rolled back now.
    """

    record: RolloutRecord
    event: Event
    stages: tuple[Milestone, ...]
    told: dict[str, str | None]
    images: tuple[ImageChange, ...] = ()

    def change(self, workload: Workload, wants: Callable[[Milestone], bool]) -> Change:
        """Write it down. `wants` tells whether somebody outside wants to hear of a stage."""
        owed = (*self.record.undelivered, *(each for each in self.stages if wants(each)))
        revision = None if self.record.running else workload.revision
        return record_change(
            workload, replace(self.record, undelivered=owed, revision=revision), self.told, self.images
        )

    def refused(self, workload: Workload, why: str, now: datetime) -> Transition:
        """Say what follows when the orchestrator will never take the steps back."""
        message = _short(f"Could not roll back {', '.join(str(step) for step in self.images)}: {why}")
        closed = closed_record(self.record, RolloutState.FAILED, message, now)
        subject = f"{self.record.id}-back"
        event = Event(EventReason.IMAGE_UPDATE_FAILED, workload.key, self.record.uid, message, subject, self.record)
        told = self.told | _quarantining(workload, entries_for(self.record.images))
        return Transition(closed, event, (*self.stages, Milestone.ROLLBACK_FAILED), told)


def next_transition(
    workload: Workload, record: RolloutRecord, verdict: Healthy | Failed | Superseded, now: datetime
) -> Transition:
    """Say what follows from a verdict on a running rollout, or on its rollback."""
    if isinstance(verdict, Superseded):
        return _taken_over(workload, record, verdict, now)
    if record.rolling_back:
        return _rolled_back(workload, record, verdict, now)
    if isinstance(verdict, Healthy):
        return _done(workload, record, verdict, now)
    return _failed(workload, record, verdict, now)


def _done(workload: Workload, record: RolloutRecord, verdict: Healthy, now: datetime) -> Transition:
    message = f"Updated {record.change}{_proof(verdict)}"
    closed = closed_record(record, RolloutState.DONE, message, now)
    event = Event(EventReason.IMAGE_UPDATED, workload.key, record.uid, message, record.id, record)
    return Transition(closed, event, (Milestone.COMPLETED,), success_annotations(record, now))


def _failed(workload: Workload, record: RolloutRecord, verdict: Failed, now: datetime) -> Transition:
    failure = Failure(_short(verdict.message), verdict.diagnosis.fault, verdict.diagnosis.containers, now)
    given_up = replace(record, failure=failure)
    steps = given_up.rollback_changes
    message = f"Failed {record.change}: {failure.message}"
    if record.unhealthy_before:
        message += "; it was not well before either, so the old image is not known to be good"
    entries = _blamed(record, verdict.diagnosis)
    told = _quarantining(workload, entries)
    if record.rollout_settings.rollback and steps is not None:
        back = ", ".join(step.after for step in steps)
        message += f"; rolling back to {back}"
        if entries:
            message += f"; {how_to_release(entries)}"
        event = Event(EventReason.IMAGE_UPDATE_FAILED, workload.key, record.uid, message, record.id, record)
        return Transition(given_up, event, (Milestone.FAILED,), told, steps)
    why = "it is not known what ran before" if steps is None else f"{annotation.ROLLBACK} is false"
    message += f"; it is left as it is, since {why}"
    event = Event(EventReason.IMAGE_UPDATE_FAILED, workload.key, record.uid, message, record.id, record)
    closed = closed_record(given_up, RolloutState.FAILED, message, now)
    return Transition(closed, event, (Milestone.FAILED,), told)


def _rolled_back(workload: Workload, record: RolloutRecord, verdict: Healthy | Failed, now: datetime) -> Transition:
    change = ", ".join(str(step) for step in record.wanted)
    if isinstance(verdict, Healthy):
        message = f"Rolled back {change}{_proof(verdict)}"
        closed = closed_record(record, RolloutState.ROLLED_BACK, message, now)
        event = Event(EventReason.IMAGE_ROLLED_BACK, workload.key, record.uid, message, record.id, record)
        return Transition(closed, event, (Milestone.ROLLED_BACK,), {})
    message = _short(f"Could not roll back {change}: {verdict.message}")
    message += "; nothing more is tried until somebody acts or something newer appears"
    closed = closed_record(record, RolloutState.FAILED, message, now)
    event = Event(EventReason.IMAGE_UPDATE_FAILED, workload.key, record.uid, message, f"{record.id}-back", record)
    return Transition(closed, event, (Milestone.ROLLBACK_FAILED,), _quarantining(workload, entries_for(record.images)))


def _taken_over(workload: Workload, record: RolloutRecord, verdict: Superseded, now: datetime) -> Transition:
    message = f"{'Stopped rolling back' if record.rolling_back else 'Failed'} {record.change}: {verdict.message}"
    steps: tuple[ImageChange, ...] = ()
    if workload.annotations.get(annotation.ENABLED) == "true" and not record.rolling_back:
        # Whoever undoes a rollout does not want it. An older image may be a step on somebody's own way, the first time.
        steps = reverted_changes(workload, record) if record.repeats else undone_changes(workload, record)
    if steps:
        message += f"; {how_to_release(entries_for(steps))}"
    closed = closed_record(record, RolloutState.SUPERSEDED, message, now)
    subject = f"{record.id}-back" if record.rolling_back else record.id
    event = Event(EventReason.IMAGE_UPDATE_FAILED, workload.key, record.uid, message, subject, record)
    stage = Milestone.ROLLBACK_FAILED if record.rolling_back else Milestone.FAILED
    return Transition(closed, event, (stage,), _quarantining(workload, entries_for(steps)))


def _blamed(record: RolloutRecord, culprit: Diagnosis) -> tuple[ImageReference, ...]:
    if culprit.fault is not FailureCause.IMAGE:
        return ()
    return entries_for([step for step in record.images if step.container in culprit.containers] or record.images)


def _quarantining(workload: Workload, entries: tuple[ImageReference, ...]) -> dict[str, str | None]:
    if not entries:
        return {}
    return {annotation.QUARANTINE: str(quarantine_of(workload).adding(entries))}


def _proof(verdict: Healthy) -> str:
    return "" if verdict.unverified is None else f" (applied, not verified: {verdict.unverified})"


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= LONGEST_MESSAGE else f"{line[:LONGEST_MESSAGE]}…"
