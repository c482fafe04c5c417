"""Schemes of tags in the wild, each with what comes after a tag of it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.versions.choice import ChoiceHold
from watch_cluster.domain.versions.databases import database_of
from watch_cluster.domain.versions.releases import NAMED_RELEASES, read_base
from watch_cluster.domain.versions.strategy import VersionStrategy
from watch_cluster.domain.versions.tag_pattern import InvalidTagPattern, VersionPattern
from watch_cluster.domain.versions.two_versions import proposed_pattern
from watch_cluster.domain.versions.version import InvalidVersion, Version

VERSION = VersionStrategy()
FOLLOW = VersionStrategy(follow=True)


@pytest.mark.parametrize(
    ("current", "tags", "chosen"),
    [
        pytest.param("17.0-20231220", "17.0-20231220 17.0-20240108", "17.0-20240108", id="a date"),
        pytest.param("v1.28.1-rke2r1", "v1.28.2-rke2r1 v1.28.2-rke2r2", "v1.28.2-rke2r2", id="the highest counter"),
        pytest.param("v1.28.1-eksbuild.2", "v1.28.2-eksbuild.1", "v1.28.2-eksbuild.1", id="a counter begins anew"),
        pytest.param("4.1.3-r0-ls352", "4.1.3-r0-ls353 4.1.3-r1-ls1", "4.1.3-r1-ls1", id="two counters"),
        pytest.param("7.9.1-1-ubi8", "7.9.1-2-ubi8 7.9.1-3-ubi9 7.9.1-3", "7.9.1-2-ubi8", id="before the variant"),
        pytest.param("8.0.35-27.1", "8.0.36-28.1 8.0.37-29", "8.0.36-28.1", id="a counter of two numbers"),
        pytest.param("1.0.0-b352107", "1.0.0-c997153", None, id="commits are not compared"),
        pytest.param("1.0.0-b352107", "1.0.1-c997153", "1.0.1-c997153", id="commits are passed over"),
        pytest.param("v1.2.3-5-gabcdef1", "v1.2.3-6-g1234abc", "v1.2.3-6-g1234abc", id="git describe"),
        pytest.param("3.1.3-18", "3.1.3-18 3.1.3-20 3.1.4-18 3.1.4-20", "3.1.4-18", id="a bare number is a variant"),
        pytest.param("1.2.3-20", "1.2.3-20 1.2.4-18", None, id="and never goes down where nothing tells"),
        pytest.param("3.12.1-dev", "3.12.1 3.12.1-dev 3.12.2 3.12.2-dev", "3.12.2-dev", id="dev is a variant"),
        pytest.param("3.12.1-dev", "3.12.2 3.12.3-dev", "3.12.2", id="dev is a prerelease"),
        pytest.param("2.20.1.0-b97", "2.20.1.0-b97 2.20.2.0-b145", "2.20.2.0-b145", id="b counts builds"),
        pytest.param("1.0.0b1", "1.0.0b2 1.0.0", "1.0.0", id="b is a beta"),
        pytest.param("2024-01-30", "9999-99-99 2024-02-30", None, id="dates that are none"),
        pytest.param("2024.1", "9123.1", None, id="a year that is none"),
        pytest.param("999", "1000 1001", "1001", id="a counter gets another digit"),
        pytest.param("stable-9955", "stable-10008", "stable-10008", id="a counter behind a word"),
        pytest.param("build-99999", "build-100000", "build-100000", id="a long counter"),
        pytest.param("22", "2024", None, id="a year is no counter"),
        pytest.param("998", "1497", "1497", id="a counter with another digit grows by half at most"),
        pytest.param("998", "1498", None, id="and not by more"),
        pytest.param("100", "700 1000", "1000", id="from the newest of its length on"),
        pytest.param(
            "1.0-18",
            "1.0-18 1.0-20 1.1-18 1.1-20 1.2-3 1.2-4 1.3-5 1.3-6 1.4-7 1.4-8",
            "1.4-8",
            id="bare numbers of which less than half the versions have the same ones count builds",
        ),
        pytest.param("1.0-perl", "2.0-perl 2.1-ruby 2.2-ruby", "2.0-perl", id="two versions of others end no line"),
        pytest.param("1.0-perl", "2.0-perl 2.1-ruby 2.2-ruby 2.3-ruby", None, id="three of them do"),
        pytest.param("8.0-perl", "9.0-rc1-perl 9.0-rc2-ruby 9.0-rc3-lua 9.0-perl", None, id="a name of a prerelease"),
        pytest.param("9.0-perl", "9.1-rc1-perl 9.1-rc2-ruby 9.1-rc3-lua 9.1-perl", "9.1-perl", id="its own line"),
        pytest.param("8.5.95-jdk8", "9.0.8-jdk8 10.0.27-jdk8 10.1.5-jdk11", "9.0.8-jdk8", id="others left it behind"),
    ],
)
def test_what_comes_next(current: str, tags: str, chosen: str | None) -> None:
    listed = tags.split()
    assert VERSION.choose(current, listed).chosen == chosen
    assert VERSION.choose(current, reversed(listed)).chosen == chosen


@pytest.mark.parametrize(
    ("current", "tags", "names"),
    [
        pytest.param("1.2.3-alpine3.19", "1.2.3-alpine3.19 1.2.4-alpine3.22", "1.2.4-alpine3.22", id="a number"),
        pytest.param("1.2.3-bullseye", "1.2.4-bookworm", "1.2.4-bookworm", id="a name"),
        pytest.param("1.2.3-jdk11", "1.2.4-jdk17", "1.2.4-jdk17", id="a runtime"),
        pytest.param("1.2.3-perl", "1.2.4 1.2.5 1.2.4-alpine", "1.2.5", id="only other kinds"),
        pytest.param("2-alpine3.22", "2-alpine3.23 2.4.1-alpine3.22 2.4.2-alpine3.23", "2-alpine3.23", id="it moves"),
        pytest.param("9.6.24", "9.6.24 10.0 10.1", "10.1", id="another count of numbers"),
        pytest.param("1.7.34", "v2.0.0", "v2.0.0", id="another prefix"),
        pytest.param("10.8.1-ee", "2025.1.0-ee", "2025.1.0-ee", id="years"),
    ],
)
def test_a_tag_that_is_left_behind_names_its_successors(current: str, tags: str, names: str) -> None:
    choice = VERSION.choose(current, tags.split())
    assert choice.chosen is None
    assert choice.hold is ChoiceHold.LEFT_BEHIND
    assert names in choice.message


@pytest.mark.parametrize(
    ("current", "tags"),
    [
        pytest.param("1.27.3", "1.27.3 1.27.3-alpine 1.27 1", id="the newest"),
        pytest.param("1.27", "1.27 1.27.3 1.26 1.26.2", id="a tag that moves"),
        pytest.param(
            "3.13-bookworm",
            "3.13-trixie 3.13.1-bookworm 3.13.1-trixie 3.13.0-bookworm 3.13.0-trixie",
            id="two bases side by side",
        ),
        pytest.param("11.3.1", "11.4.0-79146", id="builds of a pipeline"),
        pytest.param("1.2.3-perl", "1.2.4-alpine 1.2.4", id="one version of other kinds"),
        pytest.param(
            "3-alpine3.18",
            "1-alpine3.18 1.1-alpine3.18 2-alpine3.18 2.1-alpine3.18 3-alpine3.18 3-alpine3.19",
            id="a tag that moves, and nobody can tell to where",
        ),
        pytest.param("1.2.3", "1.3.0-rc1 develop-1.4.0 20240115 2024.01.15 1.2.20240101", id="what is no release"),
    ],
)
def test_the_newest_version_gets_no_warning(current: str, tags: str) -> None:
    assert VERSION.choose(current, tags.split()).hold is None


@pytest.mark.parametrize(
    ("current", "tags", "chosen"),
    [
        pytest.param("1.2.3-alpine3.19", "1.2.4-alpine3.20 1.2.4-alpine3.22", "1.2.4-alpine3.22", id="the latest"),
        pytest.param("1.2.3-bookworm", "1.2.4-bookworm 1.2.4-trixie 1.2.2-bookworm 1.2.2-trixie", None, id="its own"),
        pytest.param("1.2.3-trixie", "1.2.4-bookworm", None, id="never an earlier one"),
        pytest.param("1.2.3-jammy", "1.2.4-ubuntu-24.04", "1.2.4-ubuntu-24.04", id="names and numbers are the same"),
        pytest.param("1.2.3-bookworm", "1.2.4-jammy 1.2.4-alpine3.22", None, id="never another family"),
        pytest.param("1.2.3-jdk11-focal", "1.2.4-jdk17-jammy", None, id="never another runtime"),
        pytest.param("2-alpine3.22", "2-alpine3.23 2.4.1-alpine3.22 2.4.2-alpine3.23", "2-alpine3.23", id="it moves"),
        pytest.param("1-nanoserver-1809", "2-nanoserver-ltsc2022", "2-nanoserver-ltsc2022", id="Windows"),
    ],
)
def test_the_releases_of_a_base_are_followed(current: str, tags: str, chosen: str | None) -> None:
    found = FOLLOW.choose(current, tags.split()).chosen
    assert found == (chosen or ("1.2.4-bookworm" if "1.2.4-bookworm" in tags and "bookworm" in current else None))


@pytest.mark.parametrize("family", NAMED_RELEASES)
def test_the_releases_of_a_family_have_an_order(family: str) -> None:
    releases = list(NAMED_RELEASES[family].values())
    assert all(earlier <= later for earlier, later in pairwise(releases))
    assert len({name for names in NAMED_RELEASES.values() for name in names}) == sum(map(len, NAMED_RELEASES.values()))


@pytest.mark.parametrize(
    "tag",
    ["python3.10-2023-12-25", "temurin-17-lein-2.10.0", "alpine3.18-v16.7.0", "pg15.5-ts2.13.0", "cuda11.8-2.1.0"],
)
def test_two_versions_in_a_tag_are_held_and_the_proposed_pattern_reads_the_second(tag: str) -> None:
    choice = VERSION.choose(tag, [tag])
    assert choice.hold is ChoiceHold.TWO_VERSIONS
    pattern = VersionPattern.parse(choice.message.rpartition(" such as ")[2], compile_tag_pattern)
    later = tag[:-1] + "9"
    assert VersionStrategy(pattern=pattern).choose(tag, [later]).chosen == later


@pytest.mark.parametrize("tag", ["1.2.3-alpine3.19", "foo-17-x1-2.10.0", "release-1.2-2.10.0"])
def test_one_version_with_more_numbers_behind_it_needs_no_pattern(tag: str) -> None:
    assert proposed_pattern(tag) is None


@pytest.mark.parametrize(
    ("pattern", "current", "tags", "chosen"),
    [
        pytest.param(
            r"^(?P<version>[\d.]+)-(?P<any>[0-9a-f]{7,40})$",
            "1.2.3-0000000",
            "1.2.4-1111111 1.3",
            "1.2.4-1111111",
            id="any",
        ),
        pytest.param(
            r"^pg15\.\d+-ts(?P<version>[\d.]+)$", "pg15.5-ts2.1", "pg15.5-ts2.2 pg16.1-ts3.0", "pg15.5-ts2.2", id="a"
        ),
        pytest.param(
            r"^main-[0-9a-f]+-(?P<version>\d+)$", "main-a1b2c3d-17", "main-ffffff0-18", "main-ffffff0-18", id="Flux"
        ),
        pytest.param(
            r"^(?P<any>[a-z]+)-(?P<any>\d+)-(?P<version>.+)$",
            "a-1-1.0-alpine",
            "b-2-1.1-alpine c-3-1.2",
            "b-2-1.1-alpine",
            id="two",
        ),
        pytest.param(r"^t-(?P<version>\d+)$", "t-1700000000", "t-1700000001", "t-1700000001", id="a long number"),
        pytest.param(r"^[ab]-(?P<version>.+)$", "a-1.0", "b-1.1", None, id="other text must be equal"),
    ],
)
def test_a_pattern_defines_which_text_is_the_version(pattern: str, current: str, tags: str, chosen: str | None) -> None:
    strategy = VersionStrategy(pattern=VersionPattern.parse(pattern, compile_tag_pattern))
    assert strategy.choose(current, tags.split()).chosen == chosen


def test_a_pattern_needs_a_group_for_the_version_and_a_tag_that_matches() -> None:
    with pytest.raises(InvalidTagPattern, match=r"\(\?P<version>"):
        VersionPattern.parse(r"^\d+$", compile_tag_pattern)
    strategy = VersionStrategy(pattern=VersionPattern.parse(r"^a(?P<version>\d+)$", compile_tag_pattern))
    with pytest.raises(InvalidVersion, match="does not match tag-pattern"):
        strategy.choose("b1", [])


KUBERNETES = ["v1.28.3", "v1.28.9", "v1.29.4", "v1.30.1", "v1.31.0", "v1.31.2"]


@pytest.mark.parametrize(
    ("strategy", "current", "chosen"),
    [
        pytest.param(VersionStrategy(behind=1), "v1.28.3", "v1.30.1", id="the newest patch of the line before"),
        pytest.param(VersionStrategy(behind=2), "v1.28.3", "v1.29.4", id="two lines"),
        pytest.param(VersionStrategy(behind=9), "v1.28.3", "v1.28.9", id="patches of its own line are taken"),
        pytest.param(VersionStrategy(behind=1), "v1.31.0", "v1.31.2", id="who is ahead goes not back"),
        pytest.param(VersionStrategy(locked=2, behind=1), "v1.31.0", None, id="patches, where only those may move"),
    ],
)
def test_some_stay_behind_the_newest(strategy: VersionStrategy, current: str, chosen: str | None) -> None:
    assert strategy.choose(current, KUBERNETES).chosen == chosen


@pytest.mark.parametrize(
    ("locked", "tag", "useless"),
    [(1, "7", True), (1, "20240115", True), (2, "1.2", True), (1, "1.2", False), (1, "7-rc1", False), (0, "7", False)],
)
def test_a_strategy_that_can_never_find_anything_is_known(*, locked: int, tag: str, useless: bool) -> None:
    assert (VersionStrategy(locked=locked).useless_for(tag) is not None) is useless


def test_a_database_is_known_by_the_last_part_of_its_path() -> None:
    assert database_of("library/postgres") == "PostgreSQL"
    assert database_of("bitnami/mongodb") == "MongoDB"
    assert database_of("library/nginx") is None


TAGS = st.builds(
    "{}.{}{}{}".format,
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from(["", "", "-18", "-20", "-r1", "-r2", "-dev", "-20240115", "-20240229", "-a1b2c3d", "-1", "-2"]),
    st.sampled_from(["", "-bookworm", "-trixie", "-alpine3.19", "-alpine3.20", "-jdk11", "-jdk17"]),
)
STRATEGIES = st.builds(VersionStrategy, locked=st.integers(0, 1), follow=st.booleans(), behind=st.integers(0, 2))


@given(STRATEGIES, TAGS, st.lists(TAGS, max_size=20), st.randoms(use_true_random=False))
def test_the_laws_hold_for_every_scheme(
    strategy: VersionStrategy, current: str, tags: list[str], random: object
) -> None:
    choice = strategy.choose(current, tags)
    shuffled = [*tags, "latest", "a1b2c3d", "sha256-" + "0" * 64, *tags[:2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert strategy.choose(current, shuffled).chosen == choice.chosen
    if choice.chosen is None:
        return
    assert choice.hold is None
    assert choice.chosen in tags
    now, then = Version.parse(current), Version.parse(choice.chosen)
    base, later = read_base(now.variant), read_base(then.variant)
    assert then.numbers >= now.numbers
    assert (then.numbers, later.releases, then.key[4:]) > (now.numbers, base.releases, now.key[4:])
    assert later.pattern == base.pattern or then.variant.removesuffix(now.variant).startswith("-")
    if not strategy.follow:
        assert later == base


@given(STRATEGIES, TAGS, st.lists(TAGS, max_size=20))
def test_following_versions_has_no_cycles(strategy: VersionStrategy, current: str, tags: list[str]) -> None:
    seen = [current]
    while (chosen := strategy.choose(seen[-1], [*tags, current]).chosen) is not None:
        assert chosen not in seen
        seen.append(chosen)
