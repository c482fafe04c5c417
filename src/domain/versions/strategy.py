"""How the next tag is chosen among those that the registry lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import ClassVar, Final, NamedTuple

from watch_cluster.domain.versions.constraint import Constraint
from watch_cluster.domain.versions.left_behind import (
    Siblings,
    ended_before_release,
    ended_line_of,
    ended_lines,
    is_year,
    others_ahead,
)
from watch_cluster.domain.versions.readings import never_lower, read_list
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.tag_pattern import TagPattern, VersionPattern
from watch_cluster.domain.versions.two_versions import proposed_pattern
from watch_cluster.domain.versions.version import (
    BY_ITSELF,
    COUNTERS,
    Family,
    InvalidVersion,
    Reading,
    Version,
    read_all,
)


class UnknownStrategy(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """There is no strategy of that name."""


class EvaluatedTag(NamedTuple):
    """A tag that looks newer than the current one, whether the rules let it through, and which rule decided.

    A tuple, since one is made for each of thousands of tags.
    """

    tag: str
    kept: bool
    reason: str


class ChoiceHold(StrEnum):
    """Why the tags that the registry lists do not tell what comes after the current one."""

    LEFT_BEHIND = "left behind"
    TWO_VERSIONS = "two versions in the tag"


@dataclass(frozen=True, slots=True)
class Choice:
    """Every tag that looks newer than the current one, the newest first, and what the strategy makes of it.

    `current` is the current tag as it was read, and `crossing` are the tags that are kept and begin with another
    number. `hold` is why the owner has to do something, and `message` what.
    """

    evaluated_tags: tuple[EvaluatedTag, ...] = ()
    current: Version | None = None
    crossing: tuple[str, ...] = ()
    hold: ChoiceHold | None = None
    message: str = ""

    @property
    def kept(self) -> tuple[str, ...]:
        """The tags that every rule lets through, the best first."""
        return tuple(each.tag for each in self.evaluated_tags if each.kept)

    @property
    def chosen(self) -> str | None:
        """The best tag of all, None when no rule lets any through."""
        return next((each.tag for each in self.evaluated_tags if each.kept), None)


@dataclass(frozen=True, slots=True)
class VersionStrategy:
    """`version`: the newest version of the current tag's family.

    A tag looks newer when its numbers are greater, or are the same with a later prerelease or revision. The first
    `locked` numbers stay as they are. `constraint`, `allow` and `ignore` further limit what may be taken. Prereleases
    are taken where `prerelease` allows it, else only by what is one: those of the same numbers. With `follow`, later
    releases of the base in the variant are taken as well. `pattern` says which text of a tag is its version. `behind`
    is by how many lines of versions to stay behind the newest: major and minor version make a line, a patch where
    only that may move.

    >>> VersionStrategy().choose("1.25-alpine", ["1.26", "1.26-alpine", "1.25.3-alpine"]).chosen
    '1.26-alpine'
    >>> VersionStrategy(locked=1).choose("v0.5.0", ["v0.5.1", "v0.6.0", "v1.0.0"]).chosen
    'v0.6.0'
    >>> VersionStrategy(follow=True).choose("1.25-alpine3.18", ["1.26-alpine3.19", "1.26-bookworm"]).chosen
    '1.26-alpine3.19'
    """

    follows_digest: ClassVar[bool] = False

    locked: int = 0
    constraint: Constraint | None = None
    allow: TagPattern | None = None
    ignore: TagPattern | None = None
    prerelease: bool = False
    follow: bool = False
    pattern: VersionPattern | None = None
    behind: int = 0

    def useless_for(self, tag: str | None) -> str | None:
        """Say why this strategy can never find anything for the tag; None when it can, or nobody knows."""
        if not self.locked or tag is None:
            return None
        try:
            now = self._read(tag)
        except InvalidVersion:
            return None
        if now.word or now.counters:
            # A later prerelease or build of the same numbers may come.
            return None
        if len(now.numbers) <= self.locked:
            kept = "the only number" if len(now.numbers) == 1 else "all numbers"
            return f"it keeps {kept} of tag {tag!r}, so that nothing newer can ever be found: set version"
        return None

    def choose(self, current: str, tags: Iterable[str]) -> Choice:
        """Judge every tag that looks newer; of two equal ones the first as text comes first.

        Raises `InvalidVersion` when the current tag cannot be followed.
        """
        listed = tuple(tags)
        # Many workloads ask the same of the same list; a very long one is not worth remembering.
        return _chosen(self, current, listed) if len(listed) <= _MOST_REMEMBERED else self._choose(current, listed)

    def _choose(self, current: str, tags: Sequence[str]) -> Choice:
        now = self._read(current)
        if self.pattern is None and (proposal := proposed_pattern(current)) is not None:
            return Choice((), now, (), ChoiceHold.TWO_VERSIONS, _propose(current, proposal))
        versions = tuple(self._read_all(tags))
        reading = read_list(now, versions)
        if reading != BY_ITSELF and self.pattern is None:
            now = Version.parse(current, reading)
            versions = tuple(read_all(tags, reading))
        return _Judgement(self, now, versions).choice()

    def limit(self, now: Version, version: Version) -> str | None:
        """The owner's limit that rejects the version, whatever its family; None when all let it through."""
        if version.numbers[: self.locked] != now.numbers[: self.locked]:
            return f"{_PLACES[self.locked]} {'.'.join(str(number) for number in now.numbers[: self.locked])}"
        if version.word and not self.prerelease:
            if not now.word:
                return "a prerelease, and the current tag is none"
            if version.numbers != now.numbers:
                return "a prerelease of another version than the current one"
        return self._filter(version)

    def _filter(self, version: Version) -> str | None:
        """What the owner has set against the version, whatever the current one is."""
        if self.constraint is not None and not self.constraint.allows(version.numbers):
            return f"outside the constraint {self.constraint}"
        if self.allow is not None and not self.allow.matches(version.tag):
            return f"does not match allow-tags {self.allow}"
        if self.ignore is not None and self.ignore.matches(version.tag):
            return f"matches ignore-tags {self.ignore}"
        return None

    def _read(self, tag: str) -> Version:
        if self.pattern is None:
            return Version.parse(tag)
        read = self.pattern.read(tag)
        if read is None:
            raise InvalidVersion(f"tag {tag!r} does not match tag-pattern {self.pattern}")
        text, frame = read
        version = Version.parse(text, _EXPLICIT)
        return version._replace(tag=tag, family=version.family._replace(frame=frame))

    def _read_all(self, tags: Iterable[str]) -> Iterator[Version]:
        if self.pattern is None:
            yield from read_all(tags)
            return
        for tag in tags:
            try:
                yield self._read(tag)
            except InvalidVersion:
                continue


@dataclass(frozen=True, slots=True)
class LatestStrategy:
    """`latest`: whatever the current tag stands for at the registry, told by its digest."""

    follows_digest: ClassVar[bool] = True

    def choose(self, current: str, tags: Iterable[str]) -> Choice:
        """Stay with the current tag, whatever other tags there are: only what it stands for changes."""
        del tags
        return Choice((EvaluatedTag(current, kept=True, reason="the tag that is followed"),))

    def useless_for(self, tag: str | None) -> None:
        """Return None: any tag may come to name another image."""


Strategy = VersionStrategy | LatestStrategy
"""What chooses a tag; `follows_digest` is whether the digest behind the current tag is compared, not newer tags."""

_MOST_REMEMBERED: Final = 1000
NAMES: Final = ("version", "version-lock-major", "version-lock-minor", "latest")
"""The strategies, as people name them; of the first three, the place tells how many numbers are locked."""
_PLACES: Final = ("", "the major version stays", "major and minor version stay")


def strategy_named(
    name: str,
    *,
    constraint: Constraint | None = None,
    allow: TagPattern | None = None,
    ignore: TagPattern | None = None,
    prerelease: bool = False,
    follow: bool = False,
    pattern: VersionPattern | None = None,
    behind: int = 0,
) -> Strategy:
    """Make the strategy that an annotation names. What limits versions means nothing to `latest`.

    Raises `UnknownStrategy`.
    """
    if name not in NAMES:
        allowed = ", ".join(f'"{each}"' for each in NAMES)
        raise UnknownStrategy(f"allowed is {allowed}")
    if name == "latest":
        return LatestStrategy()
    return VersionStrategy(NAMES.index(name), constraint, allow, ignore, prerelease, follow, pattern, behind)


@lru_cache(maxsize=512)
def _chosen(strategy: VersionStrategy, current: str, tags: tuple[str, ...]) -> Choice:
    return strategy._choose(current, tags)  # noqa: SLF001 - its own memory


_EXPLICIT: Final = Reading(explicit=True)


@dataclass(frozen=True, slots=True)
class _Judgement:
    """One choice under way."""

    strategy: VersionStrategy
    now: Version
    versions: tuple[Version, ...]
    rejected: dict[str, str] = field(default_factory=dict)

    def choice(self) -> Choice:
        now = self.now
        siblings = Siblings(self.versions)
        newer = [version for version in self.versions if version.key > now.key]
        newer.sort(key=attrgetter("tag"))
        newer.sort(key=attrgetter("key"), reverse=True)
        if self.strategy.follow and read_base(now.family.variant).releases:
            newer = [*self._later_releases(siblings), *newer]
        reach = _reach(now, newer)
        low = never_lower(now, self.versions)
        kept: list[Version] = []
        for version in newer:
            rejection = self._rejection(version, reach, low=low)
            if rejection is None:
                kept.append(version)
            else:
                self.rejected[version.tag] = rejection
        kept = self._without_ended(kept, siblings)
        kept = self._behind(kept)
        if self.strategy.follow and len(kept) > 1:
            kept = self._followed(kept, siblings)
        best = kept[0] if kept else None
        place = {version.tag: number for number, version in enumerate(kept)}
        if self.strategy.follow:
            newer = [*kept, *(version for version in newer if version.tag not in place)]
        evaluated_tags = tuple(
            EvaluatedTag(version.tag, version.tag in place, self.rejected.get(version.tag) or _praise(version, best))
            for version in dict.fromkeys(newer)
        )
        if best is None and (ahead := others_ahead(now, self.versions, siblings, self._eligible)):
            return Choice(evaluated_tags, now, (), ChoiceHold.LEFT_BEHIND, _gone(now, ahead))
        crossing = tuple(version.tag for version in kept if version.numbers[:1] != now.numbers[:1])
        return Choice(evaluated_tags, now, crossing)

    def _rejection(self, version: Version, reach: int, *, low: bool) -> str | None:
        """The rule that rejects the version, None when all let it through."""
        now = self.now
        if version.family != now.family:
            grown = _is_grown(now, version, reach)
            followed = self.strategy.follow and _follows(version.family, now.family)
            if not grown and not followed:
                return _difference(now.family, version.family)
        if len(now.numbers) > 1 and is_year(now.numbers[0]) and not is_year(version.numbers[0]):
            return f"{version.numbers[0]} is no year"
        if low and version.counters < now.counters and version.counters[0] > 1:
            return "a lower number behind the version, which may be another variant"
        return self.strategy.limit(now, version)

    def _eligible(self, version: Version) -> bool:
        return self.strategy.limit(self.now, version) is None

    def _without_ended(self, kept: list[Version], siblings: Siblings) -> list[Version]:
        """Leave out what others have left behind in other lines than the current one."""
        ended = ended_lines(kept, self.now, siblings)
        worded = [version for version in self.versions if version.word]
        if not ended and not worded:
            return kept
        going_on: list[Version] = []
        for version in kept:
            further = ended_line_of(version, ended)
            if further is None and worded and not going_on and version.numbers[:1] != self.now.numbers[:1]:
                further = ended_before_release(version, worded)
            if further is None:
                going_on.append(version)
            else:
                self.rejected[version.tag] = f"left behind: others have gone on to {further.tag}"
        return going_on

    def _behind(self, kept: list[Version]) -> list[Version]:
        """Leave out the newest lines, but for the current one."""
        if not self.strategy.behind:
            return kept
        now = self.now.numbers
        places = min(len(now), max(self.strategy.locked + 1, len(now) - 1))
        lines = sorted({version.numbers[:places] for version in kept} - {now[:places]}, reverse=True)
        newest = set(lines[: self.strategy.behind])
        for version in kept:
            if version.numbers[:places] in newest:
                self.rejected[version.tag] = f"one of the {self.strategy.behind} newest, which behind leaves out"
        return [version for version in kept if version.numbers[:places] not in newest]

    def _later_releases(self, siblings: Siblings) -> list[Version]:
        """The current version on later releases of its base, where its own one has come to its end."""
        now = self.now
        if siblings.goes_on(now):
            return []
        later = [
            version
            for version in self.versions
            if version.numbers == now.numbers
            and version.family != now.family
            and version.key[:COUNTERS] == now.key[:COUNTERS]
            and version.key <= now.key
            and _follows(version.family, now.family)
        ]
        return sorted(set(later), key=attrgetter("tag"))

    def _followed(self, kept: list[Version], siblings: Siblings) -> list[Version]:
        """Put those of one version in order: the current release of the base while it goes on, else the latest."""
        now = self.now
        newest = kept[0].key[:COUNTERS]
        stays = any(
            version.family == now.family and version.key[:COUNTERS] == newest and siblings.goes_on(version)
            for version in kept
        )

        def order(version: Version) -> tuple[object, ...]:
            releases = read_base(version.family.variant).releases
            own = stays and version.family == now.family
            return version.key[:COUNTERS], own, releases, version.key[COUNTERS:]

        return sorted(sorted(kept, key=attrgetter("tag")), key=order, reverse=True)


def _follows(family: Family, current: Family) -> bool:
    """Whether it differs only in that its base is of a later release."""
    return (
        family.variant != current.variant
        and family._replace(variant=current.variant) == current
        and read_base(family.variant).follows(read_base(current.variant))
    )


_GROWABLE: Final = re.compile(r"1 numbers|1 from a year|1 of \d digits")
_LARGEST_STEP: Final = 1.5
"""By which factor a counter may grow from one tag to the next when it gets another digit."""


def _reach(now: Version, newer: list[Version]) -> int:
    """How far a single number counts on without a gap, so that 999 comes to 1000 and 22 never to the year 2024."""
    if len(now.numbers) > 1 or not _GROWABLE.fullmatch(now.family.shape):
        return 0
    reach = now.numbers[0]
    for version in reversed(newer):
        number = version.numbers[0]
        if len(version.numbers) == 1 and _is_alike_but_for_shape(now, version):
            if number > max(reach * _LARGEST_STEP, reach + 10) and len(str(number)) > len(str(reach)):
                break
            reach = max(reach, number)
    return reach


def _is_grown(now: Version, version: Version, reach: int) -> bool:
    return (
        0 < version.numbers[0] <= reach
        and len(version.numbers) == 1
        and len(now.numbers) == 1
        and _is_alike_but_for_shape(now, version)
    )


def _is_alike_but_for_shape(now: Version, version: Version) -> bool:
    family = version.family
    return family._replace(shape=now.family.shape) == now.family and _GROWABLE.fullmatch(family.shape) is not None


@lru_cache(maxsize=4096)
def _difference(now: Family, other: Family) -> str:
    """What is not equal of the two families. Said once for all: thousands of tags have few families."""
    if other.frame != now.frame:
        return "another text around the version that tag-pattern names"
    if other.prefix != now.prefix:
        return f"another prefix: {other.prefix or 'none'} instead of {now.prefix or 'none'}"
    if other.shape != now.shape:
        return f"another shape: {other.shape} instead of {now.shape}"
    if other.variant != now.variant:
        return f"another variant: {other.variant or 'none'} instead of {now.variant or 'none'}"
    return "another way to count revisions"


def _praise(version: Version, best: Version | None) -> str:
    return "the newest" if best is None or version.tag == best.tag else f"newer, but {best.tag} is newer still"


def _propose(tag: str, proposal: str) -> str:
    return f"tag {tag!r} holds two versions: say which one moves with tag-pattern, such as {proposal}"


def _gone(now: Version, ahead: list[Version]) -> str:
    first = ahead[0]
    what = f"variant {now.variant}" if now.variant else f"the form of {now.tag!r}"
    follow = _follows(first.family, now.family._replace(shape=first.family.shape, revision=first.family.revision))
    how = f"set variant: follow, or set the image to {first.tag}" if follow else f"set the image to {first.tag}"
    return (
        f"tag {now.tag!r} is left behind: nothing newer has {what}, and others have gone on to {_named(ahead)}: {how}"
    )


def _named(ahead: list[Version]) -> str:
    names = list(dict.fromkeys(version.tag for version in ahead))
    return ", ".join(names[:_MOST_NAMED]) + (" and others" if len(names) > _MOST_NAMED else "")


_MOST_NAMED: Final = 3
