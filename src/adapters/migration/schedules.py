"""Schedules of other tools as Quartz expressions: intervals of Go, and crontab with seconds."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from watch_cluster.domain.schedule import Schedule

_NAMED: Final = {
    "@hourly": "0 0 * * * ?",
    "@daily": "0 0 0 * * ?",
    "@midnight": "0 0 0 * * ?",
    "@weekly": "0 0 0 ? * SUN",
    "@monthly": "0 0 0 1 * ?",
    "@yearly": "0 0 0 1 1 ?",
    "@annually": "0 0 0 1 1 ?",
}
_PARTS: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_FIELDS: Final = 6


def interval_of(text: str) -> timedelta | None:
    """The length of `1h30m` or `90s`, None if it is none."""
    match = _PARTS.fullmatch(text)
    if match is None or not text:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def every(interval: timedelta) -> str | None:
    """A schedule that fires as often, None if no expression does.

    >>> every(timedelta(minutes=5)), every(timedelta(minutes=7))
    ('0 */5 * * * ?', None)
    """
    seconds = int(interval.total_seconds())
    if seconds <= 0:
        return None
    if seconds < _MINUTE and _MINUTE % seconds == 0:
        return f"{_each(seconds)} * * * * ?"
    if seconds < _HOUR and _HOUR % seconds == 0 and seconds % _MINUTE == 0:
        return f"0 {_each(seconds // _MINUTE)} * * * ?"
    if seconds < _DAY and _DAY % seconds == 0 and seconds % _HOUR == 0:
        return f"0 0 {_each(seconds // _HOUR)} * * ?"
    return "0 0 0 * * ?" if seconds == _DAY else None


def _each(count: int) -> str:
    return "*" if count == 1 else f"*/{count}"


def schedule_of(text: str) -> str | None:
    """The expression for a schedule of another tool: `@every 5m`, `@daily`, crontab with or without seconds."""
    text = text.strip().strip("'\"")
    if text in _NAMED:
        return _NAMED[text]
    if text.startswith("@every"):
        interval = interval_of(text.removeprefix("@every").strip())
        return None if interval is None else every(interval)
    fields = text.split()
    # Quartz wants one of the two day fields to be `?`.
    if len(fields) == _FIELDS and "?" not in fields:
        day = 5 if fields[5] == "*" else 3 if fields[3] == "*" else None
        if day is None:
            return None
        fields[day] = "?"
    try:
        Schedule.parse(" ".join(fields))
    except ValueError:
        return None
    return " ".join(fields)
