"""The laws of every choice that the model promises, with all rules and with `tag-pattern`."""

from __future__ import annotations

import re
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.versions.choice import ChoiceHold
from watch_cluster.domain.versions.strategy import VersionStrategy
from watch_cluster.domain.versions.tag_pattern import VersionPattern
from watch_cluster.domain.versions.version import InvalidVersion, Version, read_all

NUMBERS = st.lists(st.integers(0, 3), min_size=2, max_size=3).map(lambda numbers: ".".join(map(str, numbers)))
PLAIN = st.builds("{}{}".format, NUMBERS, st.sampled_from(["", "", "-rc1", "-rc2", "-r1", "-r2", "-alpine", "-slim"]))
"""Tags that are read in one way, whatever their neighbours."""
TAGS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "", "v", "beta-", "jdk17-", "pg15.5-ts"]),
    NUMBERS | st.sampled_from(["1", "22", "999", "1000", "2024", "2024.1", "2024-01-30", "20240115"]),
    st.sampled_from(
        [
            *("", "", "", "-rc1", "-rc2", "-dev", "-b97", "-r1", "-18", "-20", "-20240115", "-1.2", "-a1b2c3d"),
            *("-bookworm", "-trixie", "-alpine3.19", "-alpine3.20", "-jdk11", "-1-ubi8", "-ls3"),
        ]
    ),
)
IRRELEVANT = st.sampled_from(
    ["latest", "stable", "a1b2c3d", "sha256-" + "0" * 64 + ".sig", "1.2.3.att", "pr-12", "0.0.0-other", "Ünïcode", ""]
)
STRATEGIES = st.builds(
    VersionStrategy,
    locked=st.integers(0, 2),
    prerelease=st.booleans(),
    follow=st.booleans(),
    behind=st.integers(0, 2),
)
COMMITS = st.from_regex(r"[0-9a-f]{7,12}", fullmatch=True)


def version_pattern(text: str) -> VersionPattern:
    return VersionPattern.parse(text, compile_tag_pattern)


@given(STRATEGIES, TAGS, st.lists(TAGS, max_size=20))
def test_a_hold_selects_no_tag(strategy: VersionStrategy, current: str, tags: list[str]) -> None:
    choice = strategy.choose(current, tags)
    assert (choice.hold is None) == (choice.message == "")
    if choice.hold is not None:
        assert choice.chosen is None
        assert choice.kept == ()


@given(STRATEGIES, TAGS, st.lists(TAGS, max_size=20))
def test_every_tag_that_looks_newer_has_one_line(strategy: VersionStrategy, current: str, tags: list[str]) -> None:
    choice = strategy.choose(current, tags)
    lines = [line.tag for line in choice.evaluated_tags]
    assert len(lines) == len(set(lines))
    assert set(lines) <= set(tags)
    assert all(line.reason for line in choice.evaluated_tags)
    if choice.hold is not ChoiceHold.TWO_VERSIONS and choice.current is not None:
        newer = {version.tag for version in read_all(tags) if version.numbers > choice.current.numbers}
        assert newer <= set(lines)


@given(STRATEGIES, TAGS, st.lists(TAGS, max_size=15), st.lists(IRRELEVANT, max_size=5), st.randoms())
def test_order_repeats_and_what_is_no_version_change_nothing(
    strategy: VersionStrategy, current: str, tags: list[str], more: list[str], random: Random
) -> None:
    shuffled = [*tags, *more, *tags[:3]]
    random.shuffle(shuffled)
    # `0.0.0-other` is a version, older than most, and of another variant.
    expected = strategy.choose(current, [*tags, *(tag for tag in more if tag == "0.0.0-other")])
    found = strategy.choose(current, shuffled)
    assert found == expected


@given(STRATEGIES, TAGS, st.lists(TAGS, max_size=20))
def test_versions_never_decrease(strategy: VersionStrategy, current: str, tags: list[str]) -> None:
    chosen = strategy.choose(current, tags).chosen
    if chosen is not None:
        now, then = Version.parse(current), Version.parse(chosen)
        assert then.key[:4] >= now.key[:4]
        assert chosen != current


@given(STRATEGIES, PLAIN, st.lists(PLAIN, max_size=15))
def test_a_pattern_of_the_whole_tag_reads_it_as_no_pattern_does(
    strategy: VersionStrategy, current: str, tags: list[str]
) -> None:
    assert chosen_by(strategy, r"^(?P<version>.+)$", current, tags) == strategy.choose(current, tags).chosen


@given(STRATEGIES, PLAIN, st.lists(PLAIN, max_size=15), st.sampled_from(["pg15.5-ts", "main.", "x_", "temurin-17-"]))
def test_text_around_the_version_changes_nothing(
    strategy: VersionStrategy, current: str, tags: list[str], frame: str
) -> None:
    inside = chosen_by(strategy, r"^(?P<version>.+)$", current, tags)
    around = chosen_by(strategy, f"^{re.escape(frame)}(?P<version>.+)$", frame + current, [frame + tag for tag in tags])
    assert around == (None if inside is None else frame + inside)


@given(STRATEGIES, PLAIN, st.lists(st.tuples(PLAIN, COMMITS), max_size=12, unique_by=lambda pair: pair[0]), COMMITS)
def test_a_commit_may_be_in_any_group_or_in_none(
    strategy: VersionStrategy, current: str, tags: list[tuple[str, str]], commit: str
) -> None:
    now, listed = f"main-{commit}-{current}", [f"main-{each}-{tag}" for tag, each in tags if tag != current]
    in_any = chosen_by(strategy, r"^main-(?P<any>[0-9a-f]+)-(?P<version>.+)$", now, listed)
    in_none = chosen_by(strategy, r"^main-[0-9a-f]+-(?P<version>.+)$", now, listed)
    alone = chosen_by(strategy, r"^(?P<version>.+)$", current, [tag for tag, _ in tags if tag != current])
    assert in_any == in_none
    assert (in_any is None) == (alone is None)
    assert in_any is None or in_any.endswith(f"-{alone}")


def chosen_by(strategy: VersionStrategy, pattern: str, current: str, tags: list[str]) -> str | None:
    with_pattern = VersionStrategy(
        locked=strategy.locked,
        prerelease=strategy.prerelease,
        follow=strategy.follow,
        behind=strategy.behind,
        pattern=version_pattern(pattern),
    )
    try:
        return with_pattern.choose(current, tags).chosen
    except InvalidVersion:
        return None
