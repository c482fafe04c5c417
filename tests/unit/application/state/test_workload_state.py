"""What is remembered of a workload, and when it is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from tests.unit.application.shop import CART, SHOP
from tests.unit.domain.rollouts import FAILURE, NOON, a_record
from watch_cluster.application.state.workload_state import DetectedAs, WorkloadState, WorkloadStates
from watch_cluster.domain.rollout.evaluation.in_progress import InProgress
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.record.record import RolloutRecord

RECORD: Final = a_record()
OTHER: Final = replace(RECORD, id="another")
PROGRESS: Final = InProgress(1.0, timedelta(minutes=5))


def test_a_state_has_the_last_evaluation_of_its_rollout() -> None:
    state = WorkloadState()
    assert state.progress_of(RECORD) is None
    state.observe(RECORD, PROGRESS)
    later = InProgress(2.0, timedelta(minutes=5))
    state.observe(RECORD, later)
    assert state.progress_of(RECORD) is later


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(OTHER, id="another rollout"),
        pytest.param(replace(RECORD, failure=FAILURE), id="the rollback of the same rollout"),
    ],
)
def test_an_evaluation_of_another_rollout_or_direction_does_not_count(other: RolloutRecord) -> None:
    state = WorkloadState()
    state.observe(RECORD, PROGRESS)
    assert state.progress_of(other) is None
    state.observe(other, PROGRESS)
    assert (state.progress_of(RECORD), state.progress_of(other)) == (None, PROGRESS)


def test_a_state_follows_the_rollout_that_it_last_observed() -> None:
    state = WorkloadState()
    assert (state.is_following(None), state.is_following(RECORD)) == (True, False)
    state.observe(RECORD, PROGRESS)
    assert [state.is_following(each) for each in (None, RECORD, OTHER)] == [False, True, False]
    assert state.is_following(replace(RECORD, failure=FAILURE)), "a rollback is of the same rollout"
    state.started = RECORD.id
    state.stop_following()
    assert state.is_following(None)
    assert state == WorkloadState()


def test_opting_out_forgets_all_but_what_is_owed_and_the_rollout() -> None:
    event = Event(EventReason.IMAGE_UPDATED, SHOP, "uid-1", "Updated shop", RECORD.id, RECORD.id)
    state = WorkloadState(
        seen_approval=True,
        approved="1.0.1",
        detected_as=DetectedAs("uid-1", frozenset(), ()),
        emitted={EventReason.REGISTRY_ERROR: ("identity", 1.0)},
        owed=[event],
        followed=RECORD.id,
        deliveries={"notification": NOON},
        failures={"CHECK": 3},
        registry_failed=True,
    )
    state.observe(RECORD, PROGRESS)
    state.opt_out()
    kept = WorkloadState(approved="1.0.1", owed=[event], followed=RECORD.id, deliveries={"notification": NOON})
    kept.observe(RECORD, PROGRESS)
    assert state == kept


def test_each_workload_has_a_state_of_its_own() -> None:
    states = WorkloadStates()
    assert states.of(SHOP) is states.of(SHOP)
    assert states.of(SHOP) is not states.of(CART)
    assert len(states) == 2


def test_looking_for_a_state_makes_none() -> None:
    states = WorkloadStates()
    assert states.find(SHOP) is None
    assert len(states) == 0
    assert states.of(SHOP) is states.find(SHOP)


def test_a_forgotten_workload_is_new() -> None:
    states = WorkloadStates()
    states.of(SHOP).observe(RECORD, PROGRESS)
    kept = states.of(CART)
    states.forget(SHOP)
    states.forget(SHOP)
    assert states.find(SHOP) is None
    assert states.of(SHOP) == WorkloadState()
    assert states.of(CART) is kept


def test_every_state_can_be_changed_at_once() -> None:
    states = WorkloadStates()
    for key in (SHOP, CART):
        states.of(key).failures["CHECK"] = 2
    states.update_all(lambda state: state.failures.clear())
    assert [states.of(key).failures for key in (SHOP, CART)] == [{}, {}]
