"""Rollout windows."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.schedule import InvalidSchedule, Schedule
from watch_cluster.domain.schedule.duration import InvalidDuration
from watch_cluster.domain.schedule.window import InvalidWindow, Window, parse_windows

SUNDAYS = Window(Schedule.parse("0 0 2 ? * SUN"), timedelta(hours=4))
NIGHTLY = Window(Schedule.parse("0 2 * * *"), timedelta(minutes=90))


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        pytest.param("0 0 2 ? * SUN 4h", (SUNDAYS,), id="Quartz"),
        pytest.param("0 2 * * * 1h30m", (NIGHTLY,), id="Unix"),
        pytest.param("0 0 2 ? * SUN 4h;0 2 * * * 1h30m", (SUNDAYS, NIGHTLY), id="several"),
        pytest.param("  0 0 2 ? * SUN  4h ;  0 2 * * * 1h30m  ", (SUNDAYS, NIGHTLY), id="blanks"),
        pytest.param(
            "0 0 2 ? * SUN 2026 366d", (Window(Schedule.parse("0 0 2 ? * SUN 2026"), timedelta(366)),), id="a year"
        ),
    ],
)
def test_a_window_is_a_cron_expression_and_a_duration(text: str, windows: tuple[Window, ...]) -> None:
    assert parse_windows(text) == windows


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "write a cron expression and a duration", id="nothing"),
        pytest.param("4h", "write a cron expression and a duration", id="a duration alone"),
        pytest.param("0 0 2 ? * SUN", "'SUN' is not a duration", id="a cron expression alone"),
        pytest.param("0 0 2 ? * SUN 0", "more than 0", id="no time at all"),
        pytest.param("0 0 2 ? * SUN 367d", "at most 366d", id="too long"),
        pytest.param("0 0 99 ? * SUN 4h", "hour '99'", id="no cron expression"),
        pytest.param("0 0 2 ? * SUN 4h;", "'' is not a window", id="one too few"),
    ],
)
def test_rejects_an_invalid_window_and_says_how_to_write_one(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_windows(text)


@given(st.text())
def test_any_text_is_windows_or_a_declared_error(text: str) -> None:
    with suppress(InvalidWindow, InvalidDuration, InvalidSchedule):
        parse_windows(text)
