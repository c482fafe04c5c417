"""Which of the tags of one version is best: the current release of the base while it is built, then the latest."""

from __future__ import annotations

import pytest

from watch_cluster.domain.versions.left_behind.siblings import Siblings
from watch_cluster.domain.versions.selection.bases import in_order_of_bases, on_later_bases
from watch_cluster.domain.versions.version import Version, read_all

NOW = "1.0-bookworm"


@pytest.mark.parametrize(
    ("tags", "order"),
    [
        pytest.param(
            "1.0-bookworm 1.0-trixie 1.1-bookworm 1.1-trixie",
            "1.1-bookworm 1.1-trixie",
            id="the current release while two are built at once",
        ),
        pytest.param("1.0-bookworm 1.1-bookworm 1.1-trixie", "1.1-trixie 1.1-bookworm", id="the latest of a rebuild"),
        pytest.param(
            "1.0-bookworm 1.1-bookworm 1.2-bookworm 1.2-trixie",
            "1.2-trixie 1.2-bookworm 1.1-bookworm",
            id="an earlier version that is still built on it does not count",
        ),
        pytest.param(
            "1.0-bookworm 1.0-trixie 1.1-bookworm 1.2-trixie",
            "1.2-trixie 1.1-bookworm",
            id="a later version before the current release",
        ),
    ],
)
def test_the_best_tag_comes_first(tags: str, order: str) -> None:
    versions = list(read_all(tags.split()))
    kept = [version for version in versions if version.numbers > (1, 0)]
    for candidates in (kept, kept[::-1]):
        best = in_order_of_bases(Version.parse(NOW), candidates, Siblings(tuple(versions)))
        assert [version.tag for version in best] == order.split()


@pytest.mark.parametrize(
    ("tags", "moved"),
    [
        pytest.param("1.0-trixie", ["1.0-trixie"], id="the next release of the base"),
        pytest.param("1.0-trixie 1.1-trixie", ["1.0-trixie"], id="no other version"),
        pytest.param("1.0-trixie 1.0-slim-trixie 1.0-alpine 1.0", ["1.0-trixie"], id="no other variant"),
        pytest.param("1.0-trixie 1.0-bullseye", ["1.0-trixie"], id="no earlier release"),
        pytest.param("1.0-trixie v1.0-trixie", ["1.0-trixie"], id="no other prefix"),
        pytest.param("0.9-bookworm 0.9-trixie 1.0-trixie", [], id="nothing while it is built on two at once"),
        pytest.param("1.1-trixie", [], id="nothing where its own version was not built again"),
    ],
)
def test_the_current_version_moves_to_a_later_release_only_when_its_own_is_no_longer_built(
    tags: str, moved: list[str]
) -> None:
    versions = list(read_all([NOW, *tags.split()]))
    found = on_later_bases(Version.parse(NOW), versions, Siblings(tuple(versions)))
    assert [version.tag for version in found] == moved
