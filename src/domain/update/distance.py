"""How far an image is behind the candidate for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from watch_cluster.domain.update.decision import Update
from watch_cluster.domain.versions.version import InvalidVersion, Version


class Level(StrEnum):
    """The first part of the version that differs; `digest` if the tag is the same."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    DIGEST = "digest"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Distance:
    """How far behind an image is: which part of the version differs, and how many newer versions the rules accept."""

    level: Level
    versions: int

    @classmethod
    def of(cls, update: Update) -> Distance:
        """Compare the two images of an update."""
        versions = max(1, sum(1 for tag in update.evaluated_tags if tag.kept))
        old, new = update.current.effective_tag, update.candidate.effective_tag
        if old == new or old is None or new is None:
            return cls(Level.DIGEST, 1)
        try:
            before, after = Version.parse(old).numbers, Version.parse(new).numbers
        except InvalidVersion:
            return cls(Level.OTHER, versions)
        levels = (Level.MAJOR, Level.MINOR, Level.PATCH)
        differing = (level for level, was, is_now in zip(levels, before, after, strict=False) if was != is_now)
        return cls(next(differing, Level.OTHER), versions)
