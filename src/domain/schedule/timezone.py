"""Time zones of the IANA database."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo


class InvalidTimezone(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """There is no time zone with this name."""


@lru_cache(maxsize=1024)
def parse_timezone(text: str) -> ZoneInfo:
    """Return the time zone with this IANA name. Raises `InvalidTimezone`."""
    try:
        return ZoneInfo(text)
    except (KeyError, OSError, ValueError):
        raise InvalidTimezone(
            "write a name of the IANA time zone database, such as UTC, Asia/Seoul or Europe/Berlin"
        ) from None
