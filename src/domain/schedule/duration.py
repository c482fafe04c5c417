"""Durations such as `30s`, `10m`, `1h30m` and `3d`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_FORM: Final = re.compile(r"(?:(?P<d>\d{1,4})d)?(?:(?P<h>\d{1,6})h)?(?:(?P<m>\d{1,6})m)?(?:(?P<s>\d{1,8})s)?", re.ASCII)


class InvalidDuration(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is not a valid duration."""


def parse_duration(text: str) -> timedelta:
    """Parse a duration of days, hours, minutes and seconds, largest unit first; `0` needs no unit.

    >>> parse_duration("1h30m")
    datetime.timedelta(seconds=5400)
    """
    if text == "0":
        return timedelta()
    match = _FORM.fullmatch(text)
    if not text or match is None:
        raise InvalidDuration(f"{text!r} is not a duration: write 30s, 10m, 1h30m or 3d")
    return timedelta(**{_UNITS[unit]: int(count) for unit, count in match.groupdict().items() if count})


def describe_duration(duration: timedelta) -> str:
    """Write a duration as `parse_duration` reads it, in whole seconds.

    >>> describe_duration(timedelta(hours=1, seconds=5))
    '1h5s'
    """
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0"
