"""The tags of an image that belong together, and what they tell of each other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from watch_cluster.domain.versions.parts.family import Family
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.version import Version

Numbers = tuple[int, ...]

_MOST_OF_THEM: Final = 0.5
_RECENT: Final = 6
"""How many versions tell on how many releases of its base an image is built at once."""
_BUILD: Final = "_"


@dataclass(frozen=True, slots=True)
class Siblings:
    """The releases among an image's tags, and which of them belong together.

    Siblings have the same prefix and variants that differ only in numbers and in releases of their base.
    """

    versions: tuple[Version, ...]
    _alike: dict[tuple[str, str], list[Version]] = field(default_factory=dict)
    _moving: dict[tuple[str, str, int], bool] = field(default_factory=dict)

    def of(self, family: Family) -> list[Version]:
        """All siblings of the tags of that family, those among them."""
        wanted = (family.prefix, read_base(family.variant).skeleton)
        found = self._alike.get(wanted)
        if found is None:
            found = self._alike[wanted] = [
                version
                for version in self.versions
                if version.family.prefix == family.prefix
                and not version.word
                and (
                    version.family.variant == family.variant or read_base(version.family.variant).skeleton == wanted[1]
                )
            ]
        return found

    def is_moving(self, version: Version) -> bool:
        """Whether tags with as many numbers as this one stand for the newest of several with more numbers."""
        siblings, length = self.of(version.family), len(version.numbers)
        key = (version.family.prefix, read_base(version.family.variant).skeleton, length)
        if version.family.revision == _BUILD:
            # `25_36` is one build, and `25.0.1_8` comes after it.
            return False
        if key not in self._moving:
            longer = {each.numbers[:length] for each in siblings if len(each.numbers) > length}
            own = {each.numbers for each in siblings if len(each.numbers) == length} | {version.numbers}
            self._moving[key] = len(own & longer) >= _MOST_OF_THEM * len(own)
        return self._moving[key]

    def goes_on(self, version: Version) -> bool:
        """Whether its variant is still built for its numbers, though siblings of them are on later releases."""
        base = read_base(version.family.variant)
        siblings = self.of(version.family)
        if self.is_moving(version):
            return self._newest_is_alike(version, siblings)
        if not base.releases:
            return True
        releases: defaultdict[Numbers, set[tuple[Numbers, ...]]] = defaultdict(set)
        for each in siblings:
            other = read_base(each.family.variant)
            if other.pattern == base.pattern and each.family.shape == version.family.shape:
                releases[each.numbers].add(other.releases)
        here = releases.pop(version.numbers, set())
        later = sum(each > base.releases for each in here)
        recent = sorted(len(releases[numbers]) for numbers in sorted(releases)[-_RECENT:])
        usual = recent[0] if recent else 1
        # A version that was built anew on many releases, one after the other, is on the last of them.
        return later < (usual if len(here) <= 2 * usual else 1)

    def _newest_is_alike(self, version: Version, siblings: list[Version]) -> bool:
        """Whether the newest version that a moving tag stands for has its variant."""
        length = len(version.numbers)
        versions = [
            each for each in siblings if each.numbers[:length] == version.numbers and len(each.numbers) > length
        ]
        if not versions:
            return True
        longest = max(len(each.numbers) for each in versions)
        newest = max(each.numbers for each in versions if len(each.numbers) == longest)
        alike = (each for each in versions if each.numbers == newest and each.family.variant == version.family.variant)
        found = next(alike, None)
        return found is not None and self.goes_on(found)
