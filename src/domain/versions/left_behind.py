"""Whether the image goes on without a tag: newer versions, and none of them is like it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Final

from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.version import Family, Version

Numbers = tuple[int, ...]

_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2099
_THOUSAND: Final = 1000
_ID: Final = 1_000_000
_DATE_LENGTH: Final = 8
_DAYS_BETWEEN_RELEASES: Final = 31
"""By how many days builds of two releases of a base may differ while both go on."""
_LONG_COUNTER: Final = 10_000
"""A bare number from here on counts the builds of a pipeline."""
_MOST_OF_THEM: Final = 0.5
_RECENT: Final = 6
"""How many versions tell on how many releases of its base an image is built at once."""
_SEVERAL: Final = 3
_BUILD: Final = "_"
_DOTTED: Final = "-.#"
_STAGES: Final = frozenset(
    {"alpha", "beta", "rc", "preview", "pre", "next", "nightly", "canary", "unstable", "testing"}
)
_UNFINISHED: Final[frozenset[str]] = _STAGES | {
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
_MAYBE_V: Final = frozenset({"", "v", "V"})


def is_year(number: int) -> bool:
    """Whether it may be the year of a calendar version."""
    return _FIRST_YEAR <= number <= _LAST_YEAR


@dataclass(frozen=True, slots=True)
class Siblings:
    """The releases among an image's tags, and which of them belong together.

    Siblings have the same prefix and variants that differ only in numbers and in releases of their base.
    """

    versions: tuple[Version, ...]
    _alike: dict[tuple[str, str], list[Version]] = field(default_factory=dict)
    _moving: dict[tuple[str, str, int], bool] = field(default_factory=dict)

    def of(self, family: Family) -> list[Version]:
        """All siblings of the tags of that family, those among them."""
        wanted = (family.prefix, read_base(family.variant).skeleton)
        found = self._alike.get(wanted)
        if found is None:
            found = self._alike[wanted] = [
                version
                for version in self.versions
                if version.family.prefix == family.prefix
                and not version.word
                and (
                    version.family.variant == family.variant or read_base(version.family.variant).skeleton == wanted[1]
                )
            ]
        return found

    def is_moving(self, version: Version) -> bool:
        """Whether tags with as many numbers as this one stand for the newest of several with more numbers."""
        siblings, length = self.of(version.family), len(version.numbers)
        key = (version.family.prefix, read_base(version.family.variant).skeleton, length)
        if version.family.revision == _BUILD:
            # `25_36` is one build, and `25.0.1_8` comes after it.
            return False
        if key not in self._moving:
            longer = {each.numbers[:length] for each in siblings if len(each.numbers) > length}
            own = {each.numbers for each in siblings if len(each.numbers) == length} | {version.numbers}
            self._moving[key] = len(own & longer) >= _MOST_OF_THEM * len(own)
        return self._moving[key]

    def goes_on(self, version: Version) -> bool:
        """Whether its variant is still built for its numbers, though siblings of them are on later releases."""
        base = read_base(version.family.variant)
        siblings = self.of(version.family)
        if self.is_moving(version):
            return self._newest_is_alike(version, siblings)
        if not base.releases:
            return True
        releases: defaultdict[Numbers, set[tuple[Numbers, ...]]] = defaultdict(set)
        for each in siblings:
            other = read_base(each.family.variant)
            if other.pattern == base.pattern and each.family.shape == version.family.shape:
                releases[each.numbers].add(other.releases)
        here = releases.pop(version.numbers, set())
        later = sum(each > base.releases for each in here)
        recent = sorted(len(releases[numbers]) for numbers in sorted(releases)[-_RECENT:])
        usual = recent[0] if recent else 1
        # A version that was built anew on many releases, one after the other, is on the last of them.
        return later < (usual if len(here) <= 2 * usual else 1)

    def _newest_is_alike(self, version: Version, siblings: list[Version]) -> bool:
        """Whether the newest version that a moving tag stands for has its variant."""
        length = len(version.numbers)
        versions = [
            each for each in siblings if each.numbers[:length] == version.numbers and len(each.numbers) > length
        ]
        if not versions:
            return True
        longest = max(len(each.numbers) for each in versions)
        newest = max(each.numbers for each in versions if len(each.numbers) == longest)
        alike = (each for each in versions if each.numbers == newest and each.family.variant == version.family.variant)
        found = next(alike, None)
        return found is not None and self.goes_on(found)


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
    first = {line[:1] for line in own}
    skeleton = read_base(now.family.variant).skeleton
    others: defaultdict[Numbers, dict[Numbers, Version]] = defaultdict(dict)
    for version in siblings.versions:
        if version.numbers[:1] not in first or version.word or not _goes_further(version, now, own, siblings):
            continue
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


def _furthest(candidates: Iterable[Version], now: Version) -> dict[Numbers, Numbers]:
    """The newest candidate of each line but the current tag's."""
    own: dict[Numbers, Numbers] = {}
    for candidate in candidates:
        for line in _lines(candidate.numbers):
            if line != now.numbers[: len(line)]:
                own[line] = max(own.get(line, ()), candidate.numbers)
    return own


def _goes_further(version: Version, now: Version, own: dict[Numbers, Numbers], siblings: Siblings) -> bool:
    """Whether it is a version of the same kind, but not of the same family."""
    mine, other = now.family, version.family
    if other == mine or other.prefix != mine.prefix or other.revision != mine.revision:
        return False
    length = len(now.numbers)
    if len(version.numbers) < length or _unfinished(other.variant) or not _comparable(now, version):
        return False
    if len(version.numbers) == length:
        return other.variant != mine.variant and other.shape == mine.shape
    is_child = any(version.numbers[:length] == numbers for numbers in own.values())
    return not (is_child and siblings.is_moving(now))


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


def ended_line_of(candidate: Version, ended: dict[Numbers, Version]) -> Version | None:
    """Give what others have gone on to in one of the candidate's lines, None when none of them has ended."""
    return next((ended[line] for line in _lines(candidate.numbers) if line in ended), None)


def _lines(numbers: Numbers) -> Iterable[Numbers]:
    return (numbers[:places] for places in (1, 2) if places < len(numbers))


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
        ahead = []
    if not ahead:
        ahead = _only_prereleases(now, listed, siblings)
    if not ahead and not siblings.goes_on(now):
        base = read_base(now.family.variant)
        length = len(now.numbers)
        ahead = [
            each
            for each in siblings.of(now.family)
            if each.numbers[:length] == now.numbers
            and each.family.variant != now.family.variant
            and (read_base(each.family.variant).releases > base.releases or not base.releases)
            and eligible(each)
        ]
    pattern, skeleton = read_base(now.family.variant).pattern, read_base(now.family.variant).skeleton

    def likeness(version: Version) -> tuple[bool, bool, bool, Numbers, tuple[Numbers, ...]]:
        other = read_base(version.family.variant)
        return (
            other.pattern == pattern,
            other.skeleton == skeleton,
            len(version.numbers) == len(now.numbers),
            version.numbers,
            other.releases,
        )

    ahead.sort(key=lambda version: version.tag)
    ahead.sort(key=likeness, reverse=True)
    return ahead


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
        and _is_release_of_kind(now, version)
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
    if version.numbers[0] < now.numbers[0] or version.family == now.family or not _is_release_of_kind(now, version):
        return False
    if version.family.prefix != now.family.prefix:
        return _is_ahead_of_prefix(now, version)
    length = len(now.numbers)
    if version.numbers[:length] == now.numbers:
        if len(version.numbers) > length:
            return not siblings.is_moving(now)
        return version.family.variant == now.family.variant and _is_longer_count(now, version)
    return version.numbers[:length] > now.numbers[: len(version.numbers)]


def _is_release_of_kind(now: Version, version: Version) -> bool:
    """Whether it is neither a build of a pipeline nor a work in progress, and its numbers are of the same kind."""
    if _unfinished(version.family.variant) - _unfinished(now.family.variant):
        return False
    if version.family.revision == "-" and now.family.revision is None and version.counters[0] >= _LONG_COUNTER:
        return False
    return _comparable(now, version)


def _is_longer_count(now: Version, version: Version) -> bool:
    """Whether it counts on with more numbers, as `26.32-26.0.2.1` after `26.32-26.0.2`."""
    mine, other = now.family.revision or "", version.family.revision or ""
    return mine.startswith(_DOTTED) and other.startswith(_DOTTED) and version.counters > now.counters


def _is_ahead_of_prefix(now: Version, version: Version) -> bool:
    """Whether a tag with another prefix takes the place of the current one."""
    mine, other = now.family.prefix, version.family.prefix
    shortest = min(len(now.numbers), len(version.numbers))
    ours, theirs = now.numbers[:shortest], version.numbers[:shortest]
    if mine in _MAYBE_V and other in _MAYBE_V:
        return theirs > ours
    if other in _MAYBE_V and mine.strip("-._").lower() in _STAGES:
        return theirs >= ours
    base = read_base(mine)
    # The tags of `ubuntu` and `debian`: what follows `oracular-20250619` has the name of a later release.
    if not base.releases or not read_base(other).follows(base) or read_base(other).releases == base.releases:
        return False
    if now.family.shape.startswith("date") or now.numbers[0] >= _ID:
        return _days(theirs[0]) - _days(ours[0]) > _DAYS_BETWEEN_RELEASES
    return theirs > ours


def _days(number: int) -> int:
    text = str(number)[:_DATE_LENGTH]
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal()
    except ValueError:
        return 0


def _comparable(now: Version, version: Version) -> bool:
    """Whether the numbers are of one kind: those of years, of dates and of ids follow upon no others."""
    mine, other = now.numbers, version.numbers
    if (max(mine[1:], default=0) >= _ID) != (max(other[1:], default=0) >= _ID):
        return False
    if mine[0] < _THOUSAND <= other[0]:
        # Some images have gone over to calendar versions, as SonarQube from 10.8.1 to 2025.1.0.
        same = len(mine) == len(other) > 1 and read_base(version.family.variant) == read_base(now.family.variant)
        return same and is_year(other[0]) and not _is_calendar_day(other)
    if is_year(mine[0]) and len(mine) > 1 and not is_year(other[0]):
        return False
    return (mine[0] < _THOUSAND) == (other[0] < _THOUSAND) and (
        len(str(mine[0])) == len(str(other[0])) or max(mine[0], other[0]) < _THOUSAND
    )


def _is_calendar_day(numbers: Numbers) -> bool:
    return len(numbers) > 2 and 1 <= numbers[1] <= 12 and 1 <= numbers[2] <= 31  # noqa: PLR2004 - months and days


def _unfinished(variant: str) -> frozenset[str]:
    words = variant.lower().replace("_", "-").replace(".", "-").split("-")
    return _UNFINISHED.intersection(words)
