"""What the owner is told about newer tags, and when a strategy can find none."""

from __future__ import annotations

import pytest

from watch_cluster.domain.versions.strategy import VersionStrategy
from watch_cluster.domain.versions.two_versions import proposed_pattern

VERSION = VersionStrategy()


@pytest.mark.parametrize(
    ("current", "tags", "message"),
    [
        pytest.param(
            "1.0-perl",
            "1.0-perl 1.1-lua 1.2-lua",
            "tag '1.0-perl' is left behind: nothing newer has variant -perl, and others have gone on to 1.2-lua,"
            " 1.1-lua: set the image to 1.2-lua",
            id="a variant",
        ),
        pytest.param(
            "9.6.24",
            "9.6.24 10.0 10.1 10.2 10.3",
            "tag '9.6.24' is left behind: nothing newer has the form of '9.6.24', and others have gone on to 10.3,"
            " 10.2, 10.1 and others: set variant: follow, or set the image to 10.3",
            id="a form, and three of many",
        ),
        pytest.param(
            "1.2.3-alpine3.19",
            "1.2.3-alpine3.19 1.2.4-alpine3.22",
            "tag '1.2.3-alpine3.19' is left behind: nothing newer has variant -alpine3.19, and others have gone on to"
            " 1.2.4-alpine3.22: set variant: follow, or set the image to 1.2.4-alpine3.22",
            id="a base",
        ),
    ],
)
def test_a_tag_that_is_left_behind_says_what_to_do(current: str, tags: str, message: str) -> None:
    assert VERSION.choose(current, tags.split()).message == message


@pytest.mark.parametrize(
    ("current", "tags", "lines"),
    [
        pytest.param(
            "pg15.5-ts2.13.0",
            "pg15.5-ts2.13.0 pg15.5-ts2.12.9 pg15.5-ts2.14.0 pg15.6-ts2.13.0 pg16.1-ts2.13.1 pg14.9-ts2.15.0 latest",
            "pg16.1-ts2.13.1 pg15.6-ts2.13.0 pg15.5-ts2.14.0",
            id="either version is later",
        ),
        pytest.param("pg15.5-ts2.13.0", "pg15.5-ts2.13.0 pg15.5-tsx", "", id="no second version"),
        pytest.param(
            "pg15.5-ts2.13.0", "pg15.6-ts2.2.0 pg15.6-ts2.1.0", "pg15.6-ts2.1.0 pg15.6-ts2.2.0", id="equal ones as text"
        ),
    ],
)
def test_later_tags_of_two_versions_have_a_line_each(current: str, tags: str, lines: str) -> None:
    choice = VERSION.choose(current, tags.split())
    assert [line.tag for line in choice.evaluated_tags] == lines.split()
    assert {line.kept for line in choice.evaluated_tags} <= {False}


@pytest.mark.parametrize(
    ("tag", "pattern"),
    [
        pytest.param("python3.10-2023-12-25", r"^python3\.10-(?P<version>.+)$", id="a day"),
        pytest.param("temurin-17-lein-2.10.0", r"^temurin-17-lein-(?P<version>.+)$", id="a tool"),
        pytest.param("alpine3.18-v16.7.0", r"^alpine3\.18-v(?P<version>.+)$", id="a base"),
        pytest.param("cuda11.8-2.1.0", r"^cuda11\.8-(?P<version>.+)$", id="a platform"),
        pytest.param("x1.2-3.4.5", r"^x1\.2-(?P<version>.+)$", id="a word with a number"),
        pytest.param("x-1.2-3.4.5", None, id="a prefix and a version, with a count of builds"),
        pytest.param("x-1.2-y-3.4.5", r"^x-1\.2-y-(?P<version>.+)$", id="two words"),
        pytest.param("x1.2-99999999", None, id="no day"),
        pytest.param("release-1.2-x3.4", None, id="the first says of which kind the version is"),
        pytest.param("v1.2.3-alpine3.19", None, id="a version and a base"),
        pytest.param("app1.2-alpine3.19", None, id="a base at the end"),
        pytest.param("1.2.3-4.5.6", None, id="no word before"),
    ],
)
def test_the_second_of_two_versions_is_proposed(tag: str, pattern: str | None) -> None:
    assert proposed_pattern(tag) == pattern


@pytest.mark.parametrize(
    ("locked", "tag", "kept"),
    [(1, "22", "the only number"), (1, "20240115", "the only number"), (2, "1.2", "all numbers"), (2, "1", "the only")],
)
def test_a_strategy_that_keeps_all_numbers_finds_nothing(locked: int, tag: str, kept: str) -> None:
    assert f"it keeps {kept}" in (VersionStrategy(locked).useless_for(tag) or "")


@pytest.mark.parametrize(
    ("locked", "tag"), [(0, "22"), (1, "1.2"), (1, "22-rc1"), (1, "22-r1"), (1, "latest"), (1, None)]
)
def test_any_other_strategy_may_find_something(locked: int, tag: str | None) -> None:
    assert VersionStrategy(locked).useless_for(tag) is None


@pytest.mark.parametrize(
    ("current", "tags", "crossing"),
    [("1.2", "1.3 2.0 3.0", ("3.0", "2.0")), ("1.2", "1.3", ())],
)
def test_tags_that_cross_the_first_number_are_known(current: str, tags: str, crossing: tuple[str, ...]) -> None:
    assert VERSION.choose(current, tags.split()).crossing == crossing


@pytest.mark.parametrize(
    ("current", "tags", "chosen"),
    [
        pytest.param("5", "15 99 100 999 1000", "1000", id="by ten at most while it is small"),
        pytest.param("5", "16 99 100 999 1000", "999", id="and not by more"),
        pytest.param("5-alpine", "15-alpine 15", "15-alpine", id="with its variant"),
        pytest.param("99", "9.0 100", "100", id="versions are no counters"),
    ],
)
def test_a_small_counter_gets_another_digit(current: str, tags: str, chosen: str | None) -> None:
    assert VERSION.choose(current, tags.split()).chosen == chosen
