"""When the support of an Ubuntu release has ended, and which release comes next."""

from __future__ import annotations

import pytest

from watch_cluster.domain.versions.left_behind.ended_support import after_ended_support
from watch_cluster.domain.versions.version import Version


@pytest.mark.parametrize(
    ("now", "found", "expected"),
    [
        pytest.param("oracular-20250401", "plucky-20250731", "", id="the last month of nine"),
        pytest.param("oracular-20250401", "plucky-20250801", "plucky-20250801", id="the month after it"),
        pytest.param("jammy-20250401", "noble-20270430", "", id="the last month of five years"),
        pytest.param("jammy-20250401", "noble-20270501", "noble-20270501", id="five years are over"),
        pytest.param(
            "oracular-20250401",
            "plucky-20251201 questing-20260131",
            "plucky-20251201",
            id="the earliest release in its last month",
        ),
        pytest.param(
            "oracular-20250401",
            "plucky-20251201 questing-20260201",
            "questing-20260201",
            id="a release that has ended as well is passed over",
        ),
        pytest.param("oracular-20250901", "plucky-20250801", "", id="an older build"),
        pytest.param("oracular-20250801", "plucky-20250801", "", id="a build of the same day"),
        pytest.param("oracular-20250401", "slim-plucky-20250801", "", id="another edition"),
        pytest.param("oracular-1.2", "plucky-20250801", "", id="no date"),
        pytest.param("oracular-20250401", "plucky-1.2 plucky-20250801", "", id="not all are dates"),
        pytest.param("bookworm-20250401", "trixie-20350801", "", id="Debian"),
        pytest.param("oracular-20250401", "", "", id="nothing found"),
    ],
)
def test_the_earliest_supported_release_comes_next(now: str, found: str, expected: str) -> None:
    builds = [Version.parse(tag) for tag in found.split()]
    assert [version.tag for version in after_ended_support(Version.parse(now), builds)] == expected.split()
