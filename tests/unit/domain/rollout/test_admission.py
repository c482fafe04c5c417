"""What admission made of the images that we set is what we set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.rollouts import NEW, STEP, a_record, turned
from tests.unit.domain.workloads import a_workload
from watch_cluster.domain.rollout.admission import as_admitted
from watch_cluster.domain.workload.workload import Container, ImageChange, Workload

DIGEST = "sha256:" + "1" * 64


def running(image: str) -> Workload:
    return replace(a_workload(), containers=(Container("app", image),))


@pytest.mark.parametrize("image", [f"{NEW}@{DIGEST}", "mirror.corp/shop:2"], ids=["a digest", "a mirror"])
def test_the_record_contains_what_is_in_the_template(image: str) -> None:
    admitted = as_admitted(a_record(), running(image))
    assert admitted is not None
    assert admitted.target_changes == (replace(STEP, after=image),)


def test_during_a_rollback_the_restored_images_are_named() -> None:
    admitted = as_admitted(turned(a_record()), running("mirror.corp/shop:1"))
    assert admitted is not None
    assert [each.after for each in admitted.target_changes] == ["mirror.corp/shop:1"]


@pytest.mark.parametrize(
    "workload",
    [pytest.param(running(NEW), id="as it was set"), pytest.param(replace(a_workload(), containers=()), id="removed")],
)
def test_there_is_nothing_to_adopt(workload: Workload) -> None:
    assert as_admitted(a_record(), workload) is None


def test_does_not_adopt_what_the_record_cannot_contain() -> None:
    step = ImageChange("app", "shop:edge", f"shop:edge@{DIGEST}", ran=DIGEST)
    assert as_admitted(turned(a_record(step)), running("mirror.corp/shop:edge")) is None
