"""How the next tag is chosen among those that the registry lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from watch_cluster.domain.version import InvalidVersion, Version

MOST_CONSIDERED: Final = 100
"""How many of the tags that look newer are told; the newest come first."""
_MOST_NUMBERS: Final = 4


class UnknownStrategy(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """There is no strategy of that name."""


@dataclass(frozen=True, slots=True)
class Considered:
    """A tag that looks newer than the current one, whether the rules let it through, and which rule decided."""

    tag: str
    kept: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What a strategy takes, None for nothing, and the tags that it looked at: the newest first."""

    chosen: str | None
    considered: tuple[Considered, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionStrategy:
    """`version`: the newest version of the current tag's family.

    A tag looks newer when its numbers are greater, or are the same with a later prerelease or revision. Prereleases
    are taken only by what is one: those of the same numbers. The first `locked` numbers stay as they are.

    >>> VersionStrategy().choose("1.25-alpine", ["1.26", "1.26-alpine", "1.25.3-alpine"]).chosen
    '1.26-alpine'
    >>> VersionStrategy(locked=1).choose("v0.5.0", ["v0.5.1", "v0.6.0", "v1.0.0"]).chosen
    'v0.6.0'
    """

    locked: int = 0

    def choose(self, current: str, tags: Iterable[str]) -> Choice:
        """Choose the newest tag that every rule lets through; of two equal ones the first as text.

        Raises `InvalidVersion` when the current tag cannot be followed.
        """
        now = Version.parse(current)
        newest: Version | None = None
        looked_at: list[tuple[Version, str | None]] = []
        for version in _newer(now, tags):
            objection = self._objection(now, version)
            looked_at.append((version, objection))
            if objection is None and (newest is None or _rank(version) > _rank(newest)):
                newest = version
            elif objection is None and newest is not None and _rank(version) == _rank(newest):
                newest = min(newest, version, key=lambda each: each.tag)
        looked_at.sort(key=lambda pair: pair[0].tag)
        looked_at.sort(key=lambda pair: _rank(pair[0]), reverse=True)
        return Choice(
            None if newest is None else newest.tag,
            tuple(
                Considered(version.tag, objection is None, objection or _praise(version, newest))
                for version, objection in looked_at[:MOST_CONSIDERED]
            ),
        )

    def _objection(self, now: Version, version: Version) -> str | None:
        """The rule that rejects the version, None when all let it through."""
        if version.family != now.family:
            return _difference(now, version)
        if version.numbers[: self.locked] != now.numbers[: self.locked]:
            return f"{_PLACES[self.locked]} stays {'.'.join(str(number) for number in now.numbers[: self.locked])}"
        if version.prerelease is not None and now.prerelease is None:
            return "a prerelease, and the current tag is none"
        if version.prerelease is not None and version.numbers != now.numbers:
            return "a prerelease of another version than the current one"
        return None


@dataclass(frozen=True, slots=True)
class LatestStrategy:
    """`latest`: whatever the current tag stands for at the registry, told by its digest."""


Strategy = VersionStrategy | LatestStrategy


def strategy_named(name: str) -> Strategy:
    """Find the strategy that an annotation names. Raises `UnknownStrategy`."""
    if name not in _STRATEGIES:
        allowed = ", ".join(f'"{each}"' for each in sorted(_STRATEGIES))
        raise UnknownStrategy(f"allowed is {allowed}")
    return _STRATEGIES[name]


_PLACES: Final = ("", "the major version")
_STRATEGIES: Final[dict[str, Strategy]] = {
    "version": VersionStrategy(),
    "version-lock-major": VersionStrategy(locked=1),
    "latest": LatestStrategy(),
}

_Rank = tuple[tuple[int, ...], tuple[int, int], int]


def _rank(version: Version) -> _Rank:
    """An order across families, for what merely looks newer; inside a family it is the family's own."""
    numbers, prerelease, revision = version.key
    return (numbers + (0,) * (_MOST_NUMBERS - len(numbers)), prerelease, revision)


def _newer(now: Version, tags: Iterable[str]) -> Iterable[Version]:
    present = _rank(now)
    for tag in tags:
        try:
            version = Version.parse(tag)
        except InvalidVersion:
            continue
        if _rank(version) > present:
            yield version


def _difference(now: Version, version: Version) -> str:
    if version.prefix != now.prefix:
        return f"another prefix: {version.prefix or 'none'} instead of {now.prefix or 'none'}"
    if version.shape != now.shape:
        return f"another shape: {version.shape} instead of {now.shape}"
    if version.variant != now.variant:
        return f"another variant: {version.variant or 'none'} instead of {now.variant or 'none'}"
    return "another way to count revisions"


def _praise(version: Version, newest: Version | None) -> str:
    return "the newest" if newest is None or version.tag == newest.tag else f"newer, but {newest.tag} is newer still"
