"""What stands before the numbers may change as well: a `v`, the name of a stage, or of a release of the base."""

from __future__ import annotations

from typing import Final

from watch_cluster.domain.versions.left_behind.kinds import ID, STAGES, days_of
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.version import Version

_DAYS_BETWEEN_RELEASES: Final = 31
"""By how many days builds of two releases of a base may differ while both go on."""
_MAYBE_V: Final = frozenset({"", "v", "V"})


def changes_nothing_but_v(mine: str, other: str) -> bool:
    """Whether a `v` comes or goes."""
    return mine in _MAYBE_V and other in _MAYBE_V


def ends_stage(mine: str, other: str) -> bool:
    """Whether the current prefix is the name of a stage such as `beta-`, which the other does not have."""
    return other in _MAYBE_V and mine.strip("-._").lower() in STAGES


def names_later_release(mine: str, other: str) -> bool:
    """Whether both are releases of a base, and the other is the later one.

    The tags of `ubuntu` and `debian`: what follows `oracular-20250619` has the name of a later release.
    """
    base, later = read_base(mine), read_base(other)
    return bool(base.releases) and later.follows(base) and later.releases != base.releases


def is_ahead_of_prefix(now: Version, version: Version) -> bool:
    """Whether a tag with another prefix takes the place of the current one."""
    mine, other = now.family.prefix, version.family.prefix
    shortest = min(len(now.numbers), len(version.numbers))
    ours, theirs = now.numbers[:shortest], version.numbers[:shortest]
    if changes_nothing_but_v(mine, other):
        return theirs > ours
    if ends_stage(mine, other):
        return theirs >= ours
    if not names_later_release(mine, other):
        return False
    if now.family.shape.startswith("date") or now.numbers[0] >= ID:
        return days_of(theirs[0]) - days_of(ours[0]) > _DAYS_BETWEEN_RELEASES
    return theirs > ours
