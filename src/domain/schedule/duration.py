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
