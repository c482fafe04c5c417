"""Lines of versions that ended: other variants have later versions, so a candidate may be older than its name says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Final

from watch_cluster.domain.versions.left_behind.kinds import are_comparable, unfinished_words
from watch_cluster.domain.versions.left_behind.siblings import Siblings
from watch_cluster.domain.versions.parts.numbers import is_written_as_date
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.version import Version

Numbers = tuple[int, ...]

_SEVERAL: Final = 3
_MAX_PLACES: Final = 2
"""How many numbers identify a line at most."""


def ended_lines(candidates: Sequence[Version], now: Version, siblings: Siblings) -> dict[Numbers, Version]:
    """Return the lines of versions in which other variants have later versions than the candidates, with the latest.

    A line is all versions with the same first number, or the same first two of three. The lines of the current tag are
    left out: candidates there are certainly newer, as all are if the numbers are dates. Elsewhere, a candidate may be
    older than what runs. One version of a sibling is enough evidence; of other variants, several versions are needed.
    """
    own = {} if is_written_as_date(now.family.shape) else _furthest(candidates, now)
    ended: dict[Numbers, Version] = {}
    if not own:
        return ended
    skeleton = read_base(now.family.variant).skeleton
    others: defaultdict[Numbers, dict[Numbers, Version]] = defaultdict(dict)
    for version in _beyond(candidates, own, now, siblings):
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


def _beyond(
    candidates: Sequence[Version], own: dict[Numbers, Numbers], now: Version, siblings: Siblings
) -> Iterator[Version]:
    """Yield the releases of other families that are later than the newest candidate of a line."""
    has_minor = len(now.numbers) > _MAX_PLACES
    # The numbers of a candidate are not beyond the furthest of its line.
    others = {version.numbers for version in siblings.versions} - {candidate.numbers for candidate in candidates}
    beyond = {
        numbers
        for numbers in others
        if numbers > own.get(numbers[:1], numbers) or (has_minor and numbers > own.get(numbers[:_MAX_PLACES], numbers))
    }
    if not beyond:
        return
    for version in siblings.versions:
        if version.numbers in beyond and not version.word and _goes_further(version, now, own, siblings):
            yield version


def ended_line_of(candidate: Version, ended: dict[Numbers, Version]) -> Version | None:
    """Return the latest version of others in an ended line of the candidate, None if none of its lines has ended."""
    return next((ended[line] for line in _lines(candidate.numbers) if line in ended), None)


def ended_before_release(candidate: Version, prereleases: Iterable[Version]) -> Version | None:
    """Return the last prerelease of the candidate's numbers, if its variant only had earlier ones.

    The candidate's tag then refers to a prerelease, and is older than its name says.
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
    has_sibling = any(read_base(version.family.variant).skeleton == skeleton for version in later)
    if not has_sibling and len({version.key for version in later}) < _SEVERAL - 1:
        return None
    return max(later, key=attrgetter("key"))


def _furthest(candidates: Sequence[Version], now: Version) -> dict[Numbers, Numbers]:
    """Return the newest candidate of each line other than those of the current tag."""
    own: dict[Numbers, Numbers] = {}
    for candidate in candidates:
        numbers = candidate.numbers
        line = numbers[: min(_MAX_PLACES, len(numbers) - 1)]
        if line and numbers > own.get(line, ()):
            own[line] = numbers
    for numbers in list(own.values()):
        if numbers > own.get(numbers[:1], ()):
            own[numbers[:1]] = numbers
    for line in _lines(now.numbers):
        own.pop(line, None)
    return own


def _goes_further(version: Version, now: Version, own: dict[Numbers, Numbers], siblings: Siblings) -> bool:
    """Whether it is a comparable version of another family."""
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
    return (numbers[:places] for places in range(1, min(_MAX_PLACES + 1, len(numbers))))
