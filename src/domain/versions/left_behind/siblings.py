"""Groups the tags of an image that differ only in numbers and releases of their base."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from watch_cluster.domain.versions.parts.family import Family
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.version import Version

Numbers = tuple[int, ...]

_MAJORITY: Final = 0.5
_RECENT: Final = 6
"""How many versions are used to find on how many releases of its base an image is built at once."""
_BUILD: Final = "_"


@dataclass(frozen=True, slots=True)
class Siblings:
    """The releases among the tags of an image, in groups of siblings.

    Siblings have the same prefix and variants that differ only in numbers and in releases of their base.
    """

    versions: tuple[Version, ...]
    _alike: dict[tuple[str, str], list[Version]] = field(default_factory=dict)
    _moving: dict[tuple[str, str, int], bool] = field(default_factory=dict)

    def of(self, family: Family) -> list[Version]:
        """Return all siblings of the tags of that family, including those."""
        group = (family.prefix, read_base(family.variant).skeleton)
        found = self._alike.get(group)
        if found is None:
            found = self._alike[group] = [
                version
                for version in self.versions
                if version.family.prefix == family.prefix
                and not version.word
                and (version.family.variant == family.variant or read_base(version.family.variant).skeleton == group[1])
            ]
        return found

    def is_moving(self, version: Version) -> bool:
        """Whether tags with as many numbers as this one move to the newest of several with more numbers."""
        siblings, length = self.of(version.family), len(version.numbers)
        key = (version.family.prefix, read_base(version.family.variant).skeleton, length)
        if version.family.revision == _BUILD:
            # `25_36` is one build, and `25.0.1_8` follows it.
            return False
        if key not in self._moving:
            longer = {sibling.numbers[:length] for sibling in siblings if len(sibling.numbers) > length}
            own = {sibling.numbers for sibling in siblings if len(sibling.numbers) == length} | {version.numbers}
            self._moving[key] = len(own & longer) >= _MAJORITY * len(own)
        return self._moving[key]

    def is_maintained(self, version: Version) -> bool:
        """Whether its variant is still built for its numbers, although siblings are on later releases of the base."""
        base = read_base(version.family.variant)
        siblings = self.of(version.family)
        if self.is_moving(version):
            return self._newest_has_variant(version, siblings)
        if not base.releases:
            return True
        releases: defaultdict[Numbers, set[tuple[Numbers, ...]]] = defaultdict(set)
        for sibling in siblings:
            other = read_base(sibling.family.variant)
            if other.pattern == base.pattern and sibling.family.shape == version.family.shape:
                releases[sibling.numbers].add(other.releases)
        here = releases.pop(version.numbers, set())
        later = sum(other > base.releases for other in here)
        recent = sorted(len(releases[numbers]) for numbers in sorted(releases)[-_RECENT:])
        usual = recent[0] if recent else 1
        # A version that was rebuilt on many releases, one after the other, is on the last of them.
        return later < (usual if len(here) <= 2 * usual else 1)

    def _newest_has_variant(self, version: Version, siblings: list[Version]) -> bool:
        """Whether the newest version that a moving tag refers to has its variant."""
        length = len(version.numbers)
        versions = [
            sibling
            for sibling in siblings
            if sibling.numbers[:length] == version.numbers and len(sibling.numbers) > length
        ]
        if not versions:
            return True
        longest = max(len(inner.numbers) for inner in versions)
        newest = max(inner.numbers for inner in versions if len(inner.numbers) == longest)
        variant = version.family.variant
        same = (inner for inner in versions if inner.numbers == newest and inner.family.variant == variant)
        found = next(same, None)
        return found is not None and self.is_maintained(found)
