"""The last rollouts of a workload."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.rollouts import BEGUN, NOON, a_record, shop, with_record
from watch_cluster.domain.rollout.changes import closed_record, record_change
from watch_cluster.domain.rollout.record.history import LONGEST_MESSAGE, MOST_ROLLOUTS, History, PastRollout
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload

UID = a_record().uid


def ended(number: int = 0, state: RolloutState = RolloutState.DONE, message: str = "") -> RolloutRecord:
    record = replace(a_record(), id=f"{number:012}")
    return closed_record(record, state, message, NOON + timedelta(minutes=number))


def with_history(text: str) -> Workload:
    return replace(shop(BEGUN), annotations={annotation.HISTORY: text})


def test_an_end_enters_the_history_with_the_record() -> None:
    running = with_record(shop(BEGUN), a_record())
    change = record_change(running, ended())
    written = change.annotations[annotation.HISTORY]
    assert History.of(with_history(str(written))).rollouts == (
        PastRollout("000000000000", NOON, RolloutState.DONE, "shop:1.0.0 -> shop:1.0.1"),
    )


def test_a_rollout_in_progress_does_not() -> None:
    running = with_record(shop(BEGUN), a_record())
    assert annotation.HISTORY not in record_change(running, a_record()).annotations


def test_the_same_end_is_remembered_once() -> None:
    once = History(UID).with_record(ended())
    assert once.with_record(ended()) == once


def test_a_failure_is_remembered_with_its_reason_a_success_without() -> None:
    history = History(UID).with_record(ended(1, RolloutState.FAILED, "it crashed"))
    history = history.with_record(ended(2, message="Updated it"))
    assert [rollout.message for rollout in history.rollouts] == ["it crashed", None]


def test_only_the_latest_rollouts_are_kept_and_long_reasons_cut() -> None:
    history = History(UID)
    for number in range(MOST_ROLLOUTS + 5):
        history = history.with_record(ended(number, RolloutState.FAILED, "x" * 10_000))
    assert [rollout.id for rollout in history.rollouts] == [f"{number:012}" for number in range(5, MOST_ROLLOUTS + 5)]
    assert len(history.rollouts[0].message or "") == LONGEST_MESSAGE + 1
    assert len(str(history)) < 8192


def test_a_record_is_read_back_as_written() -> None:
    history = History(UID).with_record(ended(1, RolloutState.FAILED, "it crashed")).with_record(ended(2))
    assert History.of(with_history(str(history))) == history


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="no JSON"),
        pytest.param("[]", id="no object"),
        pytest.param('{"uid": "u"}', id="no rollouts"),
        pytest.param(json.dumps({"uid": UID, "rollouts": {}}), id="rollouts are no list"),
        pytest.param(json.dumps({"uid": UID, "rollouts": ["odd"]}), id="an odd rollout"),
        pytest.param(str(History("another").with_record(ended())), id="of another workload"),
    ],
)
def test_a_history_that_we_did_not_write_for_this_workload_counts_as_empty(text: str) -> None:
    assert History.of(with_history(text)) == History(UID)
