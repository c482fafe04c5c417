"""Whether the image goes on without a tag: newer versions, and none of them is like it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from watch_cluster.domain.versions.left_behind.kinds import is_release_of_kind
from watch_cluster.domain.versions.left_behind.prefixes import is_ahead_of_prefix
from watch_cluster.domain.versions.left_behind.siblings import Siblings
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.version import Version

Numbers = tuple[int, ...]

_SEVERAL: Final = 3
DOTTED: Final = "-.#"


def others_ahead(
    now: Version, versions: Iterable[Version], siblings: Siblings, eligible: Callable[[Version], bool]
) -> list[Version]:
    """Name the tags that the image has gone on to without the current one, the most alike first; none if it has not.

    `eligible` says whether the owner's limits would let a version through if it were of the same family.
    """
    listed = tuple(versions)
    ahead = [version for version in listed if _is_ahead(now, version, siblings) and eligible(version)]
    if not _is_told(now, ahead) and not now.word and siblings.is_moving(now):
        ahead = [version for version in _gone_on_inside(now, listed) if eligible(version)]
    if not _is_told(now, ahead):
        ahead = _only_prereleases(now, listed, siblings)
    if not ahead and not siblings.goes_on(now):
        ahead = [version for version in _on_other_bases(now, siblings) if eligible(version)]
    return _most_alike_first(now, ahead)


def _on_other_bases(now: Version, siblings: Siblings) -> list[Version]:
    """Name the versions with the current numbers on later releases of the base; on any base where it has none."""
    base = read_base(now.family.variant)
    return [
        version
        for version in siblings.of(now.family)
        if version.numbers[: len(now.numbers)] == now.numbers
        and version.family.variant != now.family.variant
        and (read_base(version.family.variant).releases > base.releases or not base.releases)
    ]


def _most_alike_first(now: Version, ahead: Iterable[Version]) -> list[Version]:
    pattern, _, skeleton = read_base(now.family.variant)

    def likeness(version: Version) -> tuple[bool, bool, bool, Numbers, tuple[Numbers, ...]]:
        other = read_base(version.family.variant)
        return (
            other.pattern == pattern,
            other.skeleton == skeleton,
            len(version.numbers) == len(now.numbers),
            version.numbers,
            other.releases,
        )

    return sorted(sorted(ahead, key=lambda version: version.tag), key=likeness, reverse=True)


def _gone_on_inside(now: Version, versions: Iterable[Version]) -> list[Version]:
    """Name the versions that a moving tag would stand for, if its variant were among them."""
    length = len(now.numbers)
    inside = [
        version
        for version in versions
        if version.numbers[:length] == now.numbers
        and len(version.numbers) > length
        and not version.word
        and version.family.prefix == now.family.prefix
        and version.family.variant
        and is_release_of_kind(now, version)
    ]
    own = max((each.numbers for each in inside if each.family.variant == now.family.variant), default=None)
    return [] if own is None else [each for each in inside if each.numbers > own and len(each.numbers) == len(own)]


def _is_told(now: Version, ahead: Iterable[Version]) -> bool:
    """Whether these are enough: one version that is alike, or several of other kinds."""
    skeleton = read_base(now.family.variant).skeleton
    kinds = {(read_base(version.family.variant).skeleton == skeleton, version.numbers) for version in ahead}
    return len(kinds) > 1 or any(alike for alike, _ in kinds)


def _only_prereleases(now: Version, versions: Iterable[Version], siblings: Siblings) -> list[Version]:
    """Name the prereleases that follow a version of a single number that has got no later release of any kind."""
    if len(now.numbers) > 1 or now.word:
        return []
    if any(len(each.numbers) > 1 and each.numbers[:1] == now.numbers for each in siblings.of(now.family)):
        return []
    later = [version for version in versions if version.family == now.family and version.word and version.key > now.key]
    return later if len(later) >= _SEVERAL else []


def _is_ahead(now: Version, version: Version, siblings: Siblings) -> bool:
    """Whether the image has gone on to it, which is not of the family of the current tag."""
    if version.numbers[0] < now.numbers[0] or version.family == now.family or not is_release_of_kind(now, version):
        return False
    if version.family.prefix != now.family.prefix:
        return is_ahead_of_prefix(now, version)
    length = len(now.numbers)
    if version.numbers[:length] == now.numbers:
        if len(version.numbers) > length:
            return not siblings.is_moving(now)
        return version.family.variant == now.family.variant and is_longer_count(now, version)
    return version.numbers[:length] > now.numbers[: len(version.numbers)]


def is_longer_count(now: Version, version: Version) -> bool:
    """Whether it counts on with more numbers, as `26.32-26.0.2.1` after `26.32-26.0.2`."""
    mine, other = now.family.revision or "", version.family.revision or ""
    return mine.startswith(DOTTED) and other.startswith(DOTTED) and version.counters > now.counters
