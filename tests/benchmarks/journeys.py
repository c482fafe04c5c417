"""What becomes of whoever follows tags of real images for years.

`python -m tests.benchmarks.journeys [--each N] [--image NAME] [--follow] [--show END]` prints the figures.

The corpus, `data/official-images.tsv.xz`, has a line for each of 121,862 tags of 115 images: image, tag, the seconds
since 1970 at which it was first and last published (0: still published) and the folders that it was built from. It was
read from the public history of https://github.com/docker-library/official-images (Apache License 2.0), 2014 to August
2026.

A journey begins with a tag on the day on which it was published (2023 and later), looks every 90 days at all tags that
there were by then, moves to what is chosen, and ends with the corpus. In the end the tag is

- fresh: still published, so that its image still gets fixes;
- told: published no longer, and the owner was told: held, with what to do about it;
- silent: published no longer, and the owner believes that all is well;
- unread: no version for the strategy, which says so.

A step is older when it leads to a tag whose last publication was before the first of the tag that it leaves. A check is
early when it holds a tag that is still published, for the sake of newer ones that are not like it.
"""

from __future__ import annotations

import argparse
import lzma
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from watch_cluster.domain.versions.choice import Choice
from watch_cluster.domain.versions.parts.numbers import MOST_NUMBERS
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.strategy import VersionStrategy
from watch_cluster.domain.versions.version import InvalidVersion, Version

CORPUS: Final = Path(__file__).parent / "data" / "official-images.tsv.xz"
_BETWEEN_CHECKS: Final = 90 * 86_400
_BEGINNING: Final = 1_672_531_200
"""The first day of 2023."""
ENDS: Final = ("fresh", "told", "silent", "unread")


class Published(NamedTuple):
    """When a tag was published first and last, in seconds since 1970; `last` is 0 while it still is."""

    first: int
    last: int


Tags = Mapping[str, Published]


@dataclass(slots=True)
class Figures:
    """How the journeys of one image, or of all, have ended."""

    ends: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    older: int = 0
    not_newer: int = 0
    checks: int = 0
    early: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Count those of another image, too."""
        self.ends += other.ends
        self.steps += other.steps
        self.older += other.older
        self.not_newer += other.not_newer
        self.checks += other.checks
        self.early += other.early
        self.examples += other.examples

    def __str__(self) -> str:
        total = sum(self.ends.values()) or 1
        ends = ", ".join(f"{end} {self.ends[end]} ({100 * self.ends[end] / total:.1f} %)" for end in ENDS)
        return (
            f"{sum(self.ends.values())} journeys: {ends}; {self.steps} steps, older {self.older}, not newer"
            f" {self.not_newer}; {self.checks} checks, early {self.early}"
        )


def read_corpus(corpus: Path = CORPUS) -> dict[str, dict[str, Published]]:
    """Read the tags of each image."""
    images: defaultdict[str, dict[str, Published]] = defaultdict(dict)
    with lzma.open(corpus, "rt") as lines:
        next(lines)
        for line in lines:
            image, tag, first, last, _ = line.rstrip("\n").split("\t")
            images[image][tag] = Published(int(first), int(last))
    return dict(images)


def follow_image(strategy: VersionStrategy, image: str, tags: Tags, each: int, end: int) -> Figures:
    """Make so many journeys, from tags that are drawn by the image's name; none of an image that has ended."""
    figures = Figures()
    if all(published.last for published in tags.values()):
        return figures
    starts = sorted(tag for tag, (first, _) in tags.items() if first >= _BEGINNING and re.search(r"\d", tag))
    order = sorted(tags, key=lambda tag: tags[tag].first)
    for start in random.Random(image).sample(starts, min(each, len(starts))):  # noqa: S311 - the same each time
        follow_tag(strategy, image, start, tags, order, end, figures)
    return figures


def follow_tag(
    strategy: VersionStrategy, image: str, start: str, tags: Tags, order: list[str], end: int, figures: Figures
) -> None:
    """Make one journey."""
    path = [start]
    choice = Choice()
    for now in _checks(tags[start].first, end):
        known = tuple(tag for tag in order if tags[tag].first <= now)
        try:
            choice = _rest(strategy, path, known, tags, now, figures)
        except InvalidVersion:
            figures.ends["unread"] += 1
            figures.examples.append(f"unread {image}: {path[-1]}")
            return
    end_of_it = "fresh" if not tags[path[-1]].last else "told" if choice.hold is not None else "silent"
    figures.ends[end_of_it] += 1
    figures.examples.append(f"{end_of_it} {image}: {' -> '.join(path)}")


def _rest(
    strategy: VersionStrategy, path: list[str], known: tuple[str, ...], tags: Tags, now: int, figures: Figures
) -> Choice:
    """Check, move to what is chosen, and check again, as is done after each rollout."""
    choice = strategy.choose(path[-1], known)
    figures.checks += 1
    if choice.hold is not None and not 0 < tags[path[-1]].last <= now:
        figures.early += 1
    if choice.chosen is None:
        return choice
    figures.steps += 1
    before, after = path[-1], choice.chosen
    figures.older += 0 < tags[after].last < tags[before].first
    figures.not_newer += not _is_newer(before, after)
    path.append(after)
    return strategy.choose(after, known)


def _is_newer(before: str, after: str) -> bool:
    """Whether the numbers are greater, or where they are the same, the rest or the release of the base is later."""
    old, new = Version.parse(before), Version.parse(after)
    if new.key[:MOST_NUMBERS] != old.key[:MOST_NUMBERS]:
        return new.key > old.key
    ends_stage = old.prefix in {"alpha-", "beta-", "rc-"} and not new.prefix
    return ends_stage or new.key > old.key or read_base(new.variant).releases > read_base(old.variant).releases


def _checks(start: int, end: int) -> Iterator[int]:
    yield from range(start, end, _BETWEEN_CHECKS)
    yield end


def end_of(images: Mapping[str, Tags]) -> int:
    """The last day of the corpus, in seconds since 1970."""
    return max(max(published) for tags in images.values() for published in tags.values())


def journeys(strategy: VersionStrategy, images: Mapping[str, Tags], each: int) -> Iterable[tuple[str, Figures]]:
    """Make the journeys of all images."""
    end = end_of(images)
    for image, tags in sorted(images.items()):
        yield image, follow_image(strategy, image, tags, each, end)


def main() -> None:
    """Print the figures of each image, and of all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=12, help="journeys for each image")
    parser.add_argument("--image", help="only this one")
    parser.add_argument("--follow", action="store_true", help="with variant: follow")
    parser.add_argument("--show", help="print the journeys that end so")
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    options = parser.parse_args()
    images = read_corpus(options.corpus)
    everything = Figures()
    wanted = {name: tags for name, tags in images.items() if options.image in {None, name}}
    for image, figures in journeys(VersionStrategy(follow=options.follow), wanted, options.each):
        if figures.ends:
            print(f"{image}: {figures}")  # noqa: T201 - what the benchmark is for
        everything.add(figures)
    for example in everything.examples:
        if options.show and example.startswith(options.show):
            print(example)  # noqa: T201
    print(f"all: {everything}")  # noqa: T201


if __name__ == "__main__":
    main()
