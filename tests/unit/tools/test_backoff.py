"""Pauses double with each failure, up to a limit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.tools.backoff import exponential_backoff, jittered


def test_doubles_with_each_failure_up_to_the_longest_pause() -> None:
    assert [exponential_backoff(failures, 0.5, 15.0) for failures in range(7)] == [0.5, 1, 2, 4, 8, 15, 15]


def test_also_doubles_durations() -> None:
    pauses = [exponential_backoff(failures, timedelta(seconds=1), timedelta(minutes=1)) for failures in (0, 3, 9)]
    assert pauses == [timedelta(seconds=1), timedelta(seconds=8), timedelta(minutes=1)]


def test_never_overflows() -> None:
    assert exponential_backoff(10**9, timedelta(hours=1), timedelta(days=1)) == timedelta(days=1)


@given(st.floats(0, 1))
def test_jitter_shortens_by_up_to_a_half(chance: float) -> None:
    assert 5 <= jittered(10, chance) <= 10


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 5.0), (0.5, 7.5), (1.0, 10.0)])
def test_jitter_is_linear_in_chance(chance: float, pause: float) -> None:
    assert jittered(10, chance) == pause
