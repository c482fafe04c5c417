"""The messages about newer tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watch_cluster.domain.versions.parts.family import Family
from watch_cluster.domain.versions.version import Version

_MAX_NAMED: Final = 3


def difference(now: Family, other: Family) -> str:
    """Return how two families differ."""
    if other.frame != now.frame:
        return "another text around the version that tag-pattern names"
    if other.prefix != now.prefix:
        return f"another prefix: {other.prefix or 'none'} instead of {now.prefix or 'none'}"
    if other.shape != now.shape:
        return f"another shape: {other.shape} instead of {now.shape}"
    if other.variant != now.variant:
        return f"another variant: {other.variant or 'none'} instead of {now.variant or 'none'}"
    return "another way to count revisions"


def two_versions(tag: str, proposal: str) -> str:
    """Return what to do about a tag with two versions."""
    return f"tag {tag!r} holds two versions: say which one moves with tag-pattern, such as {proposal}"


def gone_on(now: Version, ahead: Sequence[Version], *, can_follow: bool) -> str:
    """Return why a tag is left behind, and what to do; `can_follow` is whether `variant: follow` would help."""
    what = f"variant {now.variant}" if now.variant else f"the form of {now.tag!r}"
    tags = list(dict.fromkeys(version.tag for version in ahead))
    names = ", ".join(tags[:_MAX_NAMED]) + (" and others" if len(tags) > _MAX_NAMED else "")
    how = f"set variant: follow, or set the image to {tags[0]}" if can_follow else f"set the image to {tags[0]}"
    return f"tag {now.tag!r} is left behind: nothing newer has {what}, and others have gone on to {names}: {how}"
