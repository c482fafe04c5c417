"""Prefixes that may change between versions: a `v`, the name of a stage, or of a release of the base."""

from __future__ import annotations

from typing import Final

from watch_cluster.domain.versions.left_behind.kinds import ID, STAGES, days_of
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.version import Version

_DAYS_BETWEEN_RELEASES: Final = 31
"""By how many days builds of two releases of a base may differ while both are maintained."""
_MAYBE_V: Final = frozenset({"", "v", "V"})


def differs_only_in_v(own: str, other: str) -> bool:
    """Whether a `v` is added or removed, at most."""
    return own in _MAYBE_V and other in _MAYBE_V


def ends_stage(own: str, other: str) -> bool:
    """Whether the current prefix is the name of a stage such as `beta-`, which the other does not have."""
    return other in _MAYBE_V and own.strip("-._").lower() in STAGES


def names_later_release(own: str, other: str) -> bool:
    """Whether both are releases of a base, and the other is the later one.

    For the tags of `ubuntu` and `debian`: the successor of `oracular-20250619` has the name of a later release.
    """
    base, later = read_base(own), read_base(other)
    return bool(base.releases) and later.follows(base) and later.releases != base.releases


def is_ahead_of_prefix(now: Version, version: Version) -> bool:
    """Whether a version with another prefix succeeds the current one."""
    own, other = now.family.prefix, version.family.prefix
    shortest = min(len(now.numbers), len(version.numbers))
    current, later = now.numbers[:shortest], version.numbers[:shortest]
    if differs_only_in_v(own, other):
        return later > current
    if ends_stage(own, other):
        return later >= current
    if not names_later_release(own, other):
        return False
    if now.family.shape.startswith("date") or now.numbers[0] >= ID:
        return days_of(later[0]) - days_of(current[0]) > _DAYS_BETWEEN_RELEASES
    return later > current
