"""The times in which rollouts may start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.schedule.duration import parse_duration

_LONGEST: Final = timedelta(days=366)
_FORM: Final = "write a cron expression and a duration, such as 0 0 2 ? * SUN 4h, several split by ';'"


class InvalidWindow(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text tells no window."""


@dataclass(frozen=True, slots=True)
class Window:
    """It opens whenever the schedule fires, and stays open for the duration."""

    opens: Schedule
    duration: timedelta


@dataclass(frozen=True, slots=True)
class Opening:
    """How the windows of a workload stand: open now or not, and when one opens next (None for never)."""

    now: bool
    following: datetime | None = None


def parse_windows(text: str) -> tuple[Window, ...]:
    """Read `CRON DURATION`, several split by `;`. Raises `InvalidWindow`, or what is wrong with either part.

    >>> [window.duration for window in parse_windows("0 0 2 ? * SUN 4h; 0 2 * * * 30m")]
    [datetime.timedelta(seconds=14400), datetime.timedelta(seconds=1800)]
    """
    return tuple(_parse_window(part.strip()) for part in text.split(";"))


def _parse_window(text: str) -> Window:
    cron, blank, duration_text = text.rpartition(" ")
    if not blank:
        raise InvalidWindow(f"{text!r} is no window: {_FORM}")
    duration = parse_duration(duration_text)
    if not timedelta() < duration <= _LONGEST:
        raise InvalidWindow(f"a window of {duration_text!r} is not allowed: write more than 0 and at most 366d")
    return Window(Schedule.parse(cron), duration)
