"""A Lease as a document, and the decision of one candidate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.adapters.kubernetes.client.micro_time import micro_time
from watch_cluster.adapters.kubernetes.lease.record import (
    LAST_TICK,
    ElectionAction,
    InvalidLease,
    LeaseRecord,
    LeaseTiming,
    ObservedLease,
    next_action,
    parse_tick,
)

NOW = datetime(2026, 5, 1, 12, 0, 0, 7, tzinfo=UTC)
TIMING = LeaseTiming()
MOMENTS = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)


def lease(holder: str | None = "b", duration: int | None = 15, version: str = "7", **metadata: Any) -> LeaseRecord:
    spec = {"holderIdentity": holder, "leaseDurationSeconds": duration, "leaseTransitions": 3}
    return LeaseRecord(
        {"kind": "Lease", "metadata": {"name": "watch-cluster", "resourceVersion": version, **metadata}, "spec": spec}
    )


@pytest.mark.parametrize(
    ("present", "seen", "age", "step"),
    [
        pytest.param(None, None, 0, ElectionAction.CREATE, id="there is none and never was"),
        pytest.param(lease("b"), lease("b"), 0, ElectionAction.FOLLOW, id="another holds it and was seen just now"),
        pytest.param(lease("b"), lease("b"), 14.9, ElectionAction.FOLLOW, id="another was seen to renew 14.9 s ago"),
        pytest.param(lease("b"), lease("b"), 15, ElectionAction.CLAIM, id="another was not seen to renew for 15 s"),
        pytest.param(lease("b", 40), lease("b", 40), 39, ElectionAction.FOLLOW, id="another was promised 40 s"),
        pytest.param(lease("b", 40), lease("b", 40), 40, ElectionAction.CLAIM, id="the 40 s of another are over"),
        pytest.param(
            lease("b", None), lease("b", None), 14, ElectionAction.FOLLOW, id="a holder without a duration has ours"
        ),
        pytest.param(lease("b", None), lease("b", None), 15, ElectionAction.CLAIM, id="and no longer than ours"),
        pytest.param(lease("", 1), lease("", 1), 0, ElectionAction.CLAIM, id="it was given back"),
        pytest.param(lease(None), lease(None), 0, ElectionAction.CLAIM, id="it names no holder"),
        pytest.param(lease("a"), lease("a"), 0, ElectionAction.CLAIM, id="we hold it"),
        pytest.param(lease("a"), lease("a"), 99, ElectionAction.CLAIM, id="we still hold it after a long time"),
        pytest.param(None, lease("a"), 1, ElectionAction.CREATE, id="ours was deleted"),
        pytest.param(None, lease(""), 1, ElectionAction.CREATE, id="it was deleted while nobody held it"),
        pytest.param(None, lease("b"), 14, ElectionAction.FOLLOW, id="that of another was deleted and it may not know"),
        pytest.param(None, lease("b"), 15, ElectionAction.CREATE, id="that of another was deleted long ago"),
    ],
)
def test_what_a_candidate_does(
    present: LeaseRecord | None, seen: LeaseRecord | None, age: float, step: ElectionAction
) -> None:
    observed = None if seen is None else ObservedLease(seen, unchanged_since=100)
    assert next_action("a", present, observed, TIMING, now=100 + age) is step


def test_the_times_written_in_a_lease_decide_nothing() -> None:
    for renewed in ("1999-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z"):
        record = LeaseRecord({**lease().document, "spec": {"holderIdentity": "b", "renewTime": renewed}})
        assert next_action("a", record, ObservedLease(record, 0), TIMING, 14) is ElectionAction.FOLLOW
        assert next_action("a", record, ObservedLease(record, 0), TIMING, 15) is ElectionAction.CLAIM


def test_a_lease_is_as_old_as_our_first_sight_of_its_present_version() -> None:
    first = ObservedLease.of(lease(version="7"), None, 100)
    assert ObservedLease.of(lease(version="7"), first, 110) == first
    assert ObservedLease.of(lease(version="8"), first, 110).unchanged_since == 110


@pytest.mark.parametrize(
    ("duration", "deadline", "retry"),
    [
        pytest.param(10, 10, 2, id="no time between two leads"),
        pytest.param(15, 2, 2, id="no second attempt"),
        pytest.param(15, 10, 0, id="no pause"),
    ],
)
def test_rejects_lease_settings_that_allow_two_leaders(duration: int, deadline: float, retry: float) -> None:
    with pytest.raises(ValueError, match="retry_period < renew_deadline < duration"):
        LeaseTiming(duration, deadline, retry)


def test_a_new_lease_names_its_holder_and_counts_no_transition() -> None:
    document = LeaseRecord.new("ops", "watch-cluster", None).held_by("a", TIMING, NOW, None).document
    assert document == {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"namespace": "ops", "name": "watch-cluster", "annotations": {}},
        "spec": {
            "holderIdentity": "a",
            "leaseDurationSeconds": 15,
            "acquireTime": "2026-05-01T12:00:00.000007Z",
            "renewTime": "2026-05-01T12:00:00.000007Z",
            "leaseTransitions": 0,
        },
    }


def test_taking_a_lease_from_another_counts_a_transition() -> None:
    spec = lease("b").held_by("a", TIMING, NOW, None).document["spec"]
    assert (spec["leaseTransitions"], spec["acquireTime"]) == (4, micro_time(NOW))


def test_renewing_moves_the_renewal_only() -> None:
    taken = lease("b").held_by("a", TIMING, NOW, None)
    renewed = taken.held_by("a", TIMING, NOW + timedelta(seconds=2), None)
    assert renewed.document["spec"] == {**taken.document["spec"], "renewTime": micro_time(NOW + timedelta(seconds=2))}


def test_giving_back_leaves_no_holder_and_the_shortest_duration() -> None:
    spec = lease("a").released(NOW, None).document["spec"]
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"], spec["leaseTransitions"]) == ("", 1, 3)


def test_nothing_that_others_wrote_is_lost() -> None:
    theirs: Mapping[str, Any] = {
        "labels": {"team": "ops"},
        "annotations": {"note": "hands off"},
        "ownerReferences": [{"uid": "1"}],
    }
    record = lease("a", **theirs)
    record = LeaseRecord({**record.document, "spec": {**record.document["spec"], "preferredHolder": "c"}})
    for written in (record.held_by("a", TIMING, NOW, NOW), record.released(NOW, NOW)):
        metadata = written.document["metadata"]
        assert metadata["annotations"] == {"note": "hands off", LAST_TICK: micro_time(NOW)}
        assert (metadata["labels"], metadata["ownerReferences"]) == (theirs["labels"], theirs["ownerReferences"])
        assert metadata["resourceVersion"] == "7"
        assert written.document["spec"]["preferredHolder"] == "c"
    assert LAST_TICK not in record.document["metadata"]["annotations"]


def test_without_a_tick_the_one_on_record_stays() -> None:
    record = lease("b", annotations={LAST_TICK: "before"})
    assert record.held_by("a", TIMING, NOW, None).tick == "before"
    assert record.released(NOW, None).tick == "before"
    assert record.held_by("a", TIMING, NOW, NOW).tick == micro_time(NOW)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>", id="not JSON"),
        pytest.param(b"\xff", id="not text"),
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="no metadata"),
        pytest.param(b'{"metadata":{}}', id="no version"),
        pytest.param(b'{"metadata":{"resourceVersion":7}}', id="a version that is a number"),
        pytest.param(b'{"metadata":{"resourceVersion":"7"},"spec":[1]}', id="a spec that is a list"),
        pytest.param(
            b'{"metadata":{"resourceVersion":"7"},"spec":{"holderIdentity":1}}', id="a holder that is a number"
        ),
        pytest.param(b'{"metadata":{"resourceVersion":"7"},"spec":{"leaseTransitions":"1"}}', id="transitions as text"),
        pytest.param(
            b'{"metadata":{"resourceVersion":"7"},"spec":{"leaseDurationSeconds":"1"}}', id="duration as text"
        ),
        pytest.param(b'{"metadata":{"resourceVersion":"7","annotations":{"watch-cluster.io/last-tick":1}}}', id="tick"),
    ],
)
def test_rejects_a_response_that_is_no_lease(body: bytes) -> None:
    with pytest.raises(InvalidLease, match="is no Lease"):
        LeaseRecord.parse(body)


@given(st.binary())
def test_no_response_makes_the_parser_fail_otherwise(body: bytes) -> None:
    with pytest.raises(InvalidLease):
        LeaseRecord.parse(body)


def test_a_lease_without_spec_and_annotations_has_no_holder() -> None:
    record = LeaseRecord.parse(json.dumps({"metadata": {"resourceVersion": "7"}}).encode())
    assert (record.holder, record.duration, record.transitions, record.tick) == ("", None, 0, None)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        pytest.param(NOW.replace(microsecond=0), "2026-05-01T12:00:00.000000Z", id="a full second"),
        pytest.param(NOW, "2026-05-01T12:00:00.000007Z", id="microseconds"),
        pytest.param(NOW.astimezone(timezone(timedelta(hours=9))), "2026-05-01T12:00:00.000007Z", id="another zone"),
    ],
)
def test_times_have_six_digits_and_are_in_utc(moment: datetime, text: str) -> None:
    assert micro_time(moment) == text


@given(MOMENTS)
def test_a_tick_is_read_as_it_was_written(moment: datetime) -> None:
    assert parse_tick(micro_time(moment)) == moment


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("yesterday", id="words"),
        pytest.param("2026-05-01T12:00:00", id="no zone"),
        pytest.param("0001-01-01T00:00:00+23:59", id="before the first year"),
    ],
)
def test_an_invalid_timestamp_is_no_tick(text: str) -> None:
    assert parse_tick(text) is None


@given(st.text())
def test_no_text_makes_the_reader_of_ticks_fail(text: str) -> None:
    tick = parse_tick(text)
    assert tick is None or tick.tzinfo is UTC
