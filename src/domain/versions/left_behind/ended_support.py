"""Ubuntu releases whose support has ended: their names tell when, and the dates of builds tell the time.

Source: https://ubuntu.com/about/release-cycle (nine months, and five years for the release of April of even years).
"""

from __future__ import annotations

from typing import Final

from watch_cluster.domain.versions.left_behind.kinds import days_of
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.version import Version

_PLACEHOLDER: Final = "{ubuntu}"
_MONTHS: Final = 9
_MONTHS_OF_LONG_TERM: Final = 60
_APRIL: Final = 4


def after_ended_support(now: Version, found: list[Version]) -> list[Version]:
    """Return the builds of the earliest supported release, if the support of the current one has ended.

    `found` are builds of later releases; their dates show that it is at least that day. The latest release may not be
    published yet.
    """
    base = read_base(now.prefix)
    builds = [version for version in found if read_base(version.prefix).pattern == base.pattern]
    if base.pattern.count("{") != 1 or _PLACEHOLDER not in base.pattern or not all(map(_is_dated, [now, *builds])):
        return []
    month = max((_month_of(version) for version in builds), default=0)
    if month <= _last_month(now):
        return []
    supported = [version for version in builds if month <= _last_month(version)]
    nearest = min((_release(version) for version in supported), default=None)
    return [version for version in supported if _release(version) == nearest and version.key > now.key]


def _is_dated(version: Version) -> bool:
    return days_of(version.numbers[0]) > 0 and len(_release(version)) > 1


def _month_of(version: Version) -> int:
    """Return the month of a build, counted from the year 0."""
    year, month = divmod(int(str(version.numbers[0])[:6]), 100)
    return 12 * year + month


def _release(version: Version) -> tuple[int, ...]:
    return read_base(version.prefix).releases[0]


def _last_month(version: Version) -> int:
    """Return the last month in which a release is supported."""
    year, month = _release(version)[:2]
    is_long_term = month == _APRIL and year % 2 == 0
    return 12 * (2000 + year) + month + (_MONTHS_OF_LONG_TERM if is_long_term else _MONTHS)
