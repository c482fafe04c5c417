"""What follows from a verdict: what is written, and what people are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.rollouts import BEGUN, NEW, NOON, OLD, STEP, TERMS, a_record, shop, turned, with_record
from watch_cluster.domain.rollout.diagnosis import Diagnosis
from watch_cluster.domain.rollout.evaluation import Failed, Healthy, Superseded
from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.rollout.failure import FailureCause
from watch_cluster.domain.rollout.record import Milestone, RolloutRecord, RolloutState
from watch_cluster.domain.rollout.transition import LONGEST_MESSAGE, Transition, next_transition
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload

LATER = NOON + timedelta(minutes=1)
CRASHED = Failed("container app of one: it crashed", Diagnosis(FailureCause.IMAGE, ("app",), "it crashed"))
NO_ROOM = Failed("no progress: no node", Diagnosis(FailureCause.ENVIRONMENT, (), "no node"))


def concluded(
    verdict: Healthy | Failed | Superseded, record: RolloutRecord | None = None, workload: Workload | None = None
) -> tuple[Transition, Change]:
    record = record or a_record()
    seen = with_record(workload or shop(BEGUN), record)
    conclusion = next_transition(seen, record, verdict, LATER)
    return conclusion, conclusion.change(seen, lambda _: True)


def test_a_good_end_is_written_with_what_was_updated() -> None:
    conclusion, change = concluded(Healthy())
    assert (conclusion.event.reason, conclusion.event.message) == (
        EventReason.IMAGE_UPDATED,
        "Updated shop:1.0.0 -> shop:1.0.1",
    )
    assert change.annotations[annotation.LAST_UPDATE_IMAGE] == NEW
    assert (conclusion.record.state, conclusion.record.ended) == (RolloutState.DONE, LATER)
    assert change.images == ()
    assert change.expected == {annotation.ROLLOUT: str(a_record())}
    assert RolloutRecord.parse(str(change.annotations[annotation.ROLLOUT])).undelivered == (Milestone.COMPLETED,)


def test_what_nobody_wants_to_hear_of_is_not_owed() -> None:
    seen = with_record(shop(BEGUN), a_record())
    change = next_transition(seen, a_record(), Healthy(), LATER).change(seen, lambda _: False)
    assert RolloutRecord.parse(str(change.annotations[annotation.ROLLOUT])).undelivered == ()


def test_what_nothing_proves_is_said_to_be_applied_only() -> None:
    conclusion, _ = concluded(Healthy("only later Jobs run it"))
    assert conclusion.event.message.endswith("(applied, not verified: only later Jobs run it)")


def test_a_failed_image_is_taken_back_and_put_in_quarantine_in_one_change() -> None:
    conclusion, change = concluded(CRASHED)
    assert conclusion.record.rolling_back
    assert change.images == (ImageChange("app", NEW, OLD),)
    assert change.annotations[annotation.QUARANTINE] == NEW
    assert annotation.LAST_UPDATE not in change.annotations
    event = conclusion.event
    assert event.reason is EventReason.IMAGE_UPDATE_FAILED
    assert "it crashed; rolling back to shop:1.0.0; shop:1.0.1 is not tried again here" in event.message


def test_of_several_images_the_one_that_failed_comes_into_quarantine_and_all_go_back() -> None:
    record = a_record(STEP, ImageChange("mesh", "mesh:0", "mesh:1"))
    _, change = concluded(CRASHED, record)
    assert change.annotations[annotation.QUARANTINE] == NEW
    assert [each.container for each in change.images] == ["app", "mesh"]


def test_what_the_surroundings_have_done_puts_nothing_in_quarantine() -> None:
    conclusion, change = concluded(NO_ROOM)
    assert annotation.QUARANTINE not in change.annotations
    assert change.images
    assert "not tried again" not in conclusion.event.message


def test_what_is_not_to_be_rolled_back_is_left() -> None:
    conclusion, change = concluded(CRASHED, a_record(rollout_settings=replace(TERMS, rollback=False)))
    assert (conclusion.record.state, change.images) == (RolloutState.FAILED, ())
    assert change.annotations[annotation.QUARANTINE] == NEW
    assert conclusion.event.message.endswith("it is left as it is, since watch-cluster.io/rollback is false")


def test_what_ran_before_must_be_known_to_be_put_back() -> None:
    digest = "sha256:" + "1" * 64
    record = a_record(ImageChange("app", "shop:edge", f"shop:edge@{digest}"))
    conclusion, change = concluded(CRASHED, record, shop(BEGUN, f"shop:edge@{digest}"))
    assert (conclusion.record.state, change.images) == (RolloutState.FAILED, ())
    assert "it is not known what ran before" in conclusion.event.message
    assert change.annotations[annotation.QUARANTINE] == f"shop@{digest}"


def test_it_is_said_when_the_workload_was_not_well_before() -> None:
    conclusion, _ = concluded(CRASHED, replace(a_record(), unhealthy_before=True))
    assert "it was not well before either, so the old image is not known to be good" in conclusion.event.message


def test_a_container_that_says_very_much_is_cut_short_to_one_line() -> None:
    conclusion, _ = concluded(replace(CRASHED, message="no\nway " * 500))
    failure = conclusion.record.failure
    assert failure is not None
    assert len(failure.message) == LONGEST_MESSAGE + 1
    assert "\n" not in failure.message


def test_a_rollback_that_is_well_is_told_with_its_way() -> None:
    conclusion, change = concluded(Healthy(), turned(a_record()), shop(BEGUN, OLD))
    assert (conclusion.record.state, conclusion.event.reason) == (
        RolloutState.ROLLED_BACK,
        EventReason.IMAGE_ROLLED_BACK,
    )
    assert conclusion.event.message == "Rolled back shop:1.0.1 -> shop:1.0.0"
    assert conclusion.stages == (Milestone.ROLLED_BACK,)
    assert change.annotations.keys() == {annotation.ROLLOUT}


def test_a_rollback_that_fails_is_the_end_and_the_image_stays_away() -> None:
    conclusion, change = concluded(NO_ROOM, turned(a_record()), shop(BEGUN, OLD))
    assert (conclusion.record.state, conclusion.event.reason) == (RolloutState.FAILED, EventReason.IMAGE_UPDATE_FAILED)
    assert conclusion.event.message.startswith("Could not roll back shop:1.0.1 -> shop:1.0.0: no progress: no node")
    assert change.images == ()
    assert change.annotations[annotation.QUARANTINE] == NEW


def test_a_rollback_that_is_refused_owes_both_stages() -> None:
    conclusion, _ = concluded(CRASHED)
    seen = with_record(shop(BEGUN), a_record())
    refused = conclusion.refused(seen, "a policy", LATER)
    change = refused.change(seen, lambda _: True)
    record = RolloutRecord.parse(str(change.annotations[annotation.ROLLOUT]))
    assert (record.state, record.undelivered) == (RolloutState.FAILED, (Milestone.FAILED, Milestone.ROLLBACK_FAILED))
    assert change.images == ()
    assert len({each.event.identity for each in (conclusion, refused)}) == 2


@pytest.mark.parametrize(
    ("image", "quarantine"),
    [
        pytest.param(OLD, NEW, id="undone: it is not wanted"),
        pytest.param("shop:0.9.0", None, id="an older one may be a step on the way"),
        pytest.param("shop:9", None, id="a third one"),
    ],
)
def test_who_takes_a_rollout_over_is_left_alone(image: str, quarantine: str | None) -> None:
    conclusion, change = concluded(Superseded("somebody set the image", "app"), None, shop(BEGUN, image))
    assert (conclusion.record.state, conclusion.stages) == (RolloutState.SUPERSEDED, (Milestone.FAILED,))
    assert change.annotations.get(annotation.QUARANTINE) == quarantine
    assert change.images == ()


def test_the_second_time_an_older_image_counts_as_undone() -> None:
    again = replace(a_record(), repeats=1)
    _, change = concluded(Superseded("somebody set the image", "app"), again, shop(BEGUN, "shop:0.9.0"))
    assert change.annotations[annotation.QUARANTINE] == NEW


def test_who_opts_out_gets_nothing_written_but_the_end() -> None:
    gone = shop(BEGUN, OLD, enabled="false")
    _, change = concluded(Superseded("it is no longer true"), None, gone)
    assert change.annotations.keys() == {annotation.ROLLOUT}
