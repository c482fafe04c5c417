"""Which of the tags that an image has gone on to may be followed: only what comes after the current one for certain.

Followed are another count of numbers (`3.12.10` → `3.12.10.1`), another count behind the version (`26.32-26.0.2` →
`26.32-26.0.2.1`), calendar versions (`10.8.1` → `2025.1.0`), a `v` that comes or goes, and the end of a stage
(`beta-7.1` → `7.1`), each with the current variant or a later release of its base. Another runtime, base or edition and
prereleases are not: nobody knows that they can take the place of what runs. Where the name of a release stands before
a date, as in `plucky-20251001`, the next one is followed when the support of this one has ended, and not before: builds
of a release have come half a year apart, and the next one may not be out yet.
"""

from __future__ import annotations

from collections.abc import Iterable

from watch_cluster.domain.versions.left_behind.ended_support import after_ended_support
from watch_cluster.domain.versions.left_behind.kinds import FIRST_YEAR, ID
from watch_cluster.domain.versions.left_behind.prefixes import changes_nothing_but_v, ends_stage, names_later_release
from watch_cluster.domain.versions.left_behind.siblings import Siblings
from watch_cluster.domain.versions.parts.family import Family
from watch_cluster.domain.versions.parts.numbers import MOST_NUMBERS
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.version import Version


def successors(now: Version, ahead: Iterable[Version], siblings: Siblings) -> list[Version]:
    """Name those of the tags ahead that take the place of the current one, in no order.

    A tag that stands for one version is followed by such tags, one that moves by those that move as it does.
    """
    moving = siblings.is_moving(now)
    alike = [version for version in ahead if _is_like(now, version)]
    found = [
        version
        for version in _without_gap(now, [version for version in alike if _is_later(now, version)])
        if siblings.is_moving(version) is moving and (not moving or len(version.numbers) == len(now.numbers))
    ]
    renamed = [version for version in alike if names_later_release(now.prefix, version.prefix)]
    return found or after_ended_support(now, renamed)


def _is_like(now: Version, version: Version) -> bool:
    mine, other = now.family, version.family
    if version.word or other.frame != mine.frame or _counting(other) != _counting(mine):
        return False
    if other.variant != mine.variant and not read_base(other.variant).follows(read_base(mine.variant)):
        return False
    return _is_written_alike(now, version)


def _is_later(now: Version, version: Version) -> bool:
    mine, other = now.family, version.family
    ours, theirs = now.key[:MOST_NUMBERS], version.key[:MOST_NUMBERS]
    if other.prefix == mine.prefix or changes_nothing_but_v(mine.prefix, other.prefix):
        return (theirs, version.counters) > (ours, now.counters)
    return ends_stage(mine.prefix, other.prefix) and theirs >= ours


def _without_gap(now: Version, found: list[Version]) -> list[Version]:
    """Leave out what begins with numbers that are not counted on to, as `130` is not from `25.04`."""
    reach = now.numbers[0]
    if reach >= ID:
        return found
    for first in sorted({version.numbers[0] for version in found}):
        is_year_after_counts = reach < FIRST_YEAR <= first
        if first > reach + 1 and not is_year_after_counts:
            break
        reach = max(reach, first)
    return [version for version in found if version.numbers[0] <= reach]


def _counting(family: Family) -> str:
    """How builds are counted, however many numbers a count has."""
    return (family.revision or "").replace(".#", "")


def _is_written_alike(now: Version, version: Version) -> bool:
    """Whether the same sign stands between the numbers, where there are several."""
    ours, theirs = now.family.shape.rpartition(" ")[2], version.family.shape.rpartition(" ")[2]
    return ours == theirs or 1 in {len(now.numbers), len(version.numbers)}
