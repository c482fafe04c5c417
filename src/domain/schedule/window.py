"""Rollout windows: the times at which rollouts may start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.schedule.duration import parse_duration

_MAX_DURATION: Final = timedelta(days=366)
_SYNTAX: Final = "write a cron expression and a duration, such as 0 0 2 ? * SUN 4h; separate several with ';'"


class InvalidWindow(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is not a valid window."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window that opens when the schedule fires and stays open for the duration."""

    schedule: Schedule
    duration: timedelta


@dataclass(frozen=True, slots=True)
class WindowState:
    """Whether a window of a workload is open, and when one opens next (None for never)."""

    is_open: bool
    next_opening: datetime | None = None


def parse_windows(text: str) -> tuple[Window, ...]:
    """Parse `CRON DURATION`, several separated by `;`.

    Raises `InvalidWindow`, `InvalidSchedule` or `InvalidDuration`.

    >>> [window.duration for window in parse_windows("0 0 2 ? * SUN 4h; 0 2 * * * 30m")]
    [datetime.timedelta(seconds=14400), datetime.timedelta(seconds=1800)]
    """
    return tuple(_parse_window(part.strip()) for part in text.split(";"))


def _parse_window(text: str) -> Window:
    cron, blank, duration_text = text.rpartition(" ")
    if not blank:
        raise InvalidWindow(f"{text!r} is not a window: {_SYNTAX}")
    duration = parse_duration(duration_text)
    if not timedelta() < duration <= _MAX_DURATION:
        raise InvalidWindow(f"a window of {duration_text!r} is not allowed: write more than 0 and at most 366d")
    return Window(Schedule.parse(cron), duration)
