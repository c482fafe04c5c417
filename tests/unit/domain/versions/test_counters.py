"""What must be equal of two tags for one to come after the other, and what of them counts."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.versions.parts.family import Reading, written_counters
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.strategy import VersionStrategy
from watch_cluster.domain.versions.tag_pattern import VersionPattern
from watch_cluster.domain.versions.version import InvalidVersion, Version

VERSION = VersionStrategy()
FOLLOW = VersionStrategy(follow=True)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        pytest.param("1.0-20240108", "1.0-20240109", True, id="days"),
        pytest.param("1.0-2024-01-08", "1.0-2024-01-09", True, id="days with dashes"),
        pytest.param("1.0-20240108", "1.0-2024-01-09", False, id="days written in two ways"),
        pytest.param("1.0-20240108", "1.0_20240109", False, id="days behind two signs"),
        pytest.param("1.0-debian-11", "1.0-debian-12", False, id="a number of a word"),
        pytest.param(
            "1.0-elasticsearch8-1.4", "1.0-elasticsearch8-1.5", True, id="a number behind a word with its own"
        ),
        pytest.param("1.0-ubuntu22.04-1", "1.0-ubuntu22.04-2", True, id="a number behind a base"),
        pytest.param("1.29.3-eks-1-29-17", "1.30.0-eks-1-30-6", True, id="more numbers behind a word with its own"),
        pytest.param("1.29.3-eks-1-29-17", "1.30.0-eks-2-30-6", False, id="another number of the word"),
    ],
)
def test_counters_may_differ_and_variants_may_not(one: str, other: str, *, alike: bool) -> None:
    assert (Version.parse(one).family == Version.parse(other).family) is alike


@pytest.mark.parametrize(
    ("revision", "counters", "written"),
    [
        ("-.#,r", (2, 3, 5), "-2.3 r5"),
        ("r,ls", (0, 352), "r0 ls352"),
        ("date", (20240108,), "20240108"),
        (None, (), ""),
    ],
)
def test_counters_are_written_as_they_stand_in_the_tag(
    revision: str | None, counters: tuple[int, ...], written: str
) -> None:
    assert written_counters(revision, counters) == written


def test_the_end_of_a_signature_is_a_variant_only_where_somebody_has_said_what_the_version_is() -> None:
    assert Version.parse("1.2.3.sig", Reading(explicit=True)).variant == ".sig"
    with pytest.raises(InvalidVersion, match="it belongs to a signature"):
        Version.parse("1.2.3.sig")


@pytest.mark.parametrize(
    ("current", "tag", "reason"),
    [
        ("2024.1", "2100.1", "2100 is no year"),
        ("1.2.3-20", "1.2.4-2", "a lower number behind the version, which may be another variant"),
        ("1.2.3-20", "1.2.4-1", "the newest"),
        ("1.2.3-20", "1.2.4-20", "the newest"),
        ("2024", "2100", "the newest"),
    ],
)
def test_every_newer_tag_says_why_it_is_taken_or_not(current: str, tag: str, reason: str) -> None:
    assert [line.reason for line in VERSION.choose(current, [tag]).evaluated_tags] == [reason]


@pytest.mark.parametrize(
    ("current", "tags", "chosen"),
    [
        pytest.param("9.6.24", "10.0", "10.0", id="the next major version"),
        pytest.param("9.6.24", "11.0", None, id="a gap"),
        pytest.param("1.0", "1.0 v1.0", None, id="the same with a v"),
        pytest.param("1.0", "v1.1", "v1.1", id="a v"),
        pytest.param("1.0-bookworm", "1.0-debian-12 1.1-debian-12", "1.1-debian-12", id="another name of the base"),
    ],
)
def test_the_successor_continues_the_count(current: str, tags: str, chosen: str | None) -> None:
    assert FOLLOW.choose(current, tags.split()).chosen == chosen


@pytest.mark.parametrize(
    ("pattern", "current", "tags", "chosen"),
    [
        pytest.param(
            r"^x-(?P<version>.+)$",
            "x-1.0-18",
            "x-1.0-18 x-1.0-20 x-1.1-18 x-1.1-20",
            "x-1.1-20",
            id="the list tells nothing about what somebody has said",
        ),
        pytest.param(r"^(?P<arch>\w+)-(?P<version>.+)$", "amd64-1.0", "arm64-2.0 amd64-1.1", "amd64-1.1", id="a group"),
    ],
)
def test_a_pattern_says_what_the_version_is(pattern: str, current: str, tags: str, chosen: str) -> None:
    strategy = VersionStrategy(pattern=VersionPattern.parse(pattern, compile_tag_pattern))
    assert strategy.choose(current, tags.split()).chosen == chosen


@pytest.mark.parametrize(
    ("variant", "pattern"),
    [("-debian-6", "-{debian}"), ("-debian-5", "-debian-5"), ("-trixie", "-{debian}"), ("-jdk17", "-jdk17")],
)
def test_a_release_of_a_base_is_found_in_a_variant(variant: str, pattern: str) -> None:
    assert read_base(variant).pattern == pattern


def test_a_base_follows_itself() -> None:
    assert read_base("-bookworm").follows(read_base("-debian-12"))
