"""The laws that the order of versions and the choice among tags obey, whatever the tags are."""

from __future__ import annotations

import re
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.images.reference import is_tag
from watch_cluster.domain.versions import version
from watch_cluster.domain.versions.parts import numbers as version_numbers
from watch_cluster.domain.versions.parts import split
from watch_cluster.domain.versions.strategy import VersionStrategy
from watch_cluster.domain.versions.version import InvalidVersion, Version

WORDS = ("dev", "snapshot", "nightly", "canary", "alpha", "beta", "milestone", "ea", "preview", "rc")
"""From the earliest to the latest, written down a second time: what is proved must not prove itself."""
RELEASE = len(WORDS)

small = st.integers(0, 3)
counts = st.integers(0, 12)
places = st.tuples(
    st.tuples(small, small, counts),
    st.one_of(st.just((RELEASE, 0)), st.tuples(st.integers(0, RELEASE - 1), counts)),
    counts,
)
"""Numbers, prerelease and revision, which are in the order of their versions."""


def written(place: tuple[tuple[int, int, int], tuple[int, int], int]) -> str:
    numbers, (rank, count), revision = place
    word = "" if rank == RELEASE else f"-{WORDS[rank]}{count}"
    return f"v{'.'.join(map(str, numbers))}{word}-alpine-r{revision}"


tags = st.one_of(
    st.builds(
        "".join,
        st.tuples(
            st.sampled_from(["", "", "", "v", "jammy-"]),
            st.sampled_from(
                ["1", "2", "01.2", "1.2", "1.10", "1.2.3", "1.2.03", "1.2.4", "2.0.0", "2024", "2024.1.15"]
            ),
            st.sampled_from(["", "", "", "-rc1", "-rc.1", "rc9", "-rc10", "-beta", "-SNAPSHOT", "b", "a2"]),
            st.sampled_from(["", "", "-alpine", "-debian-11"]),
            st.sampled_from(["", "", "-1", "-2", "-r5", "-r10", "_8"]),
        ),
    ),
    st.sampled_from(
        ["latest", "20240115", "20240229", "91230415", "202401", "1234567", "a1b2c3d", "pr-12", "1.2.3.sig"]
    ),
)
strategies = st.builds(VersionStrategy, locked=st.integers(0, 2), prerelease=st.booleans())


def chosen(strategy: VersionStrategy, current: str, among: list[str]) -> str | None:
    try:
        return strategy.choose(current, among).chosen
    except InvalidVersion:
        return None


@given(places, places)
def test_versions_are_in_the_order_of_numbers_then_prerelease_then_revision(
    one: tuple[tuple[int, int, int], tuple[int, int], int], other: tuple[tuple[int, int, int], tuple[int, int], int]
) -> None:
    first, second = Version.parse(written(one)), Version.parse(written(other))
    assert first.family == second.family
    assert (first.key < second.key, first.key == second.key) == (one < other, one == other)


@given(st.lists(tags, max_size=12))
def test_the_order_of_a_family_is_antisymmetric_and_transitive(listed: list[str]) -> None:
    families: dict[object, list[Version]] = {}
    for tag in listed:
        try:
            version = Version.parse(tag)
        except InvalidVersion:
            continue
        families.setdefault(version.family, []).append(version)
    for versions in families.values():
        for one in versions:
            for other in versions:
                assert [one.key < other.key, one.key == other.key, one.key > other.key].count(True) == 1
        for one, other, third in permutations(versions[:5], 3):
            if one.key <= other.key <= third.key:
                assert one.key <= third.key


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), counts, counts)
def test_a_later_candidate_comes_after_an_earlier_one_and_before_the_release(
    numbers: list[int], one: int, other: int
) -> None:
    base = ".".join(map(str, numbers))
    earlier, later, release = (
        Version.parse(tag).key for tag in (f"{base}-rc{min(one, other)}", f"{base}-rc{max(one, other) + 1}", base)
    )
    assert earlier < later < release


@given(st.one_of(tags, st.text(), st.text("v1.-_rcabzZ0 \u0661\uff12\u212a\u017f\n+~", max_size=130)))
def test_any_text_is_a_tag_that_is_written_back_or_the_declared_error(text: str) -> None:
    try:
        version = Version.parse(text)
    except InvalidVersion as error:
        assert str(error).splitlines() == [str(error)]  # noqa: PT017 - either is right
        return
    assert is_tag(text)
    assert str(version) == text
    assert Version.parse(str(version)) == version
    assert [name for name, _ in version.parts if name == "numbers"] == ["numbers"]


@given(strategies, tags, st.lists(tags, max_size=25))
def test_the_selected_tag_is_listed_newer_and_of_the_same_family(
    strategy: VersionStrategy, current: str, listed: list[str]
) -> None:
    choice = chosen(strategy, current, listed)
    if choice is None:
        return
    now, then = Version.parse(current), Version.parse(choice)
    assert choice in listed
    assert then.key > now.key
    assert then.family == now.family
    assert then.numbers[: strategy.locked] == now.numbers[: strategy.locked]
    if then.prerelease is not None and not strategy.prerelease:
        assert now.prerelease is not None
        assert then.numbers == now.numbers


@given(strategies, tags, st.lists(tags, max_size=12), st.lists(tags, max_size=12))
def test_older_and_foreign_tags_change_nothing(
    strategy: VersionStrategy, current: str, listed: list[str], more: list[str]
) -> None:
    try:
        now = Version.parse(current)
    except InvalidVersion:
        return
    harmless = []
    for tag in more:
        try:
            version = Version.parse(tag)
        except InvalidVersion:
            harmless.append(tag)
            continue
        if version.family != now.family or version.key <= now.key:
            harmless.append(tag)
    assert chosen(strategy, current, harmless + listed) == chosen(strategy, current, listed)


@given(strategies, tags, st.lists(tags, max_size=15), st.randoms(use_true_random=False))
def test_the_order_and_the_repeats_of_the_list_change_nothing(
    strategy: VersionStrategy, current: str, listed: list[str], random: Random
) -> None:
    shuffled = listed + listed[:3]
    random.shuffle(shuffled)
    assert chosen(strategy, current, shuffled) == chosen(strategy, current, listed)


@given(strategies, tags, st.lists(tags, max_size=25))
def test_following_converges_at_once(strategy: VersionStrategy, current: str, listed: list[str]) -> None:
    choice = chosen(strategy, current, listed)
    if choice is not None:
        assert chosen(strategy, choice, [*listed, current]) is None


UNITS = (
    *(
        "1",
        "a",
        "-",
        ".",
        "_",
        "1.",
        "1-",
        "a-",
        "a.",
        "-r1",
        "-r",
        "-ls1",
        "-build.1",
        "-rc",
        "rc",
        "rc1",
        "-rc1",
        "_1",
    ),
    *("2024-", "2024-01-15", "20240115", "T", "a1", "1a", "abcdef0", "sha-", "pr-1", "pr", "--", "..", "v1.2.3-"),
)
HEADS = ("", "1", "1.2.3", "v", "1.2.3-rc", "2024-01-15", "-r", "pr-1", "sha-", "20240115")
PATTERNS = {
    name: value
    for module in (version, version_numbers, split)
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
}


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("head", HEADS)
def test_a_tag_made_to_be_slow_is_read_as_any_other(head: str, unit: str) -> None:
    for tail in ("", "!", "x", "-", "\n"):
        text = (head + unit * 128)[: 128 - len(tail)] + tail
        assert len(text) == 128
        try:
            assert str(Version.parse(text)) == text
        except InvalidVersion as error:
            assert repr(text) in str(error)  # noqa: PT017 - either is right


@pytest.mark.exhaustive
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_no_pattern_needs_more_than_linear_time(pattern: re.Pattern[str], unit: str) -> None:
    # Over a thousand times longer than any tag: a pattern with quadratic steps would not come back within the
    # time limit of the tests, an exponential one not at all.
    for head in HEADS:
        assert pattern.fullmatch(head + unit * (200_000 // len(unit)) + "\n") is None
