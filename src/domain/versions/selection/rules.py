"""What the owner of a workload lets through, whatever family a version is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from watch_cluster.domain.versions.constraint import Constraint
from watch_cluster.domain.versions.tag_pattern import TagPattern
from watch_cluster.domain.versions.version import Version

_PLACES: Final = ("", "the major version stays", "major and minor version stay")


@dataclass(frozen=True, slots=True)
class Rules:
    """The owner's limits.

    The first `locked` numbers stay as they are. `constraint`, `allow` and `ignore` further limit what may be taken.
    Prereleases are taken where `prerelease` allows it, else only by what is one: those of the same numbers. With
    `follow`, later releases of the base in the variant are taken as well, and what comes after a tag that is left
    behind. `behind` is by how many lines of versions to stay behind the newest: major and minor version make a line,
    a patch where only that may move.
    """

    locked: int = 0
    constraint: Constraint | None = None
    allow: TagPattern | None = None
    ignore: TagPattern | None = None
    prerelease: bool = False
    follow: bool = False
    behind: int = 0

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
