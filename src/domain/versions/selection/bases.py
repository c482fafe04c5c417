"""Later releases of the base image in a variant, for `variant: follow`."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from watch_cluster.domain.versions.left_behind.siblings import Siblings
from watch_cluster.domain.versions.parts.family import Family
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.version import COUNTERS, Version


def is_on_later_base(family: Family, current: Family) -> bool:
    """Whether it differs only by a later release of the base."""
    return (
        family.variant != current.variant
        and family._replace(variant=current.variant) == current
        and read_base(family.variant).follows(read_base(current.variant))
    )


def on_later_bases(now: Version, versions: Iterable[Version], siblings: Siblings) -> list[Version]:
    """Return the current version on later releases of its base, if it is no longer built for its own."""
    if not read_base(now.variant).releases or siblings.is_maintained(now):
        return []
    later = {
        version
        for version in versions
        if version.numbers == now.numbers
        and version.family != now.family
        and version.key[:COUNTERS] == now.key[:COUNTERS]
        and version.key <= now.key
        and is_on_later_base(version.family, now.family)
    }
    return sorted(later, key=attrgetter("tag"))


def in_order_of_bases(now: Version, kept: list[Version], siblings: Siblings) -> list[Version]:
    """Sort, the best first: within one version, the current release of the base while it is built, then the latest."""
    newest = max((version.key[:COUNTERS] for version in kept), default=())
    stays = any(
        version.variant == now.variant and version.key[:COUNTERS] == newest and siblings.is_maintained(version)
        for version in kept
    )

    def order(version: Version) -> tuple[object, ...]:
        own = stays and version.variant == now.variant
        return version.key[:COUNTERS], own, read_base(version.variant).releases, version.key[COUNTERS:]

    return sorted(sorted(kept, key=attrgetter("tag")), key=order, reverse=True)
