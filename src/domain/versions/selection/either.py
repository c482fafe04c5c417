"""The newer tags for a current tag that contains two versions."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from watch_cluster.domain.versions.choice import EvaluatedTag
from watch_cluster.domain.versions.two_versions import second_version_of
from watch_cluster.domain.versions.version import InvalidVersion, Version

_REASON: Final = "which of the two versions in the tag moves is for tag-pattern to say"


def later_in_either(now: Version, versions: Iterable[Version]) -> tuple[EvaluatedTag, ...]:
    """Return the tags whose first or second version is later, the newest first; none is allowed."""
    later = {version for version in versions if version.key > now.key or _is_later_behind(now.tag, version.tag)}
    newest_first = sorted(sorted(later, key=attrgetter("tag")), key=attrgetter("key"), reverse=True)
    return tuple(EvaluatedTag(version.tag, kept=False, reason=_REASON) for version in newest_first)


def _is_later_behind(current: str, tag: str) -> bool:
    """Whether the text before the second version is equal, and the second version is later."""
    place = second_version_of(current)
    if place is None or tag[:place] != current[:place]:
        return False
    try:
        return Version.parse(tag[place:]).key > Version.parse(current[place:]).key
    except InvalidVersion:
        return False
