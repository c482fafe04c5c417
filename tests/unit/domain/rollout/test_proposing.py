"""What happens to a proposal, and what its owner is notified of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.rollouts import COMPLETE, NEW, NOON, OLD, STEP, TERMS, a_record, shop, turned, with_record
from watch_cluster.domain.policy.values.write_back import WriteBack
from watch_cluster.domain.rollout.changes import new_record
from watch_cluster.domain.rollout.evaluation.diagnosis import Diagnosis
from watch_cluster.domain.rollout.evaluation.evaluation import Failed
from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.rollout.manual_change import detect_undo, release_quarantined_images
from watch_cluster.domain.rollout.proposing import (
    Applied,
    Moot,
    Waiting,
    declined,
    evaluate_proposal,
    overdue,
    proposed_record,
    started_record,
    withdrawn,
    written,
)
from watch_cluster.domain.rollout.record.failure import FailureCause
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.proposal import Proposal
from watch_cluster.domain.rollout.record.record import InvalidRolloutRecord, RolloutRecord
from watch_cluster.domain.rollout.transition import next_transition
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, Workload

PLACE = WriteBack("https://git.example/fleet.git//apps", timedelta(hours=24), (("app", "values.yaml:image.tag"),))
LATER = NOON + timedelta(minutes=5)
URL = "https://git.example/team/fleet/pull/7"


def a_proposal(image: str = OLD) -> tuple[Workload, RolloutRecord]:
    record = proposed_record(shop(COMPLETE, image), (STEP,), TERMS, PLACE, NOON)
    return with_record(shop(COMPLETE, image), record), record


def after(change: Change) -> RolloutRecord:
    return RolloutRecord.parse(change.annotations[annotation.ROLLOUT] or "")


def event_of(change: Change) -> tuple[EventReason, str]:
    owed = after(change).owed[-1]
    return owed.reason, owed.message


def test_a_proposal_is_read_as_it_was_written() -> None:
    _, record = a_proposal()
    full = replace(record, proposal=Proposal(NOON, PLACE, URL, accepted=True, overdue=True))
    assert RolloutRecord.parse(str(full)) == full
    assert RolloutRecord.parse(str(record)) == record


def test_a_proposed_record_without_a_reference_is_ignored() -> None:
    with pytest.raises(InvalidRolloutRecord):
        RolloutRecord.parse(str(replace(a_record(), state=RolloutState.PROPOSED)))


@pytest.mark.parametrize(
    ("workload", "expected"),
    [
        pytest.param(shop(image=OLD), Waiting(), id="the old image"),
        pytest.param(shop(image=NEW), Applied(), id="the new image"),
        pytest.param(shop(image="shop:9"), Moot("somebody set the image of container app to shop:9"), id="another"),
        pytest.param(shop(image=OLD, enabled="false"), Moot(f"{annotation.ENABLED} is no longer true"), id="opted out"),
        pytest.param(replace(shop(), containers=()), Moot("container app was removed"), id="no container"),
    ],
)
def test_a_proposal_is_compared_with_the_template(workload: Workload, expected: object) -> None:
    assert evaluate_proposal(a_proposal()[1], workload) == expected


def test_the_rollback_is_applied_once_the_old_image_is_pulled() -> None:
    record = replace(turned(a_proposal()[1]), state=RolloutState.PROPOSED)
    assert evaluate_proposal(record, shop(image=NEW)) == Waiting()
    assert evaluate_proposal(record, shop(image=OLD)) == Applied()


def test_a_rollout_begins_when_its_proposal_is_applied_and_its_rollback_keeps_that_time() -> None:
    _, record = a_proposal()
    started = started_record(record, LATER)
    assert (started.running, started.started, started.id) == (True, LATER, record.id)
    assert started_record(turned(replace(record, state=RolloutState.PROPOSED)), LATER).started == record.started


def test_a_failure_is_proposed_back_and_changes_no_image_of_the_live_workload() -> None:
    workload, record = a_proposal(NEW)
    running = started_record(replace(record, proposal=Proposal(NOON, PLACE, URL, accepted=True)), NOON)
    failed = Failed("it crashed", Diagnosis(FailureCause.IMAGE, ("app",), "it crashed"))
    transition = next_transition(workload, running, failed, LATER)
    change = transition.change(with_record(workload, running), lambda _: True)
    back = after(change)
    assert change.images == ()
    assert change.annotations[annotation.QUARANTINE] == NEW
    assert (back.state, back.rolling_back, back.proposal) == (RolloutState.PROPOSED, True, Proposal(LATER, PLACE))
    assert [step.after for step in back.target_changes] == [OLD]


def test_an_image_that_is_proposed_back_stays_quarantined_although_it_runs() -> None:
    record = turned(replace(a_proposal()[1], state=RolloutState.PROPOSED))
    workload = with_record(shop(image=NEW, quarantine=NEW), record)
    assert release_quarantined_images(workload) is None


def test_records_of_one_rollout_follow_each_other() -> None:
    proposed = a_proposal()[1]
    running = replace(proposed, state=RolloutState.RUNNING)
    proposed_back, back = turned(proposed), turned(running)
    ended = replace(back, state=RolloutState.ROLLED_BACK)
    order = [proposed, running, proposed_back, back, ended]
    assert sorted(order, key=lambda record: record.precedence) == order


def test_a_revision_with_an_earlier_state_of_the_rollout_is_nothing_that_was_undone() -> None:
    _, record = a_proposal()
    workload = with_record(shop(image=NEW), started_record(record, LATER))
    assert detect_undo(workload, [{annotation.ROLLOUT: str(record)}]) is None


@pytest.mark.parametrize(
    ("accepted", "words"), [(True, "is written in"), (False, "is proposed in")], ids=["accepted", "open"]
)
def test_the_owner_is_notified_where_the_proposal_is(accepted: bool, words: str) -> None:
    workload, record = a_proposal()
    change = written(workload, record, Proposal(NOON, PLACE, URL, accepted=accepted))
    reason, message = event_of(change)
    assert reason is EventReason.UPDATE_AVAILABLE
    assert message.startswith(f"Update {OLD} -> {NEW} {words} {URL}: ")
    assert after(change).proposal == Proposal(NOON, PLACE, URL, accepted=accepted)


def test_an_overdue_proposal_is_reported_and_stays_open() -> None:
    workload, record = a_proposal()
    noted = replace(record, proposal=Proposal(NOON, PLACE, URL))
    change = overdue(with_record(workload, noted), noted, Proposal(NOON, PLACE, URL))
    assert event_of(change)[0] is EventReason.UPDATE_HELD
    assert "has waited for 1d (proposal-timeout)" in event_of(change)[1]
    assert after(change).proposed == Proposal(NOON, PLACE, URL, overdue=True)


def test_a_declined_image_is_quarantined() -> None:
    workload, record = a_proposal()
    change = declined(workload, record, f"{URL} was closed without merging", LATER)
    assert change.annotations[annotation.QUARANTINE] == NEW
    assert (after(change).state, after(change).ended) == (RolloutState.WITHDRAWN, LATER)
    assert event_of(change)[1].startswith(
        f"{OLD} -> {NEW} was declined: {URL} was closed without merging; {NEW} is not"
    )


def test_a_declined_rollback_leaves_the_workload_as_it_is() -> None:
    workload, record = a_proposal(NEW)
    back = turned(record)
    change = declined(with_record(workload, back), back, "closed", LATER)
    assert after(change).state is RolloutState.FAILED
    assert event_of(change) == (
        EventReason.IMAGE_UPDATE_FAILED,
        "the way back was declined: closed; it is left as it is",
    )


def test_a_withdrawn_image_is_not_quarantined_and_counts_as_never_rolled_out() -> None:
    workload, record = a_proposal()
    change = withdrawn(workload, record, "it is no longer wanted", LATER)
    assert annotation.QUARANTINE not in change.annotations
    again = new_record(with_record(workload, after(change)), (STEP,), TERMS, LATER)
    assert again.repeats == 0
