"""The limits that the owner of a workload sets for versions of every family."""

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

    The first `locked` numbers must not change. `constraint`, `allow` and `ignore` limit versions further. Prereleases
    are allowed with `prerelease`; without it, only those of the same numbers if the current tag is a prerelease. With
    `follow`, later releases of the base in the variant are allowed, and the successors of a tag that is left behind.
    `behind` is how many lines of versions to stay behind the newest; a line is a major and minor version, or a patch
    version if only that may change.
    """

    locked: int = 0
    constraint: Constraint | None = None
    allow: TagPattern | None = None
    ignore: TagPattern | None = None
    prerelease: bool = False
    follow: bool = False
    behind: int = 0

    def limit(self, now: Version, version: Version) -> str | None:
        """Return the limit that rejects the version, None if it is allowed."""
        if self.locked and version.numbers[: self.locked] != now.numbers[: self.locked]:
            return f"{_PLACES[self.locked]} {'.'.join(str(number) for number in now.numbers[: self.locked])}"
        if version.word and not self.prerelease:
            if not now.word:
                return "a prerelease, and the current tag is none"
            if version.numbers != now.numbers:
                return "a prerelease of another version than the current one"
        return self._filter(version)

    def _filter(self, version: Version) -> str | None:
        """Return the limit that rejects the version independently of the current one."""
        if self.constraint is not None and not self.constraint.allows(version.numbers):
            return f"outside the constraint {self.constraint}"
        if self.allow is not None and not self.allow.matches(version.tag):
            return f"does not match allow-tags {self.allow}"
        if self.ignore is not None and self.ignore.matches(version.tag):
            return f"matches ignore-tags {self.ignore}"
        return None
