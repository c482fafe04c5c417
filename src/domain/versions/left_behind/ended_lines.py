"""Lines of versions in which others have gone further than the candidates: those may be older than what runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Final

from watch_cluster.domain.versions.left_behind.kinds import are_comparable, unfinished_words
from watch_cluster.domain.versions.left_behind.siblings import Siblings
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.version import Version

Numbers = tuple[int, ...]

_SEVERAL: Final = 3
_MOST_PLACES: Final = 2
"""How many numbers make a line at most."""


def ended_lines(candidates: Iterable[Version], now: Version, siblings: Siblings) -> dict[Numbers, Version]:
    """Name the lines of versions in which others have gone further than the candidates, with the furthest of them.

    A line is all that begins with the same number, or the same two of three; the current tag's own lines are left out:
    what is newer there is newer indeed. A candidate where others have gone further may be older than what runs. One
    sibling tells it, of other variants it takes several versions.
    """
    own = _furthest(candidates, now)
    ended: dict[Numbers, Version] = {}
    if not own:
        return ended
    skeleton = read_base(now.family.variant).skeleton
    others: defaultdict[Numbers, dict[Numbers, Version]] = defaultdict(dict)
    for version in _beyond(own, now, siblings):
        is_sibling = read_base(version.family.variant).skeleton == skeleton
        for line in _lines(version.numbers[: len(now.numbers)]):
            if line not in own or version.numbers <= own[line]:
                continue
            if not is_sibling:
                others[line][version.numbers] = version
            elif line not in ended or ended[line].numbers < version.numbers:
                ended[line] = version
    for line, found in others.items():
        if line not in ended and len(found) >= _SEVERAL:
            ended[line] = found[max(found)]
    return ended


def _beyond(own: dict[Numbers, Numbers], now: Version, siblings: Siblings) -> Iterator[Version]:
    """The releases of other families beyond the newest candidate of a line; there are thousands to look at."""
    has_minor = len(now.numbers) > _MOST_PLACES
    nearest = min(own.values())
    for version in siblings.versions:
        numbers = version.numbers
        if numbers <= nearest:
            continue
        is_beyond = numbers > own.get(numbers[:1], numbers) or (
            has_minor and numbers > own.get(numbers[:_MOST_PLACES], numbers)
        )
        if is_beyond and not version.word and _goes_further(version, now, own, siblings):
            yield version


def ended_line_of(candidate: Version, ended: dict[Numbers, Version]) -> Version | None:
    """Give what others have gone on to in one of the candidate's lines, None when none of them has ended."""
    return next((ended[line] for line in _lines(candidate.numbers) if line in ended), None)


def ended_before_release(candidate: Version, prereleases: Iterable[Version]) -> Version | None:
    """Give the last prerelease of a candidate's numbers, where its variant had earlier ones and not that one.

    Then the candidate's tag was given to a prerelease, and is older than its name says.
    """
    if candidate.word:
        return None
    skeleton = read_base(candidate.family.variant).skeleton
    same = [
        version
        for version in prereleases
        if version.numbers == candidate.numbers and version.family.prefix == candidate.family.prefix
    ]
    own = max((version.key for version in same if version.family == candidate.family), default=None)
    if own is None:
        return None
    later = [version for version in same if version.key > own and version.family.variant != candidate.family.variant]
    is_told = any(read_base(version.family.variant).skeleton == skeleton for version in later)
    if not is_told and len({version.key for version in later}) < _SEVERAL - 1:
        return None
    return max(later, key=attrgetter("key"))


def _furthest(candidates: Iterable[Version], now: Version) -> dict[Numbers, Numbers]:
    """The newest candidate of each line but the current tag's."""
    own: dict[Numbers, Numbers] = {}
    for candidate in candidates:
        numbers = candidate.numbers
        for places in range(1, min(_MOST_PLACES + 1, len(numbers))):
            line = numbers[:places]
            if numbers > own.get(line, ()):
                own[line] = numbers
    for line in _lines(now.numbers):
        own.pop(line, None)
    return own


def _goes_further(version: Version, now: Version, own: dict[Numbers, Numbers], siblings: Siblings) -> bool:
    """Whether it is a version of the same kind, but not of the same family."""
    mine, other = now.family, version.family
    if other == mine or other.prefix != mine.prefix or other.revision != mine.revision:
        return False
    length = len(now.numbers)
    if len(version.numbers) < length or unfinished_words(other.variant) or not are_comparable(now, version):
        return False
    if len(version.numbers) == length:
        return other.variant != mine.variant and other.shape == mine.shape
    is_child = any(version.numbers[:length] == numbers for numbers in own.values())
    return not (is_child and siblings.is_moving(now))


def _lines(numbers: Numbers) -> Iterable[Numbers]:
    return (numbers[:places] for places in range(1, min(_MOST_PLACES + 1, len(numbers))))
