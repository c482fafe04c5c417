"""What is ahead of a tag that is left behind, and which lines of versions have ended."""

from __future__ import annotations

import pytest

from watch_cluster.domain.versions.left_behind.ended_lines import ended_before_release, ended_lines
from watch_cluster.domain.versions.left_behind.others_ahead import is_longer_count, others_ahead
from watch_cluster.domain.versions.left_behind.siblings import Siblings
from watch_cluster.domain.versions.version import Version, read_all

MOVING = "2-jdk17 2.1-jdk17 2-bookworm 2.1-bookworm"
"""Tags of one number that stand for those of two."""


def ahead(now: str, tags: str, forbidden: str = "") -> list[str]:
    versions = tuple(read_all(tags.split()))
    found = others_ahead(
        Version.parse(now), versions, Siblings(versions), lambda version: version.tag not in forbidden.split()
    )
    return [version.tag for version in found]


@pytest.mark.parametrize(
    ("now", "tags", "expected"),
    [
        pytest.param("3-jdk17", f"{MOVING} 3-jdk17 3-jdk21 3.2-jdk21", "3-jdk21 3.2-jdk21", id="another runtime"),
        pytest.param(
            "3-bookworm",
            f"{MOVING} 3-bookworm 3-trixie 3.2-trixie 3-bullseye 3.1-bullseye",
            "3-trixie 3.2-trixie",
            id="a later base",
        ),
        pytest.param("3-jdk17", f"{MOVING} 3-jdk17 3.1-jdk17 3.2-jdk21", "3.2-jdk21", id="the newest inside"),
        pytest.param("3-jdk17", f"{MOVING} 3-jdk17 3.2-jdk17 3.2-jdk21", "", id="the newest inside is of its variant"),
        pytest.param("3-jdk17", f"{MOVING} 3-jdk17 3.1-jdk17 v3.2-jdk21 3.2-rc1-jdk21", "", id="of another form"),
        pytest.param("5", "5 6-rc1 6-rc2 6-rc3", "6-rc1 6-rc2 6-rc3", id="three prereleases and no release"),
        pytest.param("5", "5 6-rc1 6-rc2", "", id="two prereleases"),
        pytest.param("5", "5 5.1 6-rc1 6-rc2 6-rc3", "", id="prereleases beside releases"),
        pytest.param("5.0", "5.0 6.0-rc1 6.0-rc2 6.0-rc3", "", id="prereleases of two numbers"),
        pytest.param("1.0-perl", "1.0-perl 1.1-lua 1.2-lua", "1.2-lua 1.1-lua", id="two versions of another kind"),
        pytest.param("1.0-perl", "1.0-perl 1.1-lua", "", id="one of another kind"),
        pytest.param("1.0-jdk17", "1.0-jdk17 1.1-jdk21", "1.1-jdk21", id="one of its kind"),
        pytest.param("26.32-26.0.2", "26.32-26.0.2 26.32-26.0.2.1", "26.32-26.0.2.1", id="a longer count"),
    ],
)
def test_the_newer_versions_of_others_are_named(now: str, tags: str, expected: str) -> None:
    assert ahead(now, tags) == expected.split()


@pytest.mark.parametrize(
    ("now", "tags", "forbidden", "expected"),
    [
        pytest.param("3-jdk17", f"{MOVING} 3-jdk17 3-jdk21 3.2-jdk21", "3-jdk21", "3.2-jdk21", id="another runtime"),
        pytest.param("3-jdk17", f"{MOVING} 3-jdk17 3.1-jdk17 3.2-jdk21", "3.2-jdk21", "", id="inside"),
        pytest.param("1.0-perl", "1.0-perl 1.1-lua 1.2-lua 1.3-lua", "1.3-lua", "1.2-lua 1.1-lua", id="another kind"),
    ],
)
def test_what_the_owner_does_not_allow_is_not_named(now: str, tags: str, forbidden: str, expected: str) -> None:
    assert ahead(now, tags, forbidden) == expected.split()


@pytest.mark.parametrize(
    ("now", "other", "expected"),
    [
        ("26.32-26.0.2", "26.32-26.0.2.1", True),
        ("26.32-26.0.2", "26.32-26.0.2", False),
        ("26.32-5", "26.32-26.0.2", False),
        ("26.32-26.0.2", "26.32-30", False),
    ],
)
def test_a_count_of_builds_gets_longer(now: str, other: str, *, expected: bool) -> None:
    assert is_longer_count(Version.parse(now), Version.parse(other)) is expected


def ended(now: str, candidates: str, others: str) -> dict[tuple[int, ...], str]:
    kept = list(read_all(candidates.split()))
    versions = (Version.parse(now), *kept, *read_all(others.split()))
    return {line: last.tag for line, last in ended_lines(kept, Version.parse(now), Siblings(versions)).items()}


TWO_LINES = "2.1.0-jdk8 2.2.0-jdk8"


@pytest.mark.parametrize(
    ("now", "candidates", "others", "expected"),
    [
        pytest.param("1.0.0-jdk8", TWO_LINES, "2.1.5-jdk11", {(2, 1): "2.1.5-jdk11"}, id="a line of two numbers"),
        pytest.param("1.0.0-jdk8", TWO_LINES, "2.1.5-jdk11 2.1.7-jdk11", {(2, 1): "2.1.7-jdk11"}, id="the last one"),
        pytest.param("1.0.0-jdk8", TWO_LINES, "2.1.7-jdk11 2.1.5-jdk11", {(2, 1): "2.1.7-jdk11"}, id="in any order"),
        pytest.param("1.0.0-jdk8", TWO_LINES, "2.3.0-jdk11", {(2,): "2.3.0-jdk11"}, id="a line of one number"),
        pytest.param("1.0.0-jdk8", TWO_LINES, "2.1.0-jdk11 2.2.0-jdk11", {}, id="the same versions"),
        pytest.param("1.0.0-jdk8", TWO_LINES, "v2.3.0-jdk11 2.3.0-jdk11-r1 2.3.0-rc1-jdk11", {}, id="other forms"),
        pytest.param("1.0.0-jdk8", TWO_LINES, "2.3-jdk11", {}, id="fewer numbers"),
        pytest.param("2.0.0-jdk8", TWO_LINES, "2.3.0-jdk11 2.1.5-jdk11", {(2, 1): "2.1.5-jdk11"}, id="its own line"),
        pytest.param("1.0.0-jdk8", TWO_LINES, "2.3.0-lua 2.4.0-lua", {}, id="two versions of another kind"),
        pytest.param("1.0.0-jdk8", TWO_LINES, "2.3.0-a 2.4.0-b 2.5.0-c", {(2,): "2.5.0-c"}, id="three of other kinds"),
        pytest.param(
            "1.0-jdk8", "2.0-jdk8", "0.1-jdk8 0.2-jdk8 2.0.5-jdk11", {(2,): "2.0.5-jdk11"}, id="longer numbers"
        ),
        pytest.param("1.0-jdk8", "2.0-jdk8", "1.0.1-jdk8 2.0.1-jdk8 2.0.5-jdk11", {}, id="what a moving tag names"),
        pytest.param("2024-01-30", "2024-02-01", "2024-02-03-a 2024-02-04-b 2024-02-05-c", {}, id="days"),
    ],
)
def test_a_line_has_ended_where_others_are_later(
    now: str, candidates: str, others: str, expected: dict[tuple[int, ...], str]
) -> None:
    assert ended(now, candidates, others) == expected


@pytest.mark.parametrize(
    ("candidate", "prereleases", "expected"),
    [
        pytest.param("9.0-perl", "9.0-rc1-perl 9.0-rc2-ruby 9.0-rc3-lua", "9.0-rc3-lua", id="two later ones of others"),
        pytest.param("9.0-perl", "9.0-rc1-perl 9.0-rc2-ruby", None, id="one of another kind"),
        pytest.param("9.0-jdk8", "9.0-rc1-jdk8 9.0-rc2-jdk11", "9.0-rc2-jdk11", id="one of its kind"),
        pytest.param("9.0-jdk8", "9.0-rc2-jdk8 9.0-rc2-jdk11", None, id="the same prerelease"),
        pytest.param("9.0-jdk8", "9.0-rc2-jdk11", None, id="never a prerelease of its own"),
        pytest.param("9.0-jdk8", "9.1-rc1-jdk8 9.1-rc2-jdk11 v9.0-rc3-jdk11", None, id="of other versions"),
        pytest.param("9.0-rc1-jdk8", "9.0-rc1-jdk8 9.0-rc2-jdk11", None, id="a prerelease itself"),
    ],
)
def test_a_name_of_a_prerelease_is_older_than_it_says(candidate: str, prereleases: str, expected: str | None) -> None:
    found = ended_before_release(Version.parse(candidate), list(read_all(prereleases.split())))
    assert (found and found.tag) == expected
