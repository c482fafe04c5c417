"""Lines of versions that go on in other variants only."""

from __future__ import annotations

import pytest

from watch_cluster.domain.versions.left_behind.ended_lines import ended_lines
from watch_cluster.domain.versions.left_behind.siblings import Siblings
from watch_cluster.domain.versions.version import Version, read_all


def ended(now: str, candidates: str, others: str) -> dict[tuple[int, ...], str]:
    newer = list(read_all(candidates.split()))
    siblings = Siblings((*newer, *read_all(others.split())))
    return {line: version.tag for line, version in ended_lines(newer, Version.parse(now), siblings).items()}


@pytest.mark.parametrize(
    ("candidates", "others", "expected"),
    [
        pytest.param(
            "1.2.5-bookworm 1.9.0-bookworm",
            "1.2.8-trixie",
            {(1, 2): "1.2.8-trixie"},
            id="a minor line, though a later one of the same major version goes on",
        ),
        pytest.param(
            "1.2.5-bookworm 1.9.0-bookworm", "1.10.0-trixie", {(1,): "1.10.0-trixie"}, id="a major line, by a new minor"
        ),
        pytest.param(
            "1.2.5-bookworm",
            "1.2.6-trixie",
            {(1,): "1.2.6-trixie", (1, 2): "1.2.6-trixie"},
            id="both at once",
        ),
        pytest.param("1.2.5-bookworm", "1.2.5-trixie 1.2.4-trixie", {}, id="nothing later"),
        pytest.param("1.2.5-bookworm", "2.0.0-trixie", {}, id="a line without a candidate"),
        pytest.param("1.2.5-bookworm", "1.2.6-rc1-trixie", {}, id="a prerelease"),
        pytest.param("1.2.5-bookworm", "0.9.8-trixie", {}, id="the line of the current tag"),
        pytest.param("1.2.5-bookworm", "1.2.6-alpine 1.2.7-alpine", {}, id="two versions of another variant"),
        pytest.param(
            "1.2.5-bookworm",
            "1.2.6-alpine 1.2.7-alpine 1.2.8-alpine",
            {(1,): "1.2.8-alpine", (1, 2): "1.2.8-alpine"},
            id="three versions of another variant",
        ),
    ],
)
def test_a_line_has_ended_where_only_others_go_on(
    candidates: str, others: str, expected: dict[tuple[int, ...], str]
) -> None:
    assert ended("0.9.0-bookworm", candidates, others) == expected


def test_a_line_of_two_numbers_is_its_major_version() -> None:
    assert ended("0.9-bookworm", "1.2-bookworm", "1.5-trixie") == {(1,): "1.5-trixie"}


def test_the_latest_of_the_siblings_is_named_whatever_their_order() -> None:
    for others in ("1.2.6-trixie 1.2.8-trixie", "1.2.8-trixie 1.2.6-trixie"):
        assert ended("0.9.0-bookworm", "1.2.5-bookworm", others)[1, 2] == "1.2.8-trixie"


def test_the_same_variant_written_in_another_way_ends_no_line() -> None:
    assert ended("0.9.0-bookworm", "1.2.5-bookworm", "1_2_8-bookworm 1_2_9-trixie") == {}
