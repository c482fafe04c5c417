"""Whoever follows goes on when the tag's form ends, to what comes after it for certain, and is told of all else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.versions.choice import ChoiceHold
from watch_cluster.domain.versions.left_behind.kinds import FIRST_YEAR
from watch_cluster.domain.versions.left_behind.siblings import Siblings
from watch_cluster.domain.versions.left_behind.successors import successors
from watch_cluster.domain.versions.parts.numbers import MOST_NUMBERS
from watch_cluster.domain.versions.releases import read_base
from watch_cluster.domain.versions.strategy import VersionStrategy
from watch_cluster.domain.versions.version import Version, read_all

SAME = VersionStrategy()
FOLLOW = VersionStrategy(follow=True)


@pytest.mark.parametrize(
    ("current", "tags", "chosen"),
    [
        pytest.param("3.12.10", "3.12.8 3.12.9 3.12.10.1", "3.12.10.1", id="a number more"),
        pytest.param("4.28.0.1", "4.29.0 4.29 4.28.0 4.27.0", "4.29.0", id="a number less"),
        pytest.param(
            "3.12.9", "3.12.9.1 3.12.10 3.12.10.1 3.12.8 3.12.7 3.12.6", "3.12.10.1", id="to and fro in one step"
        ),
        pytest.param("26_35-jdk", "26.0.1_8-jdk 26.0.2_10-jdk", "26.0.2_10-jdk", id="a build of a longer version"),
        pytest.param("26.32-26.0.2-jre", "26.32-26.0.2.1-jre", "26.32-26.0.2.1-jre", id="a longer count behind it"),
        pytest.param("26.32-26.0.2.1-jre", "26.34-26.0.3-jre", "26.34-26.0.3-jre", id="a shorter count behind it"),
        pytest.param("10.8.1-ee", "2025.1.0-ee 2025.2.0-ee", "2025.2.0-ee", id="calendar versions"),
        pytest.param("10.8-ee", "10.8.1-ee 2025.1-ee 2025.1.0-ee", "2025.1-ee", id="a tag that moves stays one"),
        pytest.param("1.7.34", "v2.0.0 v2.0.1", "v2.0.1", id="a v that comes"),
        pytest.param("v1.7.34", "2.0.0", "2.0.0", id="a v that goes"),
        pytest.param("beta-7.1-fpm", "7.1-fpm 7.0.4-fpm", "7.1-fpm", id="the end of a stage"),
        pytest.param("beta-7.0.1", "7.0 7.0.0 7.0.2", "7.0.2", id="nothing older than the stage"),
        pytest.param(
            "21.0.1-ubuntu-22.04",
            "21.0.0-ubuntu-22.04 21.0.2-ubuntu-24.04 21.0.2.1-ubuntu-24.04",
            "21.0.2.1-ubuntu-24.04",
            id="both",
        ),
        pytest.param("noble-20260730.1", "noble-20260810 resolute-20260811.1", "noble-20260810", id="its own release"),
        pytest.param("20260730.1", "20260730.1 20260810", "20260810", id="a date without a count"),
        pytest.param("oracular-20250619", "plucky-20251001 questing-20251007", "plucky-20251001", id="ended support"),
        pytest.param("plucky-20251001", "questing-20251217 resolute-20260312", "questing-20251217", id="the next one"),
        pytest.param("mantic-20240530", "noble-20240727 noble-20240801.1", "noble-20240801.1", id="long-term support"),
        pytest.param("lunar-20231128", "mantic-20240530 noble-20240801", "noble-20240801", id="two have ended"),
        pytest.param("bionic-20230530-x", "jammy-20230624-x focal-20230801-x", "focal-20230801-x", id="five years"),
        pytest.param("1.2.3-rc1", "1.2.3-rc2 1.2.3 1.2.2 1.2.1 1.2.3.1", "1.2.3.1", id="from a prerelease"),
    ],
)
def test_a_form_that_ends_is_followed(current: str, tags: str, chosen: str) -> None:
    listed = [current, *tags.split()]
    choice = FOLLOW.choose(current, listed)
    assert choice.chosen == chosen
    assert choice.hold is None
    assert FOLLOW.choose(current, reversed(listed)).chosen == chosen
    assert FOLLOW.choose(chosen, listed).chosen is None
    assert SAME.choose(current, listed).chosen != chosen


@pytest.mark.parametrize(
    ("current", "tags"),
    [
        pytest.param("1.2.3-jdk11", "1.2.4-jdk17 1.2.4.1-jdk17", id="another runtime"),
        pytest.param("1.2.3-jammy", "1.2.4-bookworm 1.2.4.1-bookworm", id="another base"),
        pytest.param("1.2.3-alpine", "1.2.4 1.2.5 1.2.5-ubuntu", id="another edition"),
        pytest.param("26-slim", "27-rc-slim 27-ea-1-slim 27-ea-2-slim 27-ea-3-slim", id="prereleases"),
        pytest.param("nd25.04", "nd130 nd140", id="numbers of another kind"),
        pytest.param("10.7-community", "25.1.0.102122-community", id="from a tag that moves to one that does not"),
        pytest.param("plucky-20250910", "questing-20251217", id="a release whose support goes on"),
        pytest.param("jammy-20240911.1", "noble-20241118.1", id="a release of long-term support"),
        pytest.param("bullseye-20250101", "bookworm-20260803", id="a release whose support is not told by its name"),
        pytest.param("lunar-20231128", "stonking-20260705 latest-20260705", id="a release that is not known"),
        pytest.param("ubuntu22-20231128", "ubuntu24-20260705", id="a release without a month"),
        pytest.param("mantic-1.0.1", "noble-1.0.2", id="a release before a version"),
        pytest.param("7.1", "beta-7.2 nightly-7.3", id="the beginning of a stage"),
        pytest.param("1.2.3-debian-12", "1.2.4.1-debian-11", id="an earlier base"),
        pytest.param("1.2.3-r1", "1.2.4.1-5 1.2.4.1", id="another way to count"),
        pytest.param("1.2.3", "1.2.4.1-alpine 1.2.5.1-alpine 1.2.6.1-bookworm", id="a variant that comes"),
    ],
)
def test_an_ambiguous_successor_is_not_followed(current: str, tags: str) -> None:
    choice = FOLLOW.choose(current, [current, *tags.split()])
    assert choice.chosen is None
    assert "variant: follow" not in choice.message


@pytest.mark.parametrize(
    ("current", "tags", "expected"),
    [
        pytest.param("1.2.3-bookworm", "1.2.4.1-trixie", ["1.2.4.1-trixie"], id="a later release of the base"),
        pytest.param("1.2.3-bookworm", "1.2.4.1-bullseye", [], id="an earlier release of the base"),
        pytest.param("1.2.3-bookworm", "1.2.4.1-alpine", [], id="another variant"),
        pytest.param("v1.2.3", "1.2.3", [], id="the same version without its v"),
        pytest.param("v1.2.3", "1.2.4", ["1.2.4"], id="a later version without its v"),
        pytest.param("10.8.1", f"{FIRST_YEAR}.1.0", [f"{FIRST_YEAR}.1.0"], id="the first year after a count"),
        pytest.param(f"{FIRST_YEAR}.1.0", f"{FIRST_YEAR + 2}.1.0", [], id="a gap between years"),
        pytest.param("10.8.1", "12.0.0", [], id="a gap in the count"),
        pytest.param("10.8.1", "12.0.0 11.0.0", ["11.0.0", "12.0.0"], id="no gap in the count"),
    ],
)
def test_only_what_continues_the_count_on_the_same_or_a_later_base_succeeds(
    current: str, tags: str, expected: list[str]
) -> None:
    ahead = list(read_all(tags.split()))
    now = Version.parse(current)
    found = successors(now, ahead, Siblings((now, *ahead)))
    assert sorted(version.tag for version in found) == expected


@pytest.mark.parametrize(
    ("current", "tags"),
    [
        pytest.param("1.25", "1.25 1.25.1 1.25.3 1.24 1.24.7", id="a tag that moves"),
        pytest.param("1.27.3", "1.27.3 1.27 1 1.27.3-alpine", id="the newest"),
        pytest.param("2026.1.0", "2026.1.0 10.8.1 11.0.0", id="calendar versions do not end in counts"),
        pytest.param("1.2.3.4", "1.2.3.4 1.2.3 1.2", id="fewer numbers of the same"),
    ],
)
def test_the_newest_version_stays(current: str, tags: str) -> None:
    choice = FOLLOW.choose(current, tags.split())
    assert (choice.chosen, choice.hold) == (None, None)


@pytest.mark.parametrize(
    ("strategy", "chosen"),
    [
        pytest.param(VersionStrategy(follow=True, locked=1), None, id="the major version stays"),
        pytest.param(VersionStrategy(follow=True, locked=2), None, id="major and minor version stay"),
        pytest.param(VersionStrategy(follow=True), "2.0.0.1", id="nothing stays"),
        pytest.param(VersionStrategy(follow=True, behind=1), "2.0.0.1", id="one line behind"),
        pytest.param(VersionStrategy(follow=True, behind=2), None, id="two lines behind"),
    ],
)
def test_the_limits_of_the_owner_hold_for_what_is_followed(strategy: VersionStrategy, chosen: str | None) -> None:
    tags = ["1.9.9", "2.0.0.1", "2.1.0.1"] if strategy.behind else ["1.9.9", "2.0.0.1"]
    assert strategy.choose("1.9.9", tags).chosen == chosen


def test_suggests_following_to_owners_who_do_not() -> None:
    choice = SAME.choose("3.12.10", ["3.12.9", "3.12.8", "3.12.10", "3.12.10.1"])
    assert choice.hold is ChoiceHold.LEFT_BEHIND
    assert choice.message.endswith("set variant: follow, or set the image to 3.12.10.1")


def test_suggests_the_most_similar_name_first() -> None:
    choice = SAME.choose("1.2.3-jdk11", ["1.2.3-jdk11", "1.2.4.1-jdk17", "1.2.4-jdk17", "1.2.5-alpine"])
    assert "gone on to 1.2.4-jdk17, 1.2.4.1-jdk17, 1.2.5-alpine: set the image to 1.2.4-jdk17" in choice.message


def test_every_tag_that_looks_newer_has_one_line_when_a_form_is_followed() -> None:
    choice = FOLLOW.choose("beta-7.1", ["beta-7.1", "7.1", "7.1.1-rc1", "7.2-php8"])
    assert [each.tag for each in choice.evaluated_tags] == ["7.1", "7.2-php8", "7.1.1-rc1"]
    assert [each.kept for each in choice.evaluated_tags] == [True, False, False]


TAGS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "", "v", "beta-"]),
    st.lists(st.integers(0, 2), min_size=1, max_size=4).map(lambda numbers: ".".join(map(str, numbers))),
    st.sampled_from(["", "", "", "-rc1", "-1", "-1.2", "-1.2.3", "-r1"]),
    st.sampled_from(["", "", "-bookworm", "-trixie", "-jdk11", "-jdk17"]),
)
STRATEGIES = st.builds(
    VersionStrategy,
    locked=st.integers(0, 2),
    prerelease=st.booleans(),
    follow=st.just(value=True),
    behind=st.sampled_from([0, 0, 1]),
)


@given(STRATEGIES, TAGS, st.lists(TAGS, max_size=20), st.randoms(use_true_random=False))
def test_the_followed_tag_is_listed_never_older_and_independent_of_order(
    strategy: VersionStrategy, current: str, tags: list[str], random: object
) -> None:
    chosen = strategy.choose(current, tags).chosen
    shuffled = [*tags, "latest", "a1b2c3d", *tags[:2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert strategy.choose(current, shuffled).chosen == chosen
    if chosen is None:
        return
    now, then = Version.parse(current), Version.parse(chosen)
    assert chosen in tags
    assert then.key[:MOST_NUMBERS] >= now.key[:MOST_NUMBERS]
    assert then.numbers[: strategy.locked] == now.numbers[: strategy.locked]
    assert read_base(then.variant).follows(read_base(now.variant))
    if then.key[:MOST_NUMBERS] == now.key[:MOST_NUMBERS] and then.prefix == now.prefix:
        assert then.key > now.key or read_base(then.variant).releases > read_base(now.variant).releases


@given(STRATEGIES, TAGS, st.lists(TAGS, max_size=20))
def test_following_moves_only_to_newer_tags_and_converges(
    strategy: VersionStrategy, current: str, tags: list[str]
) -> None:
    seen = [current]
    while (chosen := strategy.choose(seen[-1], [*tags, current]).chosen) is not None:
        assert chosen not in seen
        seen.append(chosen)
    if not strategy.behind:
        assert len(seen) <= 2
