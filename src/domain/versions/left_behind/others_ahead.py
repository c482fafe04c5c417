"""Detects that a tag is left behind: newer versions exist, but none of its family."""

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
    """Return the newer versions of other families if the current one is left behind, the most similar first.

    `eligible` is whether the owner's limits would allow a version if it were of the same family.
    """
    listed = tuple(versions)
    ahead = [version for version in listed if _is_ahead(now, version, siblings) and eligible(version)]
    if not _is_sufficient(now, ahead) and not now.word and siblings.is_moving(now):
        ahead = [version for version in _later_inside(now, listed) if eligible(version)]
    if not _is_sufficient(now, ahead):
        ahead = _only_prereleases(now, listed, siblings)
    if not ahead and not siblings.is_maintained(now):
        ahead = [version for version in _on_other_bases(now, siblings) if eligible(version)]
    return _most_similar_first(now, ahead)


def _on_other_bases(now: Version, siblings: Siblings) -> list[Version]:
    """Return the current version on later releases of the base, or on any base if it has none."""
    base = read_base(now.family.variant)
    return [
        version
        for version in siblings.of(now.family)
        if version.numbers[: len(now.numbers)] == now.numbers
        and version.family.variant != now.family.variant
        and (read_base(version.family.variant).releases > base.releases or not base.releases)
    ]


def _most_similar_first(now: Version, ahead: Iterable[Version]) -> list[Version]:
    pattern, _, skeleton = read_base(now.family.variant)

    def similarity(version: Version) -> tuple[bool, bool, bool, Numbers, tuple[Numbers, ...]]:
        other = read_base(version.family.variant)
        return (
            other.pattern == pattern,
            other.skeleton == skeleton,
            len(version.numbers) == len(now.numbers),
            version.numbers,
            other.releases,
        )

    return sorted(sorted(ahead, key=lambda version: version.tag), key=similarity, reverse=True)


def _later_inside(now: Version, versions: Iterable[Version]) -> list[Version]:
    """Return the versions that a moving tag would refer to if they had its variant."""
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
    own = max((version.numbers for version in inside if version.family.variant == now.family.variant), default=None)
    if own is None:
        return []
    return [version for version in inside if version.numbers > own and len(version.numbers) == len(own)]


def _is_sufficient(now: Version, ahead: Iterable[Version]) -> bool:
    """Whether these are enough evidence: one similar version, or several others."""
    skeleton = read_base(now.family.variant).skeleton
    kinds = {(read_base(version.family.variant).skeleton == skeleton, version.numbers) for version in ahead}
    return len(kinds) > 1 or any(alike for alike, _ in kinds)


def _only_prereleases(now: Version, versions: Iterable[Version], siblings: Siblings) -> list[Version]:
    """Return the later prereleases of a single number that has no later release of any kind."""
    if len(now.numbers) > 1 or now.word:
        return []
    if any(len(other.numbers) > 1 and other.numbers[:1] == now.numbers for other in siblings.of(now.family)):
        return []
    later = [version for version in versions if version.family == now.family and version.word and version.key > now.key]
    return later if len(later) >= _SEVERAL else []


def _is_ahead(now: Version, version: Version, siblings: Siblings) -> bool:
    """Whether the version is newer and of another family."""
    if version.numbers[0] < now.numbers[0] or version.family == now.family:
        return False
    return _has_later_numbers(now, version, siblings) and is_release_of_kind(now, version)


def _has_later_numbers(now: Version, version: Version, siblings: Siblings) -> bool:
    if version.family.prefix != now.family.prefix:
        return is_ahead_of_prefix(now, version)
    length = len(now.numbers)
    if version.numbers[:length] == now.numbers:
        if len(version.numbers) > length:
            return not siblings.is_moving(now)
        return version.family.variant == now.family.variant and is_longer_count(now, version)
    return version.numbers[:length] > now.numbers[: len(version.numbers)]


def is_longer_count(now: Version, version: Version) -> bool:
    """Whether the build counter continues with more numbers, such as `26.32-26.0.2.1` after `26.32-26.0.2`."""
    own, other = now.family.revision or "", version.family.revision or ""
    return own.startswith(DOTTED) and other.startswith(DOTTED) and version.counters > now.counters
