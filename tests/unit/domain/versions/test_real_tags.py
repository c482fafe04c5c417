"""What would be taken of the tags that real, popular images have, as data: `data/tags/IMAGE.txt`.

Each file has an image's tags in the spellings of its registry, and below the line, for a current tag, the one that
`strategy: version` takes, `none` when nothing newer is alike, or `no version`.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from watch_cluster.domain.versions.strategy import VersionStrategy
from watch_cluster.domain.versions.version import InvalidVersion, Version

FILES = sorted((Path(__file__).parent / "data" / "tags").glob("*.txt"))


def read(file: Path) -> tuple[list[str], list[tuple[str, str]]]:
    tags, _, rows = file.read_text().partition("---\n")
    pairs = (row.split(" -> ") for row in rows.splitlines())
    return tags.split(), [(current, expected) for current, expected in pairs]


CASES = [
    pytest.param(file, current, expected, id=f"{file.stem}:{current}")
    for file in FILES
    for current, expected in read(file)[1]
]


def choice(current: str, tags: list[str]) -> str:
    try:
        return VersionStrategy().choose(current, tags).chosen or "none"
    except InvalidVersion:
        return "no version"


@pytest.mark.parametrize(("file", "current", "expected"), CASES)
def test_reads_a_real_image(file: Path, current: str, expected: str) -> None:
    tags, _ = read(file)
    assert choice(current, tags) == expected
    shuffled = list(tags)
    Random(current).shuffle(shuffled)  # noqa: S311 - any order will do
    assert choice(current, shuffled) == expected, "the order of the list changes nothing"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_following_an_image_converges(file: Path) -> None:
    tags, _ = read(file)
    for current in tags:
        chosen = choice(current, tags)
        if chosen not in {"none", "no version"}:
            assert choice(chosen, tags) == "none", f"{current} moves to {chosen}, and that moves on"


def test_there_are_many_of_them() -> None:
    assert len(FILES) > 25
    assert len(CASES) > 200
    assert len({(case.values[0], case.values[1]) for case in CASES}) == len(CASES)


PARTS = [line.split("\t") for line in (Path(__file__).parent / "data" / "parts.tsv").read_text().splitlines()]


@pytest.mark.parametrize(("tag", "parts"), PARTS, ids=[tag for tag, _ in PARTS])
def test_splits_a_tag_as_a_person_would(tag: str, parts: str) -> None:
    assert ", ".join(f"{name} {text}" for name, text in Version.parse(tag).parts) == parts


def test_splits_no_tag_twice() -> None:
    assert len({tag for tag, _ in PARTS}) == len(PARTS) > 100
