"""The choice of the next tag: what must come out for lists like real ones, and the laws that hold for all lists."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from watch_cluster.domain.versions.constraint import Constraint
from watch_cluster.domain.versions.strategy import LatestStrategy, UnknownStrategy, VersionStrategy, strategy_named
from watch_cluster.domain.versions.tag_pattern import TagPattern
from watch_cluster.domain.versions.version import InvalidVersion, Version

VERSION = VersionStrategy()

NGINX = [
    "1",
    "1.26",
    "1.27",
    "1.26.2",
    "1.26.3",
    "1.27.0",
    "1.27.5",
    "1.27.5-alpine",
    "1.27.5-perl",
    "1.26.2-alpine",
    "1.27.0-alpine",
    "1.27.5-alpine3.21",
    "1.27.5-bookworm",
    "latest",
    "mainline",
    "stable",
    "stable-alpine",
]
LINUXSERVER = ["4.0.9-ls30", "4.0.10-ls1", "4.0.10", "latest", "develop-4.0.11-ls2", "amd64-4.0.12-ls1"]
BITNAMI = ["16", "16.1.0", "16.1.0-debian-11-r20", "16.1.0-debian-11-r25", "16.2.0-debian-12-r1", "16.2.0-debian-11-r0"]
TRAEFIK = ["v2.11", "v2.11.0", "v2.11.20", "v3.0.0-rc1", "v3.0.0", "v3.3.4", "3.3.5", "v3.4.0-rc1", "experimental-v3.5"]
TEMURIN = ["17.0.2_8-jdk", "17.0.10_7-jdk", "17.0.10_7-jre", "21.0.2_13-jdk-alpine", "8u402-b06-jdk"]


@pytest.mark.parametrize(
    ("current", "tags", "chosen"),
    [
        pytest.param("1.26.2", NGINX, "1.27.5", id="three numbers stay three"),
        pytest.param("1.26", NGINX, "1.27", id="two numbers stay two"),
        pytest.param("1.26.2-alpine", NGINX, "1.27.5-alpine", id="a variant stays"),
        pytest.param("1.27.5", NGINX, None, id="the newest has nothing above it"),
        pytest.param("1.28.0", NGINX, None, id="never a downgrade"),
        pytest.param("4.0.9-ls30", LINUXSERVER, "4.0.10-ls1", id="revisions stay revisions"),
        pytest.param("16.1.0-debian-11-r20", BITNAMI, "16.2.0-debian-11-r0", id="the distribution stays"),
        pytest.param("v2.11.0", TRAEFIK, "v3.3.4", id="a prefix stays, prereleases are passed by"),
        pytest.param("17.0.2_8-jdk", TEMURIN, "17.0.10_7-jdk", id="builds"),
        pytest.param("v3.0.0-rc1", TRAEFIK, "v3.3.4", id="a prerelease moves to any later release"),
        pytest.param("1.0.0-rc9", ["1.0.0-rc10", "1.0.1-rc1"], "1.0.0-rc10", id="or to one of the same numbers"),
        pytest.param("1.0.0-rc1", ["1.0.1-rc1", "1.0.0-beta2"], None, id="but to no other prerelease"),
        pytest.param("20240115", ["20240301", "20241301", "99999999", "latest"], "20240301", id="dates"),
        pytest.param("2024.1", ["2024.10", "2024.9", "9999999"], "2024.10", id="calendar versions"),
        pytest.param("22", ["20240115", "23", "1234567"], "23", id="a date is no newer version"),
        pytest.param("9.0.1", ["2024.1.1"], None, id="nor is a year"),
        pytest.param("1.2.3", ["01.2.3", "1.2.3"], None, id="an equal version is no update"),
        pytest.param("1.2.3", ["1.02.4", "1.2.4"], "1.02.4", id="of equal candidates the first as text"),
        pytest.param("1.0.0", ["a1b2c3d", "7654321", "sha256-" + "9" * 64, "2.0.0.sig"], None, id="ids and signatures"),
        pytest.param("1.0.0", [], None, id="no tags"),
        pytest.param("1.0.0", ["1.0.1"], "1.0.1", id="the current tag need not be listed"),
    ],
)
def test_the_newest_of_the_family_is_chosen(current: str, tags: list[str], chosen: str | None) -> None:
    assert VERSION.choose(current, tags).chosen == chosen
    assert VERSION.choose(current, reversed(tags)).chosen == chosen


@pytest.mark.parametrize(
    ("current", "tags", "chosen"),
    [
        pytest.param("v1.0.0", ["v1.0.1", "v1.1.0", "v2.0.0"], "v1.1.0", id="never the next major version"),
        pytest.param("v0.5.0", ["v0.5.1", "v0.6.0", "v1.0.0"], "v0.6.0", id="also not from zero"),
        pytest.param("1.2.3-alpine", ["1.3.0-alpine", "1.9.0", "2.0.0-alpine"], "1.3.0-alpine", id="with a variant"),
        pytest.param("1", ["2"], None, id="one number has nowhere to go"),
        pytest.param("2.0.0-rc1", ["2.0.0-rc2", "3.0.0"], "2.0.0-rc2", id="prereleases"),
    ],
)
def test_a_locked_major_version_stays(current: str, tags: list[str], chosen: str | None) -> None:
    strategy = strategy_named("version-lock-major")
    assert isinstance(strategy, VersionStrategy)
    assert strategy.choose(current, tags).chosen == chosen
    assert "the major version stays 1" in {each.reason for each in strategy.choose("1.0.0", ["2.0.0"]).evaluated_tags}


def test_a_current_tag_that_is_no_version_cannot_be_followed() -> None:
    with pytest.raises(InvalidVersion, match="'latest' is no version"):
        VERSION.choose("latest", ["1.0.0"])


def test_every_tag_that_looks_newer_is_listed_with_the_rule_that_decided() -> None:
    tags = ["1.0.0", "1.0.2", "1.0.1", "v1.0.3", "1.1", "1.0.4-alpine", "1.1.0-rc1", "1.0.5-r1", "0.9.0", "latest"]

    choice = VERSION.choose("1.0.0", tags)

    assert [(each.tag, each.kept, each.reason) for each in choice.evaluated_tags] == [
        ("1.1", False, "another shape: 2 numbers with . instead of 3 numbers with ."),
        ("1.1.0-rc1", False, "a prerelease, and the current tag is none"),
        ("1.0.5-r1", False, "another way to count revisions"),
        ("1.0.4-alpine", False, "another variant: -alpine instead of none"),
        ("v1.0.3", False, "another prefix: v instead of none"),
        ("1.0.2", True, "the newest"),
        ("1.0.1", True, "newer, but 1.0.2 is newer still"),
    ]


def test_a_missing_number_counts_as_zero() -> None:
    assert VERSION.choose("1.2.0", ["1.2", "1", "1.2.0.0"]).evaluated_tags == ()
    assert [each.tag for each in VERSION.choose("1.2", ["1.2.0", "1.2.1"]).evaluated_tags] == ["1.2.1"]


def test_a_variant_of_the_same_version_does_not_look_newer() -> None:
    assert VERSION.choose("1.2.3", ["1.2.3-alpine", "1.2.3-alpine3.19"]).evaluated_tags == ()
    assert VERSION.choose("1.2.3-alpine", ["1.2.3", "1.2.3-alpine3.19"]).evaluated_tags == ()
    assert VERSION.choose("1.2.3-alpine3.19", ["1.2.3", "1.2.3-alpine"]).evaluated_tags == ()


def test_lists_very_many_newer_tags_newest_first() -> None:
    choice = VERSION.choose("1.0.0", [f"1.0.{number}" for number in range(1, 1000)])

    assert [each.tag for each in choice.evaluated_tags] == [f"1.0.{number}" for number in range(999, 0, -1)]
    assert choice.kept == tuple(each.tag for each in choice.evaluated_tags)
    assert choice.chosen == "1.0.999"


@pytest.mark.parametrize("name", ["newest", "", "Version", "version "])
def test_an_unknown_strategy_is_an_error_that_lists_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownStrategy, match='"version"'):
        strategy_named(name)


FAMILY = st.builds("{}.{}.{}".format, *[st.integers(0, 4)] * 3)
FOREIGN = st.sampled_from(["latest", "1.9", "v9.9.9", "9.9.9-alpine", "9.9.9-r1", "20240115", "a1b2c3d", "9.9.9-rc1"])


@given(current=FAMILY, tags=st.lists(FAMILY | FOREIGN, max_size=15), more=st.lists(FOREIGN), random=st.randoms())
def test_the_laws_of_every_choice(current: str, tags: list[str], more: list[str], random: Random) -> None:
    chosen = VERSION.choose(current, tags).chosen
    now = Version.parse(current)

    if chosen is not None:
        assert chosen in tags
        assert Version.parse(chosen).family == now.family
        assert Version.parse(chosen).key > now.key
        assert VERSION.choose(chosen, tags).chosen is None, "a second check changes nothing"

    mixed = [*tags, *more]
    random.shuffle(mixed)
    assert VERSION.choose(current, mixed).chosen == chosen, "foreign tags and the list's order change nothing"


@given(current=FAMILY, older=FAMILY, tags=st.lists(FAMILY, max_size=10))
def test_older_tags_change_nothing(current: str, older: str, tags: list[str]) -> None:
    assume(Version.parse(older).key <= Version.parse(current).key)

    assert VERSION.choose(current, [*tags, older]).chosen == VERSION.choose(current, tags).chosen


def pattern(text: str) -> TagPattern:
    return TagPattern(text, lambda tag: tag == text)


@pytest.mark.parametrize(
    ("strategy", "chosen", "reasons"),
    [
        pytest.param(VERSION, "1.3.0", {}, id="no limit"),
        pytest.param(
            VersionStrategy(constraint=Constraint.parse("~1.2")),
            "1.2.1",
            {"1.3.0": "outside the constraint ~1.2"},
            id="a constraint",
        ),
        pytest.param(
            VersionStrategy(allow=pattern("1.2.1")), "1.2.1", {"1.3.0": "does not match allow-tags 1.2.1"}, id="allowed"
        ),
        pytest.param(
            VersionStrategy(ignore=pattern("1.3.0")), "1.2.1", {"1.3.0": "matches ignore-tags 1.3.0"}, id="ignored"
        ),
        pytest.param(VersionStrategy(prerelease=True), "1.4.0-rc1", {}, id="prereleases"),
        pytest.param(
            VersionStrategy(locked=2), "1.2.1", {"1.3.0": "major and minor version stay 1.2"}, id="two locked numbers"
        ),
        pytest.param(
            VersionStrategy(constraint=Constraint.parse("<1.4"), prerelease=True),
            "1.3.0",
            {"1.4.0-rc1": "outside the constraint <1.4"},
            id="a prerelease counts by its numbers",
        ),
    ],
)
def test_an_owner_limits_the_candidates(strategy: VersionStrategy, chosen: str, reasons: dict[str, str]) -> None:
    choice = strategy.choose("1.2.0", ["1.2.1", "1.3.0", "1.4.0-rc1"])
    assert choice.chosen == chosen
    told = {each.tag: each.reason for each in choice.evaluated_tags}
    assert {tag: told[tag] for tag in reasons} == reasons


@pytest.mark.parametrize(
    ("current", "tag"),
    [
        pytest.param("1.0.0-b", "2.0.0-a", id="a variant that comes before as text"),
        pytest.param("1.0.0-a", "2.0.0-b", id="a variant that comes after as text"),
        pytest.param("b1.0.0", "a2.0.0", id="a prefix that comes before as text"),
        pytest.param("a1.0.0", "b2.0.0", id="a prefix that comes after as text"),
        pytest.param("1.0", "2.0.0", id="more numbers"),
        pytest.param("1.0.0", "2.0", id="fewer numbers"),
    ],
)
def test_never_selects_a_tag_of_another_family(current: str, tag: str) -> None:
    choice = VERSION.choose(current, [tag])
    assert choice.chosen is None
    assert [each.kept for each in choice.evaluated_tags] == [False]


def test_selects_no_older_prerelease_of_other_numbers() -> None:
    assert VERSION.choose("2.0.0-rc1", ["2.1.0-rc1", "1.9.0-rc9"]).chosen is None


def test_a_strategy_is_made_as_its_owner_limits_it() -> None:
    constraint, allow, ignore = Constraint.parse("^1"), pattern("a"), pattern("b")
    made = strategy_named("version-lock-minor", constraint=constraint, allow=allow, ignore=ignore)
    assert made == VersionStrategy(2, constraint, allow, ignore)
    assert strategy_named("version") == VersionStrategy(prerelease=False)
    assert strategy_named("latest", prerelease=True) == LatestStrategy()
