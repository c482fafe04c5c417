"""Strategies that select the next tag among those of a registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final

from watch_cluster.domain.versions.choice import Choice, ChoiceHold, EvaluatedTag
from watch_cluster.domain.versions.constraint import Constraint
from watch_cluster.domain.versions.parts.family import BY_ITSELF, Reading
from watch_cluster.domain.versions.readings import read_list
from watch_cluster.domain.versions.selection.either import later_in_either
from watch_cluster.domain.versions.selection.evaluation import Evaluation
from watch_cluster.domain.versions.selection.reasons import two_versions
from watch_cluster.domain.versions.selection.rules import Rules
from watch_cluster.domain.versions.tag_pattern import TagPattern, VersionPattern
from watch_cluster.domain.versions.two_versions import proposed_pattern
from watch_cluster.domain.versions.version import InvalidVersion, Version, read_all


class UnknownStrategy(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """There is no strategy of that name."""


_EXPLICIT: Final = Reading(explicit=True)


@dataclass(frozen=True, slots=True)
class VersionStrategy(Rules):
    """`version`: the newest version of the current tag's family that the owner's rules allow.

    A tag is newer if its numbers are greater, or equal with a later prerelease or revision. `pattern` selects the
    version in a tag.

    >>> VersionStrategy().choose("1.25-alpine", ["1.26", "1.26-alpine", "1.25.3-alpine"]).chosen
    '1.26-alpine'
    >>> VersionStrategy(locked=1).choose("v0.5.0", ["v0.5.1", "v0.6.0", "v1.0.0"]).chosen
    'v0.6.0'
    >>> VersionStrategy(follow=True).choose("1.25-alpine3.18", ["1.26-alpine3.19", "1.26-bookworm"]).chosen
    '1.26-alpine3.19'
    """

    follows_digest: ClassVar[bool] = False

    pattern: VersionPattern | None = None

    def useless_for(self, tag: str | None) -> str | None:
        """Return why this strategy can never find a newer tag; None if it can, or if that is unknown."""
        if not self.locked or tag is None:
            return None
        try:
            now = self.read(tag)
        except InvalidVersion:
            return None
        if now.word or now.counters:
            # A later prerelease or build of the same numbers may be released.
            return None
        if len(now.numbers) <= self.locked:
            kept = "the only number" if len(now.numbers) == 1 else "all numbers"
            return f"it keeps {kept} of tag {tag!r}, so that nothing newer can ever be found: set version"
        return None

    def choose(self, current: str, tags: Iterable[str]) -> Choice:
        """Evaluate every newer tag; equal ones are sorted as text.

        Raises `InvalidVersion` if the current tag cannot be followed.
        """
        listed = tuple(tags)
        # Many workloads have the same image; very long lists are not cached.
        return _chosen(self, current, listed) if len(listed) <= _MAX_CACHED_TAGS else self._choose(current, listed)

    def _choose(self, current: str, tags: Sequence[str]) -> Choice:
        now = self.read(current)
        if self.pattern is None and (proposal := proposed_pattern(current)) is not None:
            lines = later_in_either(now, read_all(tags))
            return Choice(lines, now, (), ChoiceHold.TWO_VERSIONS, two_versions(current, proposal))
        versions = tuple(self._read_all(tags))
        reading = read_list(now, versions)
        if reading != BY_ITSELF and self.pattern is None:
            now = Version.parse(current, reading)
            versions = tuple(read_all(tags, reading))
        return Evaluation(self, now, versions).choice()

    def read(self, tag: str) -> Version:
        """Read the version of a tag. Raises `InvalidVersion`, which says why there is none."""
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
                yield self.read(tag)
            except InvalidVersion:
                continue


@dataclass(frozen=True, slots=True)
class LatestStrategy:
    """`latest`: the image that the current tag refers to, by its digest."""

    follows_digest: ClassVar[bool] = True

    def choose(self, current: str, tags: Iterable[str]) -> Choice:
        """Return the current tag: only its digest changes."""
        del tags
        return Choice((EvaluatedTag(current, kept=True, reason="the tag that is followed"),))

    def useless_for(self, tag: str | None) -> None:
        """Return None: every tag may move to another image."""


Strategy = VersionStrategy | LatestStrategy
"""Selects a tag; `follows_digest` is whether it compares the digest of the current tag instead of newer tags."""

_MAX_CACHED_TAGS: Final = 1000
NAMES: Final = ("version", "version-lock-major", "version-lock-minor", "latest")
"""The names of the strategies; the index of the first three is the number of locked numbers."""


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
    """Return the strategy of that name. `latest` ignores the limits for versions.

    Raises `UnknownStrategy`.
    """
    if name not in NAMES:
        allowed = ", ".join(f'"{known}"' for known in NAMES)
        raise UnknownStrategy(f"allowed is {allowed}")
    if name == "latest":
        return LatestStrategy()
    return VersionStrategy(NAMES.index(name), constraint, allow, ignore, prerelease, follow, behind, pattern)


@lru_cache(maxsize=512)
def _chosen(strategy: VersionStrategy, current: str, tags: tuple[str, ...]) -> Choice:
    return strategy._choose(current, tags)  # noqa: SLF001 - its own cache
