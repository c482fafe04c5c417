"""Durations."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.schedule.duration import InvalidDuration, parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("30s", timedelta(seconds=30), id="seconds"),
        pytest.param("10m", timedelta(minutes=10), id="minutes"),
        pytest.param("36h", timedelta(hours=36), id="more hours than a day has"),
        pytest.param("3d", timedelta(days=3), id="days"),
        pytest.param("1h30m", timedelta(minutes=90), id="two units"),
        pytest.param("1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4), id="all units"),
        pytest.param("0s", timedelta(), id="nothing"),
    ],
)
def test_a_duration_is_the_sum_of_its_units(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "10", "m", "10 m", "1.5h", "-1m", "30m1h", "10m10m", "10m\n", "1٣s", "99999999999999d", "soon"]
)
def test_rejects_an_invalid_duration_and_says_how_to_write_one(text: str) -> None:
    with pytest.raises(InvalidDuration, match="write 30s, 10m") as caught:
        parse_duration(text)
    assert repr(text) in str(caught.value)


@given(st.text(alphabet="0123456789dhms .-\n", max_size=40))
def test_any_text_is_a_duration_or_the_declared_error(text: str) -> None:
    with suppress(InvalidDuration):
        assert parse_duration(text) >= timedelta()
