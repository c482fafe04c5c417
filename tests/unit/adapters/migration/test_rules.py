"""Schedules and expressions of other tools."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.migration.rules import version_group, whole_tag
from watch_cluster.adapters.migration.schedules import schedule_of


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("@every 5m", "0 */5 * * * ?"),
        ("@every 1h", "0 0 * * * ?"),
        ("@every 30s", "*/30 * * * * ?"),
        ("@every 24h", "0 0 0 * * ?"),
        ("@every 7m", None),
        ("@every 0s", None),
        ("@daily", "0 0 0 * * ?"),
        ("0 0 4 * * *", "0 0 4 * * ?"),
        ("0 0 4 * * 1", "0 0 4 ? * 1"),
        ("0 0 4 1 * 1", None),
        ("*/15 * * * *", "*/15 * * * *"),
        ("whenever", None),
        ("", None),
    ],
)
def test_a_schedule_fires_as_the_other_one(theirs: str, ours: str | None) -> None:
    assert schedule_of(theirs) == ours


@pytest.mark.parametrize(
    ("anywhere", "whole"),
    [("^v1$", "v1"), ("^v1", "v1.*"), ("rc$", ".*rc"), ("a|b", ".*(?:a|b).*"), (r"x\$", r".*x\$.*")],
)
def test_an_expression_matches_the_whole_tag(anywhere: str, whole: str) -> None:
    assert whole_tag(anywhere) == whole


@pytest.mark.parametrize(
    ("expression", "extract", "pattern"),
    [
        ("^v(.*)$", "$1", "^v(?P<version>.*)$"),
        (r"\((\d+)", "$1", r"\((?P<version>\d+)"),
        ("^(?P<n>.*)$", "${n}", "^(?P<version>.*)$"),
        ("^(a)(b)$", "$1.$2", None),
        ("^(a)$", "$2", None),
        ("^a$", "$n", None),
    ],
)
def test_the_extracted_group_is_the_version(expression: str, extract: str, pattern: str | None) -> None:
    assert version_group(expression, extract) == pattern
