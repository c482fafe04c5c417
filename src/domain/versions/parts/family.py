"""What must be equal of two tags, and what a list tells of how its tags are to be read."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple


class Family(NamedTuple):
    """What must be equal for one tag to come after another.

    `shape` tells how the numbers are written: how many there are and with which separator, whether they begin with a
    year, and whether a date or an id is among them. `revision` is how builds of one version are counted (`-` in `-5`,
    `r`, `ls`, `build.`, `_`, several with commas between), None where they are not. `frame` is what a `tag-pattern`
    demands around the version.
    """

    prefix: str
    shape: str
    variant: str
    revision: str | None
    frame: str = ""


class Reading(NamedTuple):
    """How ambiguous tags are read, as the list that they come from tells.

    `variant_words` are the words of prereleases that name variants there. `builds` is whether `-b97` counts builds and
    names no beta, `bare` whether a bare number counts builds and names no variant. `explicit` is whether somebody has
    said which text is the version, so that a long number is no id.
    """

    variant_words: frozenset[str] = frozenset()
    builds: bool = False
    bare: bool = True
    explicit: bool = False


BY_ITSELF: Final = Reading()
"""How a tag is read when nothing is known of its neighbours."""


@lru_cache(maxsize=4096)
def family_of(prefix: str, shape: str, variant: str, revision: str | None) -> Family:
    """Make a family, once for all its tags: thousands of tags have few families."""
    return Family(prefix, shape, variant, revision)


_UNNAMED_KINDS: Final = frozenset({"date", "date with -", "date with _", "seconds"})


def written_counters(revision: str | None, counters: tuple[int, ...]) -> str:
    """Write the counters as they stand in the tag, apart from zeros in front."""
    left = list(counters)
    texts = []
    for kind in (revision or "").split(",") if revision else ():
        sign, *more = kind.split(".#")
        numbers, left = left[: 1 + len(more)], left[1 + len(more) :]
        name = "" if sign in _UNNAMED_KINDS else sign
        texts.append(name + ".".join(map(str, numbers)))
    return " ".join(texts)
