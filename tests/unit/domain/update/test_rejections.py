"""Which candidates are rejected, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.workloads import a_workload, read_policy
from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.update.decision import HoldReason, Update
from watch_cluster.domain.update.rejections import (
    FailuresElsewhere,
    candidates_to_check,
    mark_rejected,
    reject_failing_elsewhere,
    reject_missing_platforms,
    reject_quarantined,
    reject_too_young,
)
from watch_cluster.domain.versions.choice import EvaluatedTag
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

DIGEST = "sha256:" + "0" * 64
HOUR = timedelta(hours=1)


def update(candidate: str, current: str = "shop:1.0") -> Update:
    return Update("app", ImageReference.parse(current), ImageReference.parse(candidate))


def a_shop(**settings: str) -> Workload:
    return a_workload("shop:1.0", enabled="true", **settings)


NEWER, NEWEST = update("shop:1.1"), update("shop:1.2")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({}, (NEWEST, NEWER), id="all of them"),
        pytest.param({"approval": "required"}, (NEWEST, NEWER), id="all of them while nothing is approved"),
        pytest.param({"approval": "required", "approved": "1.1"}, (NEWER,), id="the approved one, also an older one"),
        pytest.param({"approval": "required", "approved": "9.9"}, (NEWEST, NEWER), id="all when none is approved"),
        pytest.param({"approval": "required", "approved": "9.9, 1.1"}, (NEWER,), id="one of several approved ones"),
        pytest.param({"approved": "1.1"}, (NEWEST, NEWER), id="approval that is not required"),
    ],
)
def test_only_the_approved_candidate_is_checked(settings: dict[str, str], expected: tuple[Update, ...]) -> None:
    assert candidates_to_check(read_policy(a_shop(**settings)), (NEWEST, NEWER)) == expected


@pytest.mark.parametrize(
    ("candidate", "current", "approval"),
    [
        pytest.param(update("shop:1.1"), "shop:1.0", "1.1", id="a tag"),
        pytest.param(update(f"shop:1.1@{DIGEST}"), "shop:1.0", "1.1", id="the tag of a pinned version"),
        pytest.param(update(f"shop:edge@{DIGEST}", "shop:edge"), "", DIGEST, id="the digest of a tag that stays"),
        pytest.param(replace(update("shop", "shop"), digest=DIGEST), "", DIGEST, id="the digest of an unpinned image"),
        pytest.param(update(f"shop:latest@{DIGEST}", "shop"), "", DIGEST, id="the digest of an untagged image"),
    ],
)
def test_an_approval_names_exactly_one_candidate(candidate: Update, current: str, approval: str) -> None:  # noqa: ARG001
    assert candidate.approval == approval


@pytest.mark.parametrize(
    ("age", "young"), [(timedelta(), True), (35 * HOUR, True), (36 * HOUR, False), (37 * HOUR, False)]
)
def test_rejects_a_candidate_below_the_minimum_age(age: timedelta, *, young: bool) -> None:
    rejection = reject_too_young(age, read_policy(a_shop(min_age="36h")))
    assert (rejection is not None) is young
    assert rejection is None or "of the 1d12h that min-age wants" in rejection.why


def test_rejects_no_age_without_a_minimum() -> None:
    assert reject_too_young(timedelta(), read_policy(a_shop())) is None


def test_marks_a_rejected_tag_with_the_reason() -> None:
    evaluated_tags = (
        EvaluatedTag("1.2", kept=True, reason="the newest"),
        EvaluatedTag("1.1", kept=True, reason="newer"),
    )
    marked = mark_rejected(replace(NEWER, evaluated_tags=evaluated_tags), {"1.2": "too young"})
    assert [(each.tag, each.kept, each.reason) for each in marked.evaluated_tags] == [
        ("1.2", False, "too young"),
        ("1.1", True, "newer"),
    ]
    assert mark_rejected(NEWER, {}) is NEWER


def test_the_message_names_the_candidate() -> None:
    rejection = reject_too_young(timedelta(seconds=1), read_policy(a_shop(min_age="2s")))
    assert rejection is not None
    held = rejection.hold(NEWEST)
    assert (held.reason, held.update) == (HoldReason.TOO_YOUNG, NEWEST)
    seen = "seen for 1s of the 2s that min-age wants"
    assert held.message == f"container app: shop:1.2 is available, and too young: {seen}"


def test_rejects_a_quarantined_image_and_says_how_to_allow_it() -> None:
    shop = a_shop(quarantine="shop:1.2")
    rejection = reject_quarantined(shop, read_policy(shop), NEWEST)
    assert rejection is not None
    assert (rejection.reason, rejection.final) == (HoldReason.QUARANTINED, False)
    assert "remove it from watch-cluster.io/quarantine" in rejection.message
    assert reject_quarantined(shop, read_policy(shop), NEWER) is None


@pytest.mark.parametrize(
    ("workloads", "namespaces", "message"),
    [
        pytest.param(0, 0, None, id="nowhere"),
        pytest.param(2, 0, None, id="on two workloads of the namespace"),
        pytest.param(0, 2, None, id="in two other namespaces"),
        pytest.param(
            4,
            0,
            "on default/Deployment/shop-0, default/Deployment/shop-1, default/Deployment/shop-2",
            id="on four workloads of the namespace",
        ),
        pytest.param(0, 3, "in 3 other namespaces", id="in three other namespaces"),
        pytest.param(
            2,
            1,
            "on default/Deployment/shop-0, default/Deployment/shop-1 and in 1 other namespace",
            id="on two workloads of the namespace and in one other",
        ),
    ],
)
def test_rejects_an_image_that_failed_in_three_places(workloads: int, namespaces: int, message: str | None) -> None:
    names = tuple(WorkloadKey("default", "Deployment", f"shop-{number}") for number in range(workloads))
    shop = a_shop()
    rejection = reject_failing_elsewhere(FailuresElsewhere(names, namespaces), read_policy(shop), NEWEST)
    if message is None:
        assert rejection is None
        return
    assert rejection is not None
    assert rejection.message == (
        f"it failed {message} and succeeded on no workload: approve it with watch-cluster.io/approved to roll it out"
        " anyway"
    )


def test_an_approval_allows_an_image_that_failed_elsewhere() -> None:
    shop = a_shop(approved=NEWEST.approval)
    assert reject_failing_elsewhere(FailuresElsewhere((), 9), read_policy(shop), NEWEST) is None
    assert reject_failing_elsewhere(FailuresElsewhere((), 9), read_policy(shop), NEWER) is not None


def test_rejects_an_image_that_is_not_built_for_a_node() -> None:
    assert reject_missing_platforms(()) is None
    rejection = reject_missing_platforms((Platform.of("linux", "arm64"),))
    assert rejection is not None
    assert "not built for linux/arm64" in rejection.message
