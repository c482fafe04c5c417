"""How the next tag is chosen among those that the registry lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import ClassVar, Final, NamedTuple

from watch_cluster.domain.versions.constraint import Constraint
from watch_cluster.domain.versions.tag_pattern import TagPattern
from watch_cluster.domain.versions.version import Family, InvalidVersion, Version


class UnknownStrategy(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """There is no strategy of that name."""


class EvaluatedTag(NamedTuple):
    """A tag that looks newer than the current one, whether the rules let it through, and which rule decided.

    A tuple, since one is made for each of thousands of tags.
    """

    tag: str
    kept: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Every tag that looks newer than the current one, the newest first, and what the strategy makes of it."""

    evaluated_tags: tuple[EvaluatedTag, ...] = ()

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
    are taken where `prerelease` allows it, else only by what is one: those of the same numbers.

    >>> VersionStrategy().choose("1.25-alpine", ["1.26", "1.26-alpine", "1.25.3-alpine"]).chosen
    '1.26-alpine'
    >>> VersionStrategy(locked=1).choose("v0.5.0", ["v0.5.1", "v0.6.0", "v1.0.0"]).chosen
    'v0.6.0'
    """

    follows_digest: ClassVar[bool] = False

    locked: int = 0
    constraint: Constraint | None = None
    allow: TagPattern | None = None
    ignore: TagPattern | None = None
    prerelease: bool = False

    def choose(self, current: str, tags: Iterable[str]) -> Choice:
        """Judge every tag that looks newer; of two equal ones the first as text comes first.

        Raises `InvalidVersion` when the current tag cannot be followed.
        """
        listed = tuple(tags)
        # Many workloads ask the same of the same list; a very long one is not worth remembering.
        return _chosen(self, current, listed) if len(listed) <= _MOST_REMEMBERED else self._choose(current, listed)

    def _choose(self, current: str, tags: Iterable[str]) -> Choice:
        now = Version.parse(current)
        newer = [version for version in _versions(tags) if version.key > now.key]
        newer.sort(key=attrgetter("tag"))
        newer.sort(key=attrgetter("key"), reverse=True)
        evaluated_tags: list[EvaluatedTag] = []
        best: Version | None = None
        for version in newer:
            objection = self._objection(now, version)
            if objection is None:
                best = best or version
            evaluated_tags.append(EvaluatedTag(version.tag, objection is None, objection or _praise(version, best)))
        return Choice(tuple(evaluated_tags))

    def _objection(self, now: Version, version: Version) -> str | None:
        """The rule that rejects the version, None when all let it through."""
        if version.family != now.family:
            return _difference(now.family, version.family)
        if version.numbers[: self.locked] != now.numbers[: self.locked]:
            return f"{_PLACES[self.locked]} {'.'.join(str(number) for number in now.numbers[: self.locked])}"
        if version.prerelease is not None and not self.prerelease:
            if now.prerelease is None:
                return "a prerelease, and the current tag is none"
            if version.numbers != now.numbers:
                return "a prerelease of another version than the current one"
        return self._limit(version)

    def _limit(self, version: Version) -> str | None:
        """What the owner has set against the version."""
        if self.constraint is not None and not self.constraint.allows(version.numbers):
            return f"outside the constraint {self.constraint}"
        if self.allow is not None and not self.allow.matches(version.tag):
            return f"does not match allow-tags {self.allow}"
        if self.ignore is not None and self.ignore.matches(version.tag):
            return f"matches ignore-tags {self.ignore}"
        return None


@dataclass(frozen=True, slots=True)
class LatestStrategy:
    """`latest`: whatever the current tag stands for at the registry, told by its digest."""

    follows_digest: ClassVar[bool] = True

    def choose(self, current: str, tags: Iterable[str]) -> Choice:
        """Stay with the current tag, whatever other tags there are: only what it stands for changes."""
        del tags
        return Choice((EvaluatedTag(current, kept=True, reason="the tag that is followed"),))


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
) -> Strategy:
    """Make the strategy that an annotation names. What limits versions means nothing to `latest`.

    Raises `UnknownStrategy`.
    """
    if name not in NAMES:
        allowed = ", ".join(f'"{each}"' for each in NAMES)
        raise UnknownStrategy(f"allowed is {allowed}")
    if name == "latest":
        return LatestStrategy()
    return VersionStrategy(NAMES.index(name), constraint, allow, ignore, prerelease)


@lru_cache(maxsize=512)
def _chosen(strategy: VersionStrategy, current: str, tags: tuple[str, ...]) -> Choice:
    return strategy._choose(current, tags)  # noqa: SLF001 - its own memory


def _versions(tags: Iterable[str]) -> Iterator[Version]:
    for tag in tags:
        try:
            yield Version.parse(tag)
        except InvalidVersion:
            continue


@lru_cache(maxsize=4096)
def _difference(now: Family, other: Family) -> str:
    """What is not equal of the two families. Said once for all: thousands of tags have few families."""
    if other.prefix != now.prefix:
        return f"another prefix: {other.prefix or 'none'} instead of {now.prefix or 'none'}"
    if other.shape != now.shape:
        return f"another shape: {other.shape} instead of {now.shape}"
    if other.variant != now.variant:
        return f"another variant: {other.variant or 'none'} instead of {now.variant or 'none'}"
    return "another way to count revisions"


def _praise(version: Version, best: Version | None) -> str:
    return "the newest" if best is None or version.tag == best.tag else f"newer, but {best.tag} is newer still"
