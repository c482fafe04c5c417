"""The record of a rollout, and the verdict on how it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain import annotation
from watch_cluster.domain.rollout import Ended, InvalidRolloutRecord, RolloutRecord, RolloutState
from watch_cluster.domain.verdict import Ongoing, judge
from watch_cluster.domain.workload import Container, ImageChange, Progress, Workload, WorkloadKey

NOON = datetime(2031, 1, 1, 12, tzinfo=UTC)
STEP = ImageChange("app", "shop:1.0.0", "shop:1.0.1")
HALF_WAY = Progress(observed=True, desired=2, updated=1, available=2, outdated=1)
COMPLETE = Progress(observed=True, desired=2, updated=2, available=2, outdated=0)


def a_workload(progress: Progress = HALF_WAY, *, image: str = "shop:1.0.1", enabled: str = "true") -> Workload:
    key = WorkloadKey("default", "Deployment", "shop")
    return Workload(key, "uid-1", (Container("app", image),), progress, NOON, {annotation.ENABLED: enabled})


def a_record(timeout: timedelta = timedelta(minutes=10)) -> RolloutRecord:
    return RolloutRecord.begin(a_workload(), (STEP,), timeout, NOON)


def with_record(workload: Workload, text: str) -> Workload:
    return replace(workload, annotations={**workload.annotations, annotation.ROLLOUT: text})


def test_a_record_reads_back_as_it_was_written() -> None:
    assert RolloutRecord.parse(str(a_record())) == a_record()


def test_the_same_change_of_the_same_workload_at_another_time_is_another_rollout() -> None:
    later = RolloutRecord.begin(a_workload(), (STEP,), timedelta(minutes=10), NOON + timedelta(seconds=1))
    assert later.id != a_record().id


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("done", id="no JSON"),
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="no fields"),
        pytest.param("null", id="null"),
        pytest.param(str(a_record()).replace("running", "asleep"), id="unknown state"),
        pytest.param(str(a_record()).replace('"uid-1"', "7"), id="a number for the uid"),
        pytest.param(str(a_record()).replace("600.0", '"long"'), id="a word for the timeout"),
        pytest.param(str(a_record()).replace("600.0", "1e300"), id="a timeout beyond all times"),
        pytest.param(str(a_record()).replace("2031-01-01", "noon"), id="no time"),
        pytest.param("[" * 100_000, id="nested without end"),
    ],
)
def test_what_we_did_not_write_is_no_record(text: str) -> None:
    with pytest.raises(InvalidRolloutRecord):
        RolloutRecord.parse(text)
    assert RolloutRecord.of(with_record(a_workload(), text)) is None


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_any_text_is_a_record_or_the_declared_error(value: object) -> None:
    for text in (str(value), repr(value)):
        with pytest.raises(InvalidRolloutRecord):
            RolloutRecord.parse(text)


def test_a_record_that_was_copied_from_another_workload_is_ignored() -> None:
    copy = replace(with_record(a_workload(), str(a_record())), uid="uid-2")
    assert RolloutRecord.of(copy) is None


def test_the_opening_changes_images_and_record_together_and_only_while_opted_in() -> None:
    opening = a_record().opening()
    assert opening.uid == "uid-1"
    assert opening.images == (STEP,)
    assert opening.annotations == {annotation.ROLLOUT: str(a_record())}
    assert opening.expected == {annotation.ENABLED: "true"}


def test_the_closing_of_a_success_overwrites_exactly_the_record_and_tells_the_update() -> None:
    now = NOON + timedelta(milliseconds=1500)
    closing = a_record().closing(Ended(RolloutState.DONE, "why"), now)
    assert closing.images == ()
    assert closing.expected == {annotation.ROLLOUT: str(a_record())}
    assert closing.annotations == {
        annotation.LAST_UPDATE: "1925035201500",
        annotation.LAST_UPDATE_IMAGE: "shop:1.0.1",
        annotation.CHANGE: "shop:1.0.0 -> shop:1.0.1",
        annotation.ROLLOUT: str(replace(a_record(), state=RolloutState.DONE, ended=now)),
    }


@pytest.mark.parametrize("state", [RolloutState.FAILED, RolloutState.SUPERSEDED])
def test_the_closing_of_a_failure_tells_no_update(state: RolloutState) -> None:
    closing = a_record().closing(Ended(state, "why"), NOON)
    assert closing.annotations == {annotation.ROLLOUT: str(replace(a_record(), state=state, ended=NOON, failure="why"))}


@pytest.mark.parametrize(
    ("workload", "state", "words"),
    [
        pytest.param(a_workload(COMPLETE), RolloutState.DONE, "available", id="complete"),
        pytest.param(
            a_workload(Progress(observed=True, desired=0, updated=0, available=0, outdated=0)),
            RolloutState.DONE,
            "available",
            id="nothing wanted",
        ),
        pytest.param(
            a_workload(replace(HALF_WAY, stalled="shop-5d has timed out progressing")),
            RolloutState.FAILED,
            "timed out progressing",
            id="given up",
        ),
        pytest.param(
            a_workload(replace(COMPLETE, stalled="timed out")),
            RolloutState.FAILED,
            "timed out",
            id="given up, counts full",
        ),
        pytest.param(a_workload(COMPLETE, image="shop:9"), RolloutState.SUPERSEDED, "shop:9", id="a third image"),
        pytest.param(
            a_workload(COMPLETE, image="shop:1.0.0"), RolloutState.SUPERSEDED, "shop:1.0.0", id="the old image again"
        ),
        pytest.param(a_workload(COMPLETE, enabled="false"), RolloutState.SUPERSEDED, "no longer true", id="opted out"),
        pytest.param(
            a_workload(COMPLETE, enabled="yes"), RolloutState.SUPERSEDED, "no longer true", id="opted in no more"
        ),
        pytest.param(
            replace(a_workload(COMPLETE), containers=(Container("other", "shop:1.0.1"),)),
            RolloutState.SUPERSEDED,
            "removed",
            id="container removed",
        ),
    ],
)
def test_a_rollout_ends(workload: Workload, state: RolloutState, words: str) -> None:
    verdict = judge(a_record(), workload, None, NOON)
    assert isinstance(verdict, Ended)
    assert verdict.state is state
    assert words in verdict.message


@pytest.mark.parametrize(
    "progress",
    [
        pytest.param(HALF_WAY, id="half way"),
        pytest.param(replace(COMPLETE, observed=False), id="not yet observed"),
        pytest.param(
            replace(COMPLETE, observed=False, stalled="of the last rollout"), id="old failure, not yet observed"
        ),
        pytest.param(replace(COMPLETE, outdated=1), id="an old one left"),
        pytest.param(replace(COMPLETE, available=1), id="one not available"),
        pytest.param(replace(COMPLETE, updated=1), id="one not updated"),
    ],
)
def test_a_rollout_goes_on(progress: Progress) -> None:
    verdict = judge(a_record(), a_workload(progress), None, NOON)
    assert verdict == Ongoing(progress, NOON, NOON + timedelta(minutes=10))


def test_no_progress_for_the_timeout_is_a_failure() -> None:
    look = judge(a_record(), a_workload(), None, NOON)
    assert isinstance(look, Ongoing)
    almost = judge(a_record(), a_workload(), look, NOON + timedelta(minutes=9, seconds=59))
    assert isinstance(almost, Ongoing)
    assert isinstance(judge(a_record(), a_workload(), almost, NOON + timedelta(minutes=11)), Ended)
    verdict = judge(a_record(), a_workload(), almost, NOON + timedelta(minutes=10))
    assert verdict == Ended(
        RolloutState.FAILED, "no progress for 0:10:00: 1 of 2 updated, 2 available, 1 old ones left"
    )


def test_any_movement_of_the_counts_starts_the_timeout_again() -> None:
    look = judge(a_record(), a_workload(), None, NOON)
    assert isinstance(look, Ongoing)
    moved = judge(a_record(), a_workload(replace(HALF_WAY, available=1)), look, NOON + timedelta(minutes=9))
    assert isinstance(moved, Ongoing)
    assert moved.until == NOON + timedelta(minutes=19)


def test_the_timeout_is_never_shorter_than_the_orchestrators_own_deadline() -> None:
    patient = a_workload(replace(HALF_WAY, deadline=timedelta(hours=1)))
    verdict = judge(a_record(), patient, None, NOON)
    assert isinstance(verdict, Ongoing)
    assert verdict.until == NOON + timedelta(hours=1)


def test_a_record_with_all_that_it_may_hold_reads_back_as_it_was_written() -> None:
    step = ImageChange("app", "shop:latest", "shop:latest", ran="sha256:" + "0" * 64, digest="sha256:" + "1" * 64)
    ended = replace(
        a_record(), images=(step,), state=RolloutState.FAILED, repeats=1, ended=NOON, failure="why", unreported=True
    )
    assert RolloutRecord.parse(str(replace(a_record(), earlier=(ended, ended)))).earlier == (ended, ended)


def test_the_same_images_again_are_counted_and_others_are_not() -> None:
    first = a_record()
    ended = with_record(a_workload(), str(replace(first, state=RolloutState.DONE)))
    second = RolloutRecord.begin(ended, (STEP,), first.timeout, NOON)
    other = RolloutRecord.begin(ended, (replace(STEP, after="shop:1.0.2"),), first.timeout, NOON)
    assert (first.repeats, second.repeats, other.repeats) == (0, 1, 0)


def test_an_end_that_nobody_has_heard_of_outlives_the_next_rollout() -> None:
    closing = a_record().closing(Ended(RolloutState.DONE, "why"), NOON, unreported=True)
    ended = with_record(a_workload(), str(closing.annotations[annotation.ROLLOUT]))
    second = RolloutRecord.begin(ended, (STEP,), timedelta(minutes=10), NOON + timedelta(hours=1))

    assert [each.id for each in second.all_unreported] == [a_record().id]
    reported = RolloutRecord.parse(str(second.reported({a_record().id}).annotations[annotation.ROLLOUT]))
    assert reported == replace(second, earlier=())


def test_of_very_many_unheard_ends_the_last_are_kept() -> None:
    workload, begun = a_workload(), []
    for hour in range(10):
        record = RolloutRecord.begin(workload, (STEP,), timedelta(minutes=10), NOON + timedelta(hours=hour))
        begun.append(record.id)
        closing = record.closing(Ended(RolloutState.DONE, "why"), NOON, unreported=True)
        workload = with_record(workload, str(closing.annotations[annotation.ROLLOUT]))

    last = RolloutRecord.of(workload)
    assert last is not None
    assert [each.id for each in last.all_unreported] == begun[-6:]


def test_the_template_tells_whether_an_unpinned_rollout_was_taken_over() -> None:
    step = ImageChange("app", "shop:latest", "shop:latest", digest="sha256:" + "1" * 64)
    record = replace(a_record(), images=(step,))
    workload = a_workload(COMPLETE, image="shop:latest")

    assert isinstance(judge(record, replace(workload, template_digest=step.digest), None, NOON), Ended)
    taken = judge(record, replace(workload, template_digest="sha256:" + "2" * 64), None, NOON)
    assert isinstance(taken, Ended)
    assert taken.state is RolloutState.SUPERSEDED
    earlier = judge(record, replace(workload, template_digest="sha256:" + "0" * 64), None, NOON)
    assert isinstance(earlier, Ended)
    assert earlier.state is RolloutState.SUPERSEDED


def test_what_an_earlier_rollout_left_on_the_template_says_nothing_of_a_pinned_one() -> None:
    workload = replace(a_workload(COMPLETE), template_digest="sha256:" + "2" * 64)
    verdict = judge(a_record(), workload, None, NOON)
    assert isinstance(verdict, Ended)
    assert verdict.state is RolloutState.DONE


def test_what_cannot_be_verified_is_done_as_soon_as_it_is_seen_and_says_so() -> None:
    progress = replace(HALF_WAY, unverifiable="only later Jobs run it")
    assert judge(a_record(), a_workload(progress), None, NOON) == Ended(
        RolloutState.DONE, "applied, not verified", "only later Jobs run it"
    )
    assert isinstance(judge(a_record(), a_workload(replace(progress, observed=False)), None, NOON), Ongoing)
