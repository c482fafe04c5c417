"""How a list tells how its ambiguous tags are to be read."""

from __future__ import annotations

import pytest

from watch_cluster.domain.versions.readings import never_lower, read_list
from watch_cluster.domain.versions.version import Version, read_all


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        pytest.param("1.0 1.0-dev 1.1 1.1-dev", {"dev"}, id="side by side"),
        pytest.param("1.0 1.0-dev 1.1 1.2-dev", {"dev"}, id="half of them"),
        pytest.param("1.0 1.0-dev 1.1 1.2 1.3-dev", set(), id="less than half"),
        pytest.param("0.9-dev 1.0 1.1 1.2 1.2-dev", set(), id="the last release of the range counts"),
        pytest.param("0.8 0.9 1.0 1.0-dev 1.1 1.2", {"dev"}, id="only the range of the word counts"),
        pytest.param("1.0 1.0-dev 1.0-alpine 1.1-alpine 1.1-dev 1.2-alpine", {"dev"}, id="only its families count"),
        pytest.param("1.0 1.0-dev1 1.1 1.1-dev1", set(), id="a number says prerelease"),
        pytest.param("1.0 1.0-dev 1.0-dev1 1.1 1.2 1.3-dev1", {"dev"}, id="beside some with a number"),
        pytest.param("1.0 1.0-rc 1.1 1.1-rc", set(), id="a word that is always a prerelease"),
        pytest.param("2.0-dev 2.1-dev", set(), id="nothing beside them"),
        pytest.param("v1.0 v1.0-dev", set(), id="another prefix"),
        pytest.param("1.0 1.0-dev 1.0-nightly 1.1 1.2 1.3-nightly", {"dev"}, id="each word for itself"),
    ],
)
def test_a_word_names_a_variant_where_most_versions_have_both(tags: str, words: set[str]) -> None:
    assert read_list(Version.parse("1.0"), read_all(tags.split())).variant_words == words


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        pytest.param("1.0-b1 1.1-b2", True, id="all have it"),
        pytest.param("1.0-b1 1.1-b2 1.2", False, id="but one"),
        pytest.param("1.0-b1 1.0-b2", False, id="of one version"),
        pytest.param("1.0-b1 1.1-rc1", False, id="with another prerelease"),
        pytest.param("1.0-b1 1.1-rc1 1.2-rc2", False, id="with others"),
    ],
)
def test_b_counts_builds_where_every_version_has_it(tags: str, *, expected: bool) -> None:
    assert read_list(Version.parse("1.0-b1"), read_all(tags.split())).builds is expected


@pytest.mark.parametrize(
    ("tags", "variant"),
    [
        pytest.param("1.0-18 1.0-20 1.1-18 1.1-20", True, id="the same in two versions"),
        pytest.param("1.0-18 1.0-20 1.1-18", False, id="in one version"),
        pytest.param("1.0-2 1.0-3 1.1-2 1.1-3", True, id="from two on"),
        pytest.param("1.0-1 1.0-2 1.1-1 1.1-2", False, id="from one on, they count"),
        pytest.param("1.0-18 1.0-20 1.1-19 1.1-21", False, id="others in each version"),
        pytest.param(
            "1.0-18 1.0-20 1.1-18 1.1-20 1.2-18 1.2-21 1.3-19 1.3-20", True, id="the same in half of the versions"
        ),
        pytest.param(
            "1.0-18 1.0-20 1.1-18 1.1-20 1.2-18 1.2-20 1.3-18 1.3-21 1.4-19 1.4-20 1.5-19 1.5-21",
            True,
            id="the same in three of six",
        ),
        pytest.param(
            "1.0-18 1.0-20 1.1-18 1.1-20 1.2-18 1.2-21 1.3-19 1.3-20 1.4-19 1.4-21",
            False,
            id="the same in less than half of the versions",
        ),
        pytest.param("1.0-3.4 1.0-3.5 1.1-3.4 1.1-3.5", True, id="of two numbers"),
        pytest.param("1.0-18-r1 1.0-18-r2 1.1-18-r1 1.1-18-r2", False, id="only what stands first"),
        pytest.param("1.0-r18 1.0-r20 1.1-r18 1.1-r20", False, id="a word counts"),
    ],
)
def test_bare_numbers_name_variants_where_versions_have_the_same(tags: str, *, variant: bool) -> None:
    assert read_list(Version.parse("1.0-18"), read_all(tags.split())).bare is not variant


@pytest.mark.parametrize(
    ("now", "tags", "expected"),
    [
        pytest.param("1.2.3-20", "1.2.4-18", True, id="nothing tells that it counts"),
        pytest.param("1.2.3-20", "1.2.4-18 1.2.4-19", False, id="a version has several"),
        pytest.param("1.2.3-20", "1.2.3-21", False, id="the current one has"),
        pytest.param("1.2.3-20", "1.2.4-18 1.2.4-19-alpine", True, id="of another family"),
        pytest.param("1.2.3", "1.2.4-18", False, id="no number"),
        pytest.param("1.2.3_20", "1.2.4_18", False, id="another sign"),
        pytest.param("2024-11", "2025-1", False, id="months"),
    ],
)
def test_a_bare_number_never_goes_down_where_nothing_tells(now: str, tags: str, *, expected: bool) -> None:
    assert never_lower(Version.parse(now), list(read_all(tags.split()))) is expected
