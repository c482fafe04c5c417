"""How a proposal is made, applied, declined or withdrawn: each is one change of its record, with the event it owes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.policy.quarantine import entries_for, how_to_release, quarantine_of
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.policy.values.write_back import WriteBack
from watch_cluster.domain.rollout.changes import closed_record, new_record, record_change
from watch_cluster.domain.rollout.event import EventReason, OwedEvent
from watch_cluster.domain.rollout.record.lifecycle import Milestone, RolloutState
from watch_cluster.domain.rollout.record.proposal import Proposal
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.schedule.duration import describe_duration
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload

LONGEST_REASON: Final = 500
"""How many characters of the reason why a proposal ended are kept."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The workload's template shows the proposed images."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The proposal is not applied yet."""


@dataclass(frozen=True, slots=True)
class Moot:
    """The proposal has lost its purpose; `why` is for a person."""

    why: str


def evaluate_proposal(record: RolloutRecord, workload: Workload) -> Applied | Waiting | Moot:
    """Compare what is proposed with the template."""
    if workload.annotations.get(annotation.ENABLED) != "true":
        return Moot(f"{annotation.ENABLED} is no longer true")
    applied = True
    for change in record.target_changes:
        present = workload.image_of(change.container)
        if present is None:
            return Moot(f"container {change.container} was removed")
        if present not in {change.before, change.after}:
            return Moot(f"somebody set the image of container {change.container} to {present}")
        applied = applied and present == change.after
    return Applied() if applied else Waiting()


def proposed_record(
    workload: Workload, images: tuple[ImageChange, ...], settings: RolloutSettings, place: WriteBack, now: datetime
) -> RolloutRecord:
    """The record of a rollout whose images are about to be proposed."""
    record = new_record(workload, images, settings, now)
    return replace(record, state=RolloutState.PROPOSED, proposal=Proposal(record.started, place))


def propose_again(failed: RolloutRecord, proposal: Proposal, now: datetime) -> RolloutRecord:
    """The record of a rollout that has failed, whose old images are about to be proposed at the same place."""
    return replace(failed, state=RolloutState.PROPOSED, proposal=Proposal(now, proposal.place))


def propose_change(workload: Workload, record: RolloutRecord, notes: Mapping[str, str | None]) -> Change:
    """The change that says what is about to be proposed, so that the next process can finish it after a crash."""
    change = record_change(workload, record, notes)
    return replace(change, expected={**change.expected, annotation.ENABLED: "true"})


def started_record(record: RolloutRecord, now: datetime) -> RolloutRecord:
    """The record once the proposal is applied: the rollout begins, or its rollback."""
    started = record.started if record.failure is not None else max(now, record.started)
    return replace(record, state=RolloutState.RUNNING, started=started)


def written(workload: Workload, record: RolloutRecord, proposal: Proposal) -> Change:
    """The change that notes where the proposal can be seen; its owner is told once, and again when it is accepted."""
    changes = ", ".join(str(step) for step in record.target_changes)
    what = f"{'Rolling back' if record.rolling_back else 'Update'} {changes} is"
    how = "written" if proposal.accepted else "proposed"
    then = "once it is applied, it is verified" if proposal.accepted else "merge it to apply it, close it to decline it"
    reason = EventReason.UPDATE_HELD if record.rolling_back else EventReason.UPDATE_AVAILABLE
    message = f"{what} {how} in {proposal.reference}: {then}"
    return _owing(workload, replace(record, proposal=proposal), reason, message, f"{how}-{record.rolling_back}")


def overdue(workload: Workload, record: RolloutRecord, proposal: Proposal) -> Change:
    """The change that tells the owner, once, that nothing applies the proposal."""
    changes = ", ".join(str(step) for step in record.target_changes)
    waits = describe_duration(proposal.place.timeout)
    todo = "see whether it is applied there" if proposal.accepted else "merge it, or close it to decline it"
    where = "where it could not be written yet" if proposal.reference is None else f"in {proposal.reference}: {todo}"
    message = f"{changes} has waited for {waits} ({annotation.short(annotation.PROPOSAL_TIMEOUT)}) {where}"
    late = replace(record, proposal=replace(proposal, overdue=True))
    return _owing(workload, late, EventReason.UPDATE_HELD, message, f"overdue-{record.rolling_back}")


def declined(workload: Workload, record: RolloutRecord, why: str, now: datetime) -> Change:
    """The change after a person declined the proposal: the images are quarantined."""
    if record.rolling_back:
        return _ended(workload, record, f"the way back was declined: {why}; it is left as it is", now)
    entries = entries_for(record.images)
    quarantine = str(quarantine_of(workload).with_images(entries))
    message = f"{record.change} was declined: {why}; {how_to_release(entries)}"
    return _ended(workload, record, message, now, {annotation.QUARANTINE: quarantine})


def withdrawn(workload: Workload, record: RolloutRecord, why: str, now: datetime) -> Change:
    """The change after a proposal has lost its purpose, or cannot be made."""
    what = "rolling back" if record.rolling_back else "updating"
    return _ended(workload, record, f"Stopped {what} {record.change}: {why}", now)


def reasons_of(policy: Policy | None, images: tuple[ImageChange, ...]) -> tuple[str, ...]:
    """Say for each container by which settings its image was chosen."""
    rules = [each for each in (() if policy is None else policy.settings) if each.key in _RULES]
    return tuple(
        f"container {step.container}: "
        + ", ".join(f"{annotation.short(rule.key)} {rule.value}" for rule in rules if rule.container == step.container)
        for step in images
    )


_RULES: Final = frozenset({annotation.STRATEGY, annotation.CONSTRAINT, annotation.ALLOW_TAGS, annotation.TAG_PATTERN})


def _ended(
    workload: Workload,
    record: RolloutRecord,
    message: str,
    now: datetime,
    annotations: Mapping[str, str | None] | None = None,
) -> Change:
    line = " ".join(message.split())[: 2 * LONGEST_REASON]
    failed = record.rolling_back
    closed = closed_record(record, RolloutState.FAILED if failed else RolloutState.WITHDRAWN, line, now)
    if failed:
        closed = replace(closed, undelivered=(*closed.undelivered, Milestone.ROLLBACK_FAILED))
    reason = EventReason.IMAGE_UPDATE_FAILED if failed else EventReason.UPDATE_HELD
    return _owing(workload, closed, reason, line, f"ended-{failed}", annotations)


def _owing(
    workload: Workload,
    record: RolloutRecord,
    reason: EventReason,
    message: str,
    subject: str,
    annotations: Mapping[str, str | None] | None = None,
) -> Change:
    owed = OwedEvent(reason, f"{record.id}-{subject}", message)
    return record_change(workload, replace(record, owed=(*record.owed, owed)), annotations)
