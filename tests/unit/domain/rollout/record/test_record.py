"""The record of a rollout."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.images.origin import ImageOrigin
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.changes import (
    closed_record,
    mark_delivered,
    new_record,
    record_change,
    start_change,
    success_annotations,
)
from watch_cluster.domain.rollout.record.failure import Failure, FailureCause
from watch_cluster.domain.rollout.record.history import History
from watch_cluster.domain.rollout.record.lifecycle import Milestone, RolloutState
from watch_cluster.domain.rollout.record.record import InvalidRolloutRecord, RolloutRecord, record_error
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, ImageChange, Progress, Workload, WorkloadKey

NOON = datetime(2031, 1, 1, 12, tzinfo=UTC)
STEP = ImageChange("app", "shop:1.0.0", "shop:1.0.1")
COMPLETE = Progress(observed=True, desired=2, updated=2, available=2, outdated=0)
TERMS = RolloutSettings(timedelta(minutes=10))
DIGEST, OTHER = (f"sha256:{digit * 64}" for digit in "01")


def a_workload(image: str = "shop:1.0.1") -> Workload:
    key = WorkloadKey("default", "Deployment", "shop")
    return Workload(key, "uid-1", (Container("app", image),), COMPLETE, NOON, {annotation.ENABLED: "true"})


def a_record() -> RolloutRecord:
    return new_record(a_workload(), (STEP,), TERMS, NOON)


def with_record(workload: Workload, text: str) -> Workload:
    return replace(workload, annotations={**workload.annotations, annotation.ROLLOUT: text})


def test_a_record_reads_back_as_it_was_written() -> None:
    assert RolloutRecord.parse(str(a_record())) == a_record()


def test_where_an_image_comes_from_stays_on_record_and_what_others_write_there_is_read_strictly() -> None:
    origin = ImageOrigin("https://github.com/team/shop", revision="8f2c1e0")
    record = new_record(a_workload(), (replace(STEP, origin=origin),), TERMS, NOON)
    assert RolloutRecord.parse(str(record)) == record
    forged = str(record).replace("https://github.com/team/shop", "https://user:secret@github.com/team/shop")
    assert RolloutRecord.parse(forged).images[0].origin == ImageOrigin(revision="8f2c1e0")


def test_the_same_change_of_the_same_workload_at_another_time_is_another_rollout() -> None:
    later = new_record(a_workload(), (STEP,), TERMS, NOON + timedelta(seconds=1))
    assert later.id != a_record().id


def with_field(field: str, value: object) -> str:
    """A record with another value in one field."""
    return json.dumps({**json.loads(str(a_record())), field: value})


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
        pytest.param(str(a_record()).replace("600.0", "true"), id="a flag for the timeout"),
        pytest.param(str(a_record()).replace("600.0", "-1"), id="a negative timeout"),
        pytest.param(str(a_record()).replace("600.0", "NaN"), id="no number for the timeout"),
        pytest.param(str(a_record()).replace("2031-01-01", "9999-12-31"), id="the end of the calendar"),
        pytest.param(str(a_record()).replace("2031-01-01", "0001-01-01"), id="the begin of the calendar"),
        pytest.param(str(a_record()).replace("+00:00", ""), id="no time zone"),
        pytest.param(with_field("id", "é"), id="an id that is not ASCII"),
        pytest.param(with_field("id", "a b"), id="an id with a blank"),
        pytest.param(with_field("id", ""), id="an empty id"),
        pytest.param(with_field("id", "a" * 300), id="a long id"),
        pytest.param(with_field("uid", "uid\n1"), id="a uid with a line break"),
        pytest.param(with_field("containers", []), id="a list of containers"),
        pytest.param(with_field("containers", {}), id="no containers"),
        pytest.param(with_field("containers", {"a b": {"from": "x:1", "to": "x:2"}}), id="no name of a container"),
        pytest.param(
            with_field("containers", {f"c{each}": {"from": "x:1", "to": "x:2"} for each in range(200)}),
            id="too many containers",
        ),
        pytest.param(with_field("unreported", "failed"), id="text for the milestones"),
        pytest.param(with_field("unreported", ["failed"] * 1000), id="too many milestones"),
        pytest.param(with_field("unreported", [["failed"]]), id="a list for a milestone"),
        pytest.param(with_field("repeats", True), id="a flag for a count"),
        pytest.param(with_field("repeats", -1), id="a negative count"),
        pytest.param(with_field("retries", 10**30), id="a huge count"),
        pytest.param(with_field("message", ["it crashed"]), id="a list for the message"),
        pytest.param(with_field("message", "x" * 20_000), id="a long message"),
        pytest.param(with_field("owed", [{"reason": "ImageUpdated"}]), id="half an event"),
        pytest.param(with_field("owed", {"reason": "ImageUpdated"}), id="an event for the list of them"),
        pytest.param(with_field("failure", {"message": "x", "fault": "image", "containers": "app"}), id="no failure"),
        pytest.param(
            with_field("earlier", [{**json.loads(with_field("earlier", [json.loads(str(a_record()))]))}]),
            id="an earlier record of an earlier record",
        ),
        pytest.param(str(a_record()).replace("shop:1.0.0", ""), id="no image before"),
        pytest.param(str(a_record()).replace("shop:1.0.1", "SHOP//"), id="no image after"),
        pytest.param(str(a_record()).replace('"shop:1.0.1"', '"shop:1.0.1","ran":"x"'), id="no digest"),
    ],
)
def test_a_text_that_we_did_not_write_is_no_record(text: str) -> None:
    with pytest.raises(InvalidRolloutRecord):
        RolloutRecord.parse(text)
    assert RolloutRecord.of(with_record(a_workload(), text)) is None


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_any_text_is_a_record_or_the_declared_error(value: object) -> None:
    for text in (str(value), repr(value)):
        with pytest.raises(InvalidRolloutRecord):
            RolloutRecord.parse(text)


def test_the_owner_is_notified_of_an_unreadable_record() -> None:
    fault = record_error(with_record(a_workload(), with_field("id", "é")))
    assert str(fault).startswith('watch-cluster.io/rollout: \'{"id": "')
    assert str(fault).endswith("is not valid, Watch-Cluster has not written it like this: remove it")
    assert record_error(with_record(a_workload(), str(a_record()))) is None
    assert record_error(a_workload()) is None


@given(st.text(st.characters(exclude_categories=())))
def test_text_for_people_can_be_stored_and_shown(message: str) -> None:
    read = RolloutRecord.parse(with_field("message", message)).message
    assert read is not None
    assert len(read.encode()) >= len(read) == len(message)
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in read)


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["failed", "running", "é"]),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(json.loads(str(a_record())))), JSON, max_size=3), JSON, JSON, JSON)
def test_any_fields_are_a_record_or_the_declared_error(
    fields: dict[str, object], unreported: object, owed: object, failure: object
) -> None:
    more = {"unreported": unreported, "owed": owed, "failure": failure}
    written = json.dumps({**json.loads(str(a_record())), **fields, **more})
    try:
        record = RolloutRecord.parse(written)
    except InvalidRolloutRecord:
        return
    assert record.id.isascii()
    assert RolloutRecord.parse(str(record)) == record


def test_a_record_that_was_copied_from_another_workload_is_ignored() -> None:
    copy = replace(with_record(a_workload(), str(a_record())), uid="uid-2")
    assert RolloutRecord.of(copy) is None


FAILURE = Failure("it crashed", FailureCause.IMAGE, ("app",), NOON)


def test_a_record_with_all_that_it_may_hold_reads_back_as_it_was_written() -> None:
    full = replace(
        a_record(),
        images=(ImageChange("app", "shop:latest", "shop:latest", ran=DIGEST, digest=OTHER),),
        rollout_settings=RolloutSettings(timedelta(minutes=1), timedelta(seconds=90), rollback=False),
        state=RolloutState.FAILED,
        unhealthy_before=True,
        repeats=1,
        retries=2,
        failure=FAILURE,
        ended=NOON,
        message='a<b> -> "c" & d\u2028é',
        undelivered=(Milestone.FAILED, Milestone.ROLLBACK_FAILED),
    )
    assert RolloutRecord.parse(str(full)) == full
    assert RolloutRecord.parse(str(replace(a_record(), earlier=(full, full)))).earlier == (full, full)


def test_a_record_contains_no_characters_that_are_escaped() -> None:
    written = str(replace(a_record(), message="a<b> -> c & d\u2028é"))
    assert written.isascii()
    assert not set("<>&") & set(written)


def test_the_opening_changes_images_and_record_together_and_only_while_opted_in() -> None:
    change = start_change(a_record(), {annotation.PENDING: None})
    assert change.uid == "uid-1"
    assert change.images == (STEP,)
    assert change.annotations == {annotation.ROLLOUT: str(a_record()), annotation.PENDING: None}
    assert change.expected == {annotation.ENABLED: "true"}


def test_a_later_change_overwrites_exactly_the_record_that_was_read() -> None:
    running = with_record(a_workload(), str(a_record()))
    closed = closed_record(a_record(), RolloutState.DONE, "all is well", NOON)
    change = record_change(running, closed, {annotation.CHANGE: "written"})
    assert change.expected == {annotation.ROLLOUT: str(a_record())}
    history = str(History.of(running).with_record(closed))
    assert change.annotations == {
        annotation.CHANGE: "written",
        annotation.HISTORY: history,
        annotation.ROLLOUT: str(closed),
    }
    assert (closed.state, closed.message, closed.ended) == (RolloutState.DONE, "all is well", NOON)


def test_a_success_names_the_update() -> None:
    assert success_annotations(a_record(), NOON + timedelta(milliseconds=1500)) == {
        annotation.LAST_UPDATE: "1925035201500",
        annotation.LAST_UPDATE_IMAGE: "shop:1.0.1",
        annotation.CHANGE: "shop:1.0.0 -> shop:1.0.1",
    }


def test_the_same_images_again_are_counted_and_others_are_not() -> None:
    done = with_record(a_workload(), str(replace(a_record(), state=RolloutState.DONE)))
    second = new_record(done, (STEP,), TERMS, NOON)
    other = new_record(done, (replace(STEP, after="shop:1.0.2"),), TERMS, NOON)
    assert (a_record().repeats, second.repeats, other.repeats) == (0, 1, 0)


@pytest.mark.parametrize(("fault", "retries"), [(FailureCause.ENVIRONMENT, 1), (FailureCause.IMAGE, 0)])
def test_a_failure_of_the_environment_counts_as_a_retry(fault: FailureCause, retries: int) -> None:
    failed = replace(a_record(), state=RolloutState.ROLLED_BACK, failure=replace(FAILURE, cause=fault))
    again = new_record(with_record(a_workload(), str(failed)), (STEP,), TERMS, NOON)
    assert (again.retries, again.repeats) == (retries, 0)


def test_the_record_says_whether_the_workload_was_healthy_before() -> None:
    sick = replace(a_workload(), progress=replace(COMPLETE, available=1))
    assert (a_record().unhealthy_before, new_record(sick, (STEP,), TERMS, NOON).unhealthy_before) == (False, True)


def test_an_undelivered_end_outlives_the_next_rollout() -> None:
    first = replace(closed_record(a_record(), RolloutState.DONE, "", NOON), undelivered=(Milestone.COMPLETED,))
    workload = with_record(a_workload(), str(first))
    second = new_record(workload, (STEP,), TERMS, NOON + timedelta(hours=1))

    assert [each.id for each in second.all_undelivered] == [first.id]
    change = mark_delivered(with_record(workload, str(second)), second, {(first.id, Milestone.COMPLETED)})
    assert RolloutRecord.parse(str(change.annotations[annotation.ROLLOUT])) == replace(second, earlier=())


def test_each_milestone_is_marked_as_delivered_by_itself() -> None:
    record = replace(a_record(), undelivered=(Milestone.FAILED, Milestone.ROLLED_BACK))
    change = mark_delivered(with_record(a_workload(), str(record)), record, {(record.id, Milestone.FAILED)})
    left = RolloutRecord.parse(str(change.annotations[annotation.ROLLOUT]))
    assert left.undelivered == (Milestone.ROLLED_BACK,)


def test_keeps_the_last_of_very_many_undelivered_ends() -> None:
    workload, begun = a_workload(), []
    for hour in range(10):
        record = new_record(workload, (STEP,), TERMS, NOON + timedelta(hours=hour))
        begun.append(record.id)
        closed = replace(closed_record(record, RolloutState.DONE, "", NOON), undelivered=(Milestone.COMPLETED,))
        workload = with_record(workload, str(closed))

    last = RolloutRecord.of(workload)
    assert last is not None
    assert [each.id for each in last.all_undelivered] == begun[-6:]


@pytest.mark.parametrize(
    ("step", "back"),
    [
        pytest.param(STEP, ImageChange("app", "shop:1.0.1", "shop:1.0.0"), id="another tag"),
        pytest.param(
            ImageChange("app", f"shop:latest@{DIGEST}", f"shop:latest@{OTHER}"),
            ImageChange("app", f"shop:latest@{OTHER}", f"shop:latest@{DIGEST}"),
            id="a pinned tag",
        ),
        pytest.param(
            ImageChange("app", "shop:latest", f"shop:latest@{OTHER}", ran=DIGEST),
            ImageChange("app", f"shop:latest@{OTHER}", f"shop:latest@{DIGEST}"),
            id="a tag that was not pinned before",
        ),
        pytest.param(
            ImageChange("app", "shop:latest", "shop:latest", ran=DIGEST, digest=OTHER),
            ImageChange("app", "shop:latest", f"shop:latest@{DIGEST}", digest=DIGEST),
            id="a tag that stays unpinned",
        ),
        pytest.param(
            ImageChange("app", "shop:latest", f"shop:latest@{OTHER}"), None, id="it is unknown what ran before"
        ),
    ],
)
def test_a_rollback_restores_what_ran_before(step: ImageChange, back: ImageChange | None) -> None:
    record = replace(a_record(), images=(step,))
    assert record.rollback_changes == (None if back is None else (back,))
    assert replace(record, failure=FAILURE).target_changes == (() if back is None else (back,))
    assert record.target_changes == (step,)


def test_the_latest_of_several_records_counts() -> None:
    running = a_record()
    failed = replace(running, failure=FAILURE)
    closed = replace(failed, state=RolloutState.ROLLED_BACK)
    later = new_record(a_workload(), (STEP,), TERMS, NOON + timedelta(minutes=1))
    in_order = [running, failed, closed, later]
    for number, each in enumerate(in_order):
        texts = tuple(str(one) for one in in_order[: number + 1])
        assert RolloutRecord.among(a_workload(), (None, "nonsense", *reversed(texts))) == each


def test_a_rollout_starts_after_the_last_one_also_when_the_clock_was_set_back() -> None:
    first = a_record()
    second = new_record(with_record(a_workload(), str(first)), (STEP,), TERMS, NOON - timedelta(hours=1))
    assert second.precedence > first.precedence
    assert second.id != first.id
