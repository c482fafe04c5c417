"""Which prefixes may come after another."""

from __future__ import annotations

import pytest

from watch_cluster.domain.versions.left_behind.prefixes import (
    differs_only_in_v,
    ends_stage,
    is_ahead_of_prefix,
    names_later_release,
)
from watch_cluster.domain.versions.version import Version


@pytest.mark.parametrize(("own", "other", "expected"), [("", "v", True), ("V", "", True), ("x", "", False)])
def test_a_v_comes_and_goes(own: str, other: str, *, expected: bool) -> None:
    assert differs_only_in_v(own, other) is expected


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [("beta-", "", True), ("Beta_", "v", True), ("beta-", "x-", False), ("main-", "", False), ("", "", False)],
)
def test_a_stage_ends(own: str, other: str, *, expected: bool) -> None:
    assert ends_stage(own, other) is expected


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        ("jammy-", "noble-", True),
        ("jammy-", "jammy-", False),
        ("noble-", "jammy-", False),
        ("jammy-", "trixie-", False),
        ("x-", "y-", False),
        ("", "noble-", False),
    ],
)
def test_a_release_of_the_base_is_followed_by_a_later_one(own: str, other: str, *, expected: bool) -> None:
    assert names_later_release(own, other) is expected


@pytest.mark.parametrize(
    ("now", "other", "expected"),
    [
        pytest.param("1.7.34", "v2.0.0", True, id="a v"),
        pytest.param("v1.0", "1.0", False, id="the same without a v"),
        pytest.param("beta-7.1", "7.1", True, id="the end of a stage"),
        pytest.param("beta-7.1", "7.0", False, id="an earlier end"),
        pytest.param("jammy-1.2", "noble-1.3", True, id="a later release"),
        pytest.param("jammy-1.2", "noble-1.2", False, id="the same on a later release"),
        pytest.param("oracular-20250101", "plucky-20250201", False, id="31 days later, both may be maintained"),
        pytest.param("oracular-20250101", "plucky-20250202", True, id="32 days later"),
        pytest.param("x-1.2", "y-1.3", False, id="another word"),
    ],
)
def test_a_version_with_another_prefix_is_ahead(now: str, other: str, *, expected: bool) -> None:
    assert is_ahead_of_prefix(Version.parse(now), Version.parse(other)) is expected
