"""The tags of an image that differ only in numbers and releases of their base."""

from __future__ import annotations

import pytest

from watch_cluster.domain.versions.left_behind.siblings import Siblings
from watch_cluster.domain.versions.version import Version, read_all


def siblings(tags: str) -> Siblings:
    return Siblings(tuple(read_all(tags.split())))


def test_siblings_have_the_same_prefix_and_differ_only_in_numbers_and_releases() -> None:
    listed = siblings("1.0-trixie 2.0-bookworm v1.0-trixie 1.0-rc1-trixie 1.0-slim 1.0 1.0-jdk17-trixie")
    found = listed.of(Version.parse("1.0-trixie").family)
    assert [version.tag for version in found] == ["1.0-trixie", "2.0-bookworm"]
    runtimes = siblings("1.0-jdk17 1.0-jdk21 1.0-jre17").of(Version.parse("1.0-jdk17").family)
    assert [version.tag for version in runtimes] == ["1.0-jdk17", "1.0-jdk21"]


@pytest.mark.parametrize(
    ("tag", "tags", "expected"),
    [
        pytest.param("1", "1 2 1.1 2.1", True, id="all have longer ones"),
        pytest.param("1.1", "1.1 1.1.1 1.2", True, id="half of them"),
        pytest.param("1.1", "1.1 1.1.1 1.2 1.3", False, id="less than half"),
        pytest.param("1.1", "1.1 1.2", False, id="none"),
        pytest.param("25_36", "25_36 25.0.1_8", False, id="a build"),
    ],
)
def test_a_tag_moves_where_most_of_its_length_have_longer_ones(tag: str, tags: str, *, expected: bool) -> None:
    assert siblings(tags).is_moving(Version.parse(tag)) is expected


SIX = "1.1-buster 1.1-bullseye 1.1-bookworm 1.1-trixie 1.1-forky 1.1-stretch"
THREE_BEFORE = "1.0-bullseye 1.0-bookworm 1.0-trixie"
SIX_BEFORE = " ".join(f"1.{minor}-bookworm 1.{minor}-trixie" for minor in range(3, 9))
FOUR = "1.1-buster 1.1-bullseye 1.1-bookworm 1.1-trixie"


@pytest.mark.parametrize(
    ("tag", "tags", "expected"),
    [
        pytest.param("1.1-perl", "1.1-perl 1.1-trixie", True, id="no base"),
        pytest.param("1.1-bookworm", "1.0-bookworm 1.0-trixie 1.1-bookworm 1.1-trixie", True, id="two at once"),
        pytest.param("1.1-bookworm", "1.0-bookworm 1.1-bookworm 1.1-trixie", False, id="one at once"),
        pytest.param("1.1-bookworm", "1.1-bookworm 1.1-trixie", False, id="no other version tells"),
        pytest.param("1.1-bookworm", f"1.0-bookworm 1.0-trixie {FOUR}", True, id="twice as many as at once"),
        pytest.param("1.1-bookworm", f"1.0-bookworm 1.0-trixie {FOUR} 1.1-stretch", False, id="rebuilt on many"),
        pytest.param("1.1-trixie", f"1.0-bookworm 1.0-trixie {FOUR} 1.1-stretch", True, id="the last of many"),
        pytest.param(
            "1.1-bookworm", "0.9-bookworm 1.0-bookworm 1.0.0-trixie 1.1-bookworm 1.1-trixie", False, id="another shape"
        ),
        pytest.param("3-alpine3.22", "3-alpine3.22 2-alpine3.22 2.1-alpine3.22 3.1-alpine3.22 3.2-alpine3.23", False),
        pytest.param("3-alpine3.23", "3-alpine3.23 2-alpine3.22 2.1-alpine3.22 3.1-alpine3.22 3.2-alpine3.23", True),
        pytest.param("1.1-bookworm", f"{THREE_BEFORE} {SIX}", True, id="twice as many as three at once"),
        pytest.param("1.1-bullseye", f"{THREE_BEFORE} {SIX}", False, id="three later ones where three are usual"),
        pytest.param(
            "1.9-bookworm",
            f"1.2-bookworm {SIX_BEFORE} 1.9-bookworm 1.9-trixie",
            True,
            id="only the last six versions tell what is usual",
        ),
        pytest.param(
            "1.9-bookworm",
            f"1.2-bookworm {SIX_BEFORE.removeprefix('1.3-bookworm ')} 1.9-bookworm 1.9-trixie",
            False,
            id="the least of the last six is usual",
        ),
        pytest.param(
            "2-alpine3.22",
            "2-alpine3.22 2.1-alpine3.22 3-alpine3.23 3.1-alpine3.23",
            True,
            id="it moves, and a later line is on another base",
        ),
        pytest.param(
            "2-alpine3.22",
            "2-alpine3.22 2.2-alpine3.23 2.1.5-alpine3.22",
            True,
            id="it moves to the newest of the longest versions",
        ),
        pytest.param("3-perl", "3-perl 2-perl 2.1-perl 1-perl 1.1-perl", True, id="it moves, and nobody knows where"),
    ],
)
def test_a_variant_is_maintained_while_it_is_built_as_usual(tag: str, tags: str, *, expected: bool) -> None:
    assert siblings(tags).is_maintained(Version.parse(tag)) is expected
