"""Which versions are of one kind: years, days, ids and builds of pipelines do not follow releases."""

from __future__ import annotations

from datetime import date

import pytest

from watch_cluster.domain.versions.left_behind.kinds import are_comparable, days_of, is_release_of_kind, is_year
from watch_cluster.domain.versions.version import Version


@pytest.mark.parametrize(("number", "expected"), [(1989, False), (1990, True), (2099, True), (2100, False)])
def test_a_year_is_of_this_century_or_the_end_of_the_last(number: int, *, expected: bool) -> None:
    assert is_year(number) is expected


@pytest.mark.parametrize(
    ("now", "other"),
    [
        pytest.param("9", "10", id="counters"),
        pytest.param("12", "999", id="counters below a thousand"),
        pytest.param("1500", "1600", id="counters beyond a thousand"),
        pytest.param("1000.1", "2025.1.0", id="from a thousand on, any number"),
        pytest.param("1.2.3", "1.2.999999", id="a large number"),
        pytest.param("1.2.1000000", "1.2.1000001", id="ids in both"),
        pytest.param("10.8.1", "2025.1.0", id="a year after counts"),
        pytest.param("999.1", "2025.1", id="a year after large counts"),
        pytest.param("10.8.1", "2025.13.1", id="no month"),
        pytest.param("10.8.1", "2025.0.1", id="no month either"),
        pytest.param("10.8.1", "2025.1.32", id="no day"),
        pytest.param("10.8.1-ee", "2025.1.0-ee", id="a year of the same variant"),
        pytest.param("2024", "2100", id="a single number may be a counter"),
        pytest.param("2024.1", "2025.1", id="years"),
    ],
)
def test_numbers_of_one_kind_are_compared(now: str, other: str) -> None:
    assert are_comparable(Version.parse(now), Version.parse(other))


@pytest.mark.parametrize(
    ("now", "other"),
    [
        pytest.param("1.2.3", "1.2.1000000", id="an id after a release"),
        pytest.param("1.5", "1.1000000", id="an id in the second place"),
        pytest.param("1.1000000", "1.5", id="a release after an id"),
        pytest.param("10.8.1", "2025.1.31", id="a day"),
        pytest.param("10.8.1", "2025.12.1", id="a day of December"),
        pytest.param("10.8.1", "2025.1.1", id="the first day"),
        pytest.param("10.8", "2025.1.0", id="another count of numbers"),
        pytest.param("10", "2025", id="one number"),
        pytest.param("10.8.1-ee", "2025.1.0", id="another variant"),
        pytest.param("10.8.1", "3000.1.0", id="no year"),
        pytest.param("2024.1", "2100.1", id="no year after years"),
        pytest.param("2024.1", "5.1", id="a release after years"),
        pytest.param("1500", "15000", id="a counter with another digit"),
    ],
)
def test_numbers_of_different_kinds_are_not_compared(now: str, other: str) -> None:
    assert not are_comparable(Version.parse(now), Version.parse(other))


@pytest.mark.parametrize(
    ("now", "other", "expected"),
    [
        pytest.param("11.3.1", "11.4.0-79146", False, id="a build of a pipeline"),
        pytest.param("11.3.1", "11.4.0-10000", False, id="the first that is taken for one"),
        pytest.param("11.3.1", "11.4.0-9999", True, id="a build"),
        pytest.param("11.3.1-5", "11.4.0-79146", True, id="builds on both sides"),
        pytest.param("1.2.3-alpine", "1.2.4-edge", False, id="an unfinished version"),
        pytest.param("1.2.3-edge", "1.2.4-edge", True, id="unfinished on both sides"),
    ],
)
def test_drafts_and_builds_of_pipelines_are_no_releases(now: str, other: str, *, expected: bool) -> None:
    assert is_release_of_kind(Version.parse(now), Version.parse(other)) is expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(20240131, date(2024, 1, 31).toordinal(), id="a day"),
        pytest.param(20240131120000, date(2024, 1, 31).toordinal(), id="a moment"),
        pytest.param(20240231, 0, id="no day"),
        pytest.param(17, 0, id="a counter"),
    ],
)
def test_a_date_is_counted_in_days(number: int, expected: int) -> None:
    assert days_of(number) == expected
