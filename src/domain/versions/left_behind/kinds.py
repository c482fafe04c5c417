"""The kinds of versions: years, pipeline builds and drafts do not follow releases."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.version import Version

Numbers = tuple[int, ...]

FIRST_YEAR: Final = 1990
"""The first number of a calendar version is at least this."""
_LAST_YEAR: Final = 2099
_THOUSAND: Final = 1000
ID: Final = 1_000_000
"""A number of at least this is a date or an id."""
_DATE_LENGTH: Final = 8
_LONG_COUNTER: Final = 10_000
"""A bare number of at least this counts pipeline builds."""
STAGES: Final = frozenset({"alpha", "beta", "rc", "preview", "pre", "next", "nightly", "canary", "unstable", "testing"})
_UNFINISHED: Final[frozenset[str]] = STAGES | {
    "dev",
    "ea",
    "edge",
    "snapshot",
    "master",
    "main",
    "test",
    "debug",
    "insiders",
}


def is_year(number: int) -> bool:
    """Whether the number may be a year."""
    return FIRST_YEAR <= number <= _LAST_YEAR


def is_release_of_kind(now: Version, version: Version) -> bool:
    """Whether it is neither a pipeline build nor unfinished, and its numbers are of the same kind."""
    if unfinished_words(version.family.variant) - unfinished_words(now.family.variant):
        return False
    if version.family.revision == "-" and now.family.revision is None and version.counters[0] >= _LONG_COUNTER:
        return False
    return are_comparable(now, version)


def are_comparable(now: Version, version: Version) -> bool:
    """Whether the numbers are of the same kind: years, dates and ids do not follow other numbers."""
    mine, other = now.numbers, version.numbers
    if (max(mine[1:], default=0) >= ID) != (max(other[1:], default=0) >= ID):
        return False
    if mine[0] < _THOUSAND <= other[0]:
        # Some images changed to calendar versions, such as SonarQube from 10.8.1 to 2025.1.0.
        same = len(mine) == len(other) > 1 and read_base(version.family.variant) == read_base(now.family.variant)
        return same and is_year(other[0]) and not _is_calendar_day(other)
    if is_year(mine[0]) and len(mine) > 1 and not is_year(other[0]):
        return False
    return (mine[0] < _THOUSAND) == (other[0] < _THOUSAND) and (
        len(str(mine[0])) == len(str(other[0])) or max(mine[0], other[0]) < _THOUSAND
    )


def _is_calendar_day(numbers: Numbers) -> bool:
    return len(numbers) > 2 and 1 <= numbers[1] <= 12 and 1 <= numbers[2] <= 31  # noqa: PLR2004 - months and days


def days_of(number: int) -> int:
    """Return the ordinal of a date of 8 or more digits; 0 if it is not a date."""
    text = str(number)[:_DATE_LENGTH]
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal()
    except ValueError:
        return 0


@lru_cache(maxsize=4096)
def unfinished_words(variant: str) -> frozenset[str]:
    """Return the words that mark unreleased versions."""
    words = variant.lower().replace("_", "-").replace(".", "-").split("-")
    return _UNFINISHED.intersection(words)
