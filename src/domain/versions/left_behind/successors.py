"""Selects the successors of a tag that is left behind: only tags that certainly follow it.

Successors may have more or fewer numbers (`3.12.10` → `3.12.10.1`), more counters (`26.32-26.0.2` → `26.32-26.0.2.1`),
a calendar version (`10.8.1` → `2025.1.0`), an added or removed `v`, or no stage (`beta-7.1` → `7.1`), each with the
current variant or a later release of its base. Another runtime, base or edition and prereleases are no successors:
it is not known whether they can replace what runs. If the name of a release precedes a date, as in `plucky-20251001`,
the next release succeeds it when its support has ended, and not before: builds of a release have been published half a
year apart, and the next release may not be published yet.
"""

from __future__ import annotations

from collections.abc import Iterable

from watch_cluster.domain.versions.left_behind.ended_support import after_ended_support
from watch_cluster.domain.versions.left_behind.kinds import FIRST_YEAR, ID
from watch_cluster.domain.versions.left_behind.prefixes import differs_only_in_v, ends_stage, names_later_release
from watch_cluster.domain.versions.left_behind.siblings import Siblings
from watch_cluster.domain.versions.parts.family import Family
from watch_cluster.domain.versions.parts.numbers import MOST_NUMBERS
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.version import Version


def successors(now: Version, ahead: Iterable[Version], siblings: Siblings) -> list[Version]:
    """Return those of the newer versions that succeed the current one, in no order.

    Tags of a single version succeed such tags, and moving tags succeed moving tags.
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
    own, other = now.family, version.family
    if version.word or other.frame != own.frame or _counting(other) != _counting(own):
        return False
    if other.variant != own.variant and not read_base(other.variant).follows(read_base(own.variant)):
        return False
    return _is_written_alike(now, version)


def _is_later(now: Version, version: Version) -> bool:
    own, other = now.family, version.family
    current, later = now.key[:MOST_NUMBERS], version.key[:MOST_NUMBERS]
    if other.prefix == own.prefix or differs_only_in_v(own.prefix, other.prefix):
        return (later, version.counters) > (current, now.counters)
    return ends_stage(own.prefix, other.prefix) and later >= current


def _without_gap(now: Version, found: list[Version]) -> list[Version]:
    """Remove versions whose first number does not continue the count, such as `130` after `25.04`."""
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
    """Return how builds are counted, regardless of how many numbers a counter has."""
    return (family.revision or "").replace(".#", "")


def _is_written_alike(now: Version, version: Version) -> bool:
    """Whether the numbers have the same separator, if there are several."""
    own, other = now.family.shape.rpartition(" ")[2], version.family.shape.rpartition(" ")[2]
    return own == other or 1 in {len(now.numbers), len(version.numbers)}
