"""The clocks of candidates."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.workloads import NOON, a_workload
from watch_cluster.domain.update.first_seen import FirstSeen

A, B = "1.0@sha256:a", "1.1@sha256:b"
HOUR = timedelta(hours=1)


def test_the_age_of_a_candidate_counts_from_when_it_was_first_seen() -> None:
    seen = FirstSeen().noting((A,), NOON)
    assert seen.age(A, NOON + HOUR) == HOUR
    assert seen.age(B, NOON + HOUR) == timedelta()


def test_a_running_clock_continues_and_an_unused_one_stops() -> None:
    seen = FirstSeen().noting((A,), NOON).noting((A, B), NOON + HOUR)
    assert seen.times == {A: NOON, B: NOON + HOUR}
    assert seen.noting((B,), NOON + 2 * HOUR).times == {B: NOON + HOUR}


def test_corrects_a_clock_that_was_set_ahead() -> None:
    assert FirstSeen({A: NOON + HOUR}).noting((A,), NOON).times == {A: NOON}
    assert FirstSeen({A: NOON + HOUR}).age(A, NOON) == timedelta()


def test_only_the_newest_candidates_have_clocks() -> None:
    candidates = tuple(f"1.{number}" for number in range(30, 0, -1))
    assert tuple(FirstSeen().noting(candidates, NOON).times) == candidates[:20]


def test_a_written_object_is_read_back() -> None:
    seen = FirstSeen({A: NOON, B: NOON + HOUR})
    assert FirstSeen.of(a_workload("shop:1.0", first_seen=str(seen))) == seen
    assert FirstSeen.of(a_workload("shop:1.0")) == FirstSeen()


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"a": 1}', '{"a": "noon"}', '{"a": null}', "[" * 5000, "7"])
def test_a_corrupt_annotation_is_replaced(text: str) -> None:
    assert FirstSeen.of(a_workload("shop:1.0", first_seen=text)) == FirstSeen()


@given(st.text() | st.dictionaries(st.text(), st.text() | st.integers()).map(str))
def test_accepts_any_text(text: str) -> None:
    FirstSeen.of(a_workload("shop:1.0", first_seen=text))
