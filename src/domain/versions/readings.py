"""Decides how to parse ambiguous tags, by the other tags of the image."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import Final

from watch_cluster.domain.versions.parts.family import Family, Reading
from watch_cluster.domain.versions.parts.numbers import MOST_NUMBERS
from watch_cluster.domain.versions.parts.prereleases import BUILD_WORD, VARIANT_WORDS
from watch_cluster.domain.versions.version import COUNTERS, Version

_Place = tuple[Family, tuple[int, ...]]
"""A family and numbers in it."""

_SIDE_BY_SIDE: Final = 2
"""How many bare numbers a version must have, and how many versions must have them, to be variants."""
_MAX_COMPARED: Final = 32
_BARE_KIND: Final = "-"


def read_list(now: Version, versions: Iterable[Version]) -> Reading:
    """Return how to parse the tags of an image, by those with the prefix of the current one."""
    prefix = now.family.prefix
    alike = [now, *(version for version in versions if version.family.prefix == prefix)]
    worded = [version for version in alike if version.word]
    counted = [version for version in alike if version.family.revision is not None]
    return Reading(
        variant_words=_variant_words(alike, worded),
        builds=_counts_builds(alike, worded),
        bare=not _names_variants(counted),
    )


def never_lower(now: Version, versions: Iterable[Version]) -> bool:
    """Whether a lower bare number must be rejected, since the list does not show whether it is a counter.

    It is one if a version has several, or if it counts the months of a year.
    """
    revision = now.family.revision
    if revision is None or not revision.startswith(_BARE_KIND) or now.family.shape == "1 from a year":
        return False
    builds: dict[tuple[int, ...], tuple[int, ...]] = {}
    return not any(
        builds.setdefault(version.numbers, version.counters) != version.counters
        for version in (now, *versions)
        if version.family == now.family
    )


def _variant_words(alike: list[Version], worded: list[Version]) -> frozenset[str]:
    """Return the words without a number that most releases of their range have too."""
    words = {version.word for version in worded if version.word in VARIANT_WORDS and not version.key[MOST_NUMBERS + 1]}
    if not words:
        return frozenset()
    plain = {(version.family, version.numbers) for version in alike if not version.word}
    return frozenset(word for word in words if _accompanies_most(word, worded, plain))


def _accompanies_most(word: str, worded: list[Version], plain: set[_Place]) -> bool:
    """Whether most releases in the range of a word, in the families that use it, also exist with the word."""
    marked = {
        (version.family, version.numbers)
        for version in worded
        if version.word == word and not version.key[MOST_NUMBERS + 1]
    }
    paired = marked & plain
    lowest, highest = min(numbers for _, numbers in marked), max(numbers for _, numbers in marked)
    families = {family for family, _ in paired}
    releases = sum(family in families and lowest <= numbers <= highest for family, numbers in plain)
    return bool(paired) and 2 * len(paired) >= releases


def _counts_builds(alike: list[Version], worded: list[Version]) -> bool:
    """Whether every version has a number after `b`."""
    numbers = {version.numbers for version in worded if version.word == BUILD_WORD}
    if len(numbers) < _SIDE_BY_SIDE:
        return False
    return all(version.word == BUILD_WORD or _builds(version) for version in alike)


def _builds(version: Version) -> bool:
    return (version.family.revision or "").split(",")[0] == BUILD_WORD


def _names_variants(counted: list[Version]) -> bool:
    """Whether several versions have the same bare numbers, and those do not count from 0 or 1."""
    values: defaultdict[tuple[str, tuple[int, ...]], set[tuple[int, ...]]] = defaultdict(set)
    for version in counted:
        revision = version.family.revision or ""
        if revision.startswith(_BARE_KIND):
            length = 1 + revision.split(",")[0].count(".#")
            values[version.family.shape, version.numbers].add(version.key[COUNTERS : COUNTERS + length])
    several = [found for found in values.values() if len(found) >= _SIDE_BY_SIDE]
    if len(several) < _SIDE_BY_SIDE or any(value[0] <= 1 for found in values.values() for value in found):
        return False
    pairs = Counter(pair for found in several for pair in combinations(sorted(found)[:_MAX_COMPARED], _SIDE_BY_SIDE))
    return 2 * max(pairs.values()) >= len(several) and max(pairs.values()) >= _SIDE_BY_SIDE
