"""Workloads and their progress."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.domain.workloads import COMPLETE, SHOP, a_workload
from watch_cluster.domain.workload import annotation


def test_formats_a_key_as_namespace_kind_and_name() -> None:
    assert str(SHOP) == "default/Deployment/shop"


def test_finds_an_image_by_container() -> None:
    workload = a_workload("shop:1", "mesh:2")
    assert workload.image_of("app1") == "mesh:2"
    assert workload.image_of("sidecar") is None


@pytest.mark.parametrize(
    ("difference", "complete"),
    [
        pytest.param({}, True, id="all there"),
        pytest.param({"desired": 0, "updated": 0, "available": 0}, True, id="scaled to nothing"),
        pytest.param({"updated": 3}, True, id="more than wanted, while it shrinks"),
        pytest.param({"observed": False}, False, id="not yet looked at"),
        pytest.param({"updated": 1}, False, id="not all updated"),
        pytest.param({"available": 1}, False, id="not all available"),
        pytest.param({"outdated": 1}, False, id="an old one is left"),
        pytest.param({"stalled": "gave up"}, False, id="given up"),
    ],
)
def test_progress_is_complete_when_every_part_is(difference: dict[str, Any], *, complete: bool) -> None:
    assert replace(COMPLETE, **difference).complete is complete


@pytest.mark.parametrize(
    ("key", "ours"),
    [
        ("watch-cluster.io/enabled", True),
        ("watch-cluster.io/misspelt", True),
        ("app.watch-cluster.io/strategy", True),
        ("watch-cluster.io", False),
        ("not-watch-cluster.io/enabled", False),
        ("watch-cluster.io.example/enabled", False),
        ("enabled", False),
        ("", False),
    ],
)
def test_recognizes_our_annotation_keys(key: str, *, ours: bool) -> None:
    assert annotation.is_watch_cluster_key(key) is ours
