"""What follows from an evaluation: the change that is written, and the event that is emitted after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.rollouts import BEGUN, NEW, NOON, OLD, STEP, TERMS, a_record, shop, turned, with_record
from watch_cluster.domain.rollout.evaluation.diagnosis import Diagnosis
from watch_cluster.domain.rollout.evaluation.evaluation import Failed, Healthy, Superseded
from watch_cluster.domain.rollout.event import EventReason, OwedEvent
from watch_cluster.domain.rollout.record.failure import FailureCause
from watch_cluster.domain.rollout.record.lifecycle import Milestone, RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.rollout.transition import LONGEST_MESSAGE, Transition, next_transition
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload

LATER = NOON + timedelta(minutes=1)
CRASHED = Failed("container app of one: it crashed", Diagnosis(FailureCause.IMAGE, ("app",), "it crashed"))
NO_ROOM = Failed("no progress: no node", Diagnosis(FailureCause.ENVIRONMENT, (), "no node"))


def transition_after(
    evaluation: Healthy | Failed | Superseded, record: RolloutRecord | None = None, workload: Workload | None = None
) -> tuple[Transition, Change]:
    record = record or a_record()
    seen = with_record(workload or shop(BEGUN), record)
    transition = next_transition(seen, record, evaluation, LATER)
    return transition, transition.change(seen, lambda _: True)


def test_a_good_end_is_written_with_what_was_updated() -> None:
    transition, change = transition_after(Healthy())
    assert (transition.event.reason, transition.event.message) == (
        EventReason.IMAGE_UPDATED,
        "Updated shop:1.0.0 -> shop:1.0.1",
    )
    assert change.annotations[annotation.LAST_UPDATE_IMAGE] == NEW
    assert (transition.record.state, transition.record.ended) == (RolloutState.DONE, LATER)
    assert change.images == ()
    assert change.expected == {annotation.ROLLOUT: str(a_record())}
    assert RolloutRecord.parse(str(change.annotations[annotation.ROLLOUT])).undelivered == (Milestone.COMPLETED,)


def test_milestones_without_subscribers_are_not_owed() -> None:
    seen = with_record(shop(BEGUN), a_record())
    change = next_transition(seen, a_record(), Healthy(), LATER).change(seen, lambda _: False)
    assert RolloutRecord.parse(str(change.annotations[annotation.ROLLOUT])).undelivered == ()


def test_an_unverifiable_update_is_reported_as_applied_only() -> None:
    transition, _ = transition_after(Healthy("only later Jobs run it"))
    assert transition.event.message.endswith("(applied, not verified: only later Jobs run it)")


def test_a_failed_image_is_rolled_back_and_quarantined_in_one_change() -> None:
    transition, change = transition_after(CRASHED)
    assert transition.record.rolling_back
    assert change.images == (ImageChange("app", NEW, OLD),)
    assert change.annotations[annotation.QUARANTINE] == NEW
    assert annotation.LAST_UPDATE not in change.annotations
    event = transition.event
    assert event.reason is EventReason.IMAGE_UPDATE_FAILED
    assert "it crashed; rolling back to shop:1.0.0; shop:1.0.1 is not tried again here" in event.message


def test_only_the_failed_image_is_quarantined_and_all_are_rolled_back() -> None:
    record = a_record(STEP, ImageChange("mesh", "mesh:0", "mesh:1"))
    _, change = transition_after(CRASHED, record)
    assert change.annotations[annotation.QUARANTINE] == NEW
    assert [each.container for each in change.images] == ["app", "mesh"]


def test_failures_of_the_environment_quarantine_nothing() -> None:
    transition, change = transition_after(NO_ROOM)
    assert annotation.QUARANTINE not in change.annotations
    assert change.images
    assert "not tried again" not in transition.event.message


def test_without_rollback_a_failed_rollout_is_left() -> None:
    transition, change = transition_after(CRASHED, a_record(rollout_settings=replace(TERMS, rollback=False)))
    assert (transition.record.state, change.images) == (RolloutState.FAILED, ())
    assert change.annotations[annotation.QUARANTINE] == NEW
    assert transition.event.message.endswith("not rolled back, since watch-cluster.io/rollback is false")


def test_a_rollback_needs_the_digest_that_ran_before() -> None:
    digest = "sha256:" + "1" * 64
    record = a_record(ImageChange("app", "shop:edge", f"shop:edge@{digest}"))
    transition, change = transition_after(CRASHED, record, shop(BEGUN, f"shop:edge@{digest}"))
    assert (transition.record.state, change.images) == (RolloutState.FAILED, ())
    assert "it is not known what ran before" in transition.event.message
    assert change.annotations[annotation.QUARANTINE] == f"shop@{digest}"


def test_reports_that_the_workload_was_unhealthy_before() -> None:
    transition, _ = transition_after(CRASHED, replace(a_record(), unhealthy_before=True))
    assert (
        "the workload was unhealthy before the update, so the old image is not known to be good"
        in transition.event.message
    )


def test_a_long_termination_message_is_cut_to_one_line() -> None:
    transition, _ = transition_after(replace(CRASHED, message="no\nway " * 500))
    failure = transition.record.failure
    assert failure is not None
    assert len(failure.message) == LONGEST_MESSAGE + 1
    assert "\n" not in failure.message


def test_a_successful_rollback_is_reported_with_its_images() -> None:
    transition, change = transition_after(Healthy(), turned(a_record()), shop(BEGUN, OLD))
    assert (transition.record.state, transition.event.reason) == (
        RolloutState.ROLLED_BACK,
        EventReason.IMAGE_ROLLED_BACK,
    )
    assert transition.event.message == "Rolled back shop:1.0.1 -> shop:1.0.0"
    assert transition.milestones == (Milestone.ROLLED_BACK,)
    assert change.annotations.keys() == {annotation.ROLLOUT, annotation.HISTORY}


def test_a_rollback_that_fails_is_the_end_and_the_image_stays_away() -> None:
    transition, change = transition_after(NO_ROOM, turned(a_record()), shop(BEGUN, OLD))
    assert (transition.record.state, transition.event.reason) == (RolloutState.FAILED, EventReason.IMAGE_UPDATE_FAILED)
    assert transition.event.message.startswith("Could not roll back shop:1.0.1 -> shop:1.0.0: no progress: no node")
    assert change.images == ()
    assert change.annotations[annotation.QUARANTINE] == NEW


def test_a_rollback_that_is_refused_owes_both_stages() -> None:
    transition, _ = transition_after(CRASHED)
    seen = with_record(shop(BEGUN), a_record())
    refused = transition.refused(seen, "a policy", LATER)
    change = refused.change(seen, lambda _: True)
    record = RolloutRecord.parse(str(change.annotations[annotation.ROLLOUT]))
    assert (record.state, record.undelivered) == (RolloutState.FAILED, (Milestone.FAILED, Milestone.ROLLBACK_FAILED))
    assert change.images == ()
    assert len({each.event.identity for each in (transition, refused)}) == 2


@pytest.mark.parametrize(
    ("image", "quarantine"),
    [
        pytest.param(OLD, NEW, id="undone: it is not wanted"),
        pytest.param("shop:0.9.0", None, id="an older one may be a step on the way"),
        pytest.param("shop:9", None, id="a third one"),
    ],
)
def test_a_superseded_rollout_is_left_alone(image: str, quarantine: str | None) -> None:
    transition, change = transition_after(Superseded("somebody set the image", "app"), None, shop(BEGUN, image))
    assert (transition.record.state, transition.milestones) == (RolloutState.SUPERSEDED, (Milestone.FAILED,))
    assert change.annotations.get(annotation.QUARANTINE) == quarantine
    assert change.images == ()


def test_the_second_time_an_older_image_counts_as_undone() -> None:
    again = replace(a_record(), repeats=1)
    _, change = transition_after(Superseded("somebody set the image", "app"), again, shop(BEGUN, "shop:0.9.0"))
    assert change.annotations[annotation.QUARANTINE] == NEW


def test_the_event_of_a_superseded_rollout_is_owed_on_its_record() -> None:
    transition, change = transition_after(Superseded("somebody set the image", "app"), None, shop(BEGUN, "shop:9"))
    record = RolloutRecord.parse(str(change.annotations[annotation.ROLLOUT]))
    assert record.owed == (OwedEvent.of(transition.event),)


@pytest.mark.parametrize("evaluation", [Healthy(), CRASHED, NO_ROOM])
def test_no_other_transition_owes_its_event_on_the_record(evaluation: Healthy | Failed) -> None:
    for record in (a_record(), turned(a_record())):
        _, change = transition_after(evaluation, record)
        assert RolloutRecord.parse(str(change.annotations[annotation.ROLLOUT])).owed == ()


def test_a_workload_that_opts_out_only_gets_its_record_closed() -> None:
    gone = shop(BEGUN, OLD, enabled="false")
    _, change = transition_after(Superseded("it is no longer true"), None, gone)
    assert change.annotations.keys() == {annotation.ROLLOUT, annotation.HISTORY}
