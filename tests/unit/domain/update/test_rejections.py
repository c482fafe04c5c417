"""What holds back an update that is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.workloads import NOON, a_workload, read_policy
from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.changes import closed_record, new_record
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.schedule.window import WindowState
from watch_cluster.domain.update.decision import HoldReason, Update
from watch_cluster.domain.update.rejections import (
    FailuresElsewhere,
    candidates_to_check,
    failing_elsewhere,
    held_by_owner,
    held_by_pause,
    held_by_rollout,
    hold_for_owner,
    not_built_for,
    quarantined,
    rejecting,
    too_young,
)
from watch_cluster.domain.versions.choice import EvaluatedTag
from watch_cluster.domain.workload.workload import Freeze, ImageChange, Workload, WorkloadKey

DIGEST = "sha256:" + "0" * 64
HOUR = timedelta(hours=1)
CLOSED = WindowState(is_open=False, next_opening=NOON + HOUR)


def update(candidate: str, current: str = "shop:1.0") -> Update:
    return Update("app", ImageReference.parse(current), ImageReference.parse(candidate))


def a_shop(**settings: str) -> Workload:
    return a_workload("shop:1.0", enabled="true", **settings)


NEWER, NEWEST = update("shop:1.1"), update("shop:1.2")
FROZEN = replace(a_shop(), freeze=Freeze("default", "release week"))


@pytest.mark.parametrize(
    ("workload", "opening", "reason", "words"),
    [
        pytest.param(a_shop(), None, None, "", id="nothing"),
        pytest.param(a_shop(), WindowState(is_open=True), None, "", id="an open window does not"),
        pytest.param(
            a_shop(), CLOSED, HoldReason.OUTSIDE_WINDOW, "opens at 2031-01-01 13:00+00:00", id="a closed window"
        ),
        pytest.param(
            a_shop(),
            WindowState(is_open=False),
            HoldReason.OUTSIDE_WINDOW,
            "no window opens any more",
            id="no window left",
        ),
        pytest.param(FROZEN, None, HoldReason.FROZEN, "namespace default is frozen: release week", id="a freeze"),
        pytest.param(
            replace(FROZEN, freeze=Freeze("ops", "")), None, HoldReason.FROZEN, "no reason", id="a freeze of few words"
        ),
        pytest.param(
            a_shop(mode="notify"), None, HoldReason.NOTIFY_ONLY, "leaves it to you", id="a wish to be told only"
        ),
        pytest.param(
            a_shop(approval="required"),
            None,
            HoldReason.WAITING_FOR_APPROVAL,
            "waits for watch-cluster.io/approved: 1.2",
            id="approval",
        ),
        pytest.param(
            a_shop(approval="required", approved="1.1"),
            None,
            HoldReason.WAITING_FOR_APPROVAL,
            "what is approved now, 1.1, is no candidate",
            id="approval of something else",
        ),
        pytest.param(
            a_shop(approval="required", approved="1.2"), None, None, "", id="approval that was given does not"
        ),
        pytest.param(
            a_shop(approval="required", approved="1.2"), CLOSED, HoldReason.OUTSIDE_WINDOW, "", id="both must allow it"
        ),
        pytest.param(a_shop(approved="1.1"), None, None, "", id="approval that nobody wants does not"),
    ],
)
def test_the_owner_holds_an_update_back_with(
    workload: Workload, opening: WindowState | None, reason: HoldReason | None, words: str
) -> None:
    held = hold_for_owner(NEWEST, workload, read_policy(workload), opening)
    assert (held.reason if held else None) is reason
    if held is not None:
        assert held.update == NEWEST
        assert held.message.startswith("container app: shop:1.2 is available, ")
        assert words in held.message


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({}, (NEWEST, NEWER), id="all of them"),
        pytest.param({"approval": "required"}, (NEWEST, NEWER), id="all of them while nothing is approved"),
        pytest.param({"approval": "required", "approved": "1.1"}, (NEWER,), id="the approved one, also an older one"),
        pytest.param({"approval": "required", "approved": "9.9"}, (NEWEST, NEWER), id="all when none is approved"),
        pytest.param({"approval": "required", "approved": "9.9, 1.1"}, (NEWER,), id="one of several approved ones"),
        pytest.param({"approved": "1.1"}, (NEWEST, NEWER), id="approval that nobody wants means nothing"),
    ],
)
def test_candidates_candidates_to_check_are(settings: dict[str, str], expected: tuple[Update, ...]) -> None:
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
def test_exactly_one_candidate_is_approved_by(candidate: Update, current: str, approval: str) -> None:  # noqa: ARG001
    assert candidate.approval == approval


@pytest.mark.parametrize(
    ("age", "young"), [(timedelta(), True), (35 * HOUR, True), (36 * HOUR, False), (37 * HOUR, False)]
)
def test_a_candidate_is_old_enough_from_its_age_on(age: timedelta, *, young: bool) -> None:
    objection = too_young(age, read_policy(a_shop(min_age="36h")))
    assert (objection is not None) is young
    assert objection is None or "of the 1 day, 12:00:00 that min-age wants" in objection.why


def test_without_a_minimum_age_nothing_is_too_young() -> None:
    assert too_young(timedelta(), read_policy(a_shop())) is None


def test_who_is_too_young_is_said_to_be_rejected() -> None:
    evaluated_tags = (
        EvaluatedTag("1.2", kept=True, reason="the newest"),
        EvaluatedTag("1.1", kept=True, reason="newer"),
    )
    told = rejecting(replace(NEWER, evaluated_tags=evaluated_tags), {"1.2": "too young"})
    assert [(each.tag, each.kept, each.reason) for each in told.evaluated_tags] == [
        ("1.2", False, "too young"),
        ("1.1", True, "newer"),
    ]
    assert rejecting(NEWER, {}) is NEWER


def test_an_objection_names_the_candidate() -> None:
    objection = too_young(timedelta(seconds=1), read_policy(a_shop(min_age="2s")))
    assert objection is not None
    held = objection.hold(NEWEST)
    assert (held.reason, held.update) == (HoldReason.TOO_YOUNG, NEWEST)
    seen = "seen for 0:00:01 of the 0:00:02 that min-age wants"
    assert held.message == f"container app: shop:1.2 is available, and too young: {seen}"


def test_what_is_in_quarantine_is_not_taken_and_it_is_said_how_to_have_it() -> None:
    shop = a_shop(quarantine="shop:1.2")
    objection = quarantined(shop, read_policy(shop), NEWEST)
    assert objection is not None
    assert (objection.reason, objection.final) == (HoldReason.QUARANTINED, False)
    assert "remove it from watch-cluster.io/quarantine" in objection.message
    assert quarantined(shop, read_policy(shop), NEWER) is None


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
def test_what_failed_in_three_other_places_is_not_taken(workloads: int, namespaces: int, message: str | None) -> None:
    names = tuple(WorkloadKey("default", "Deployment", f"shop-{number}") for number in range(workloads))
    shop = a_shop()
    objection = failing_elsewhere(FailuresElsewhere(names, namespaces), read_policy(shop), NEWEST)
    if message is None:
        assert objection is None
        return
    assert objection is not None
    assert objection.message == (
        f"it failed {message} and succeeded on no workload: approve it with watch-cluster.io/approved to roll it out"
        " anyway"
    )


def test_what_failed_elsewhere_is_taken_where_its_owner_approves_it() -> None:
    shop = a_shop(approved=NEWEST.approval)
    assert failing_elsewhere(FailuresElsewhere((), 9), read_policy(shop), NEWEST) is None
    assert failing_elsewhere(FailuresElsewhere((), 9), read_policy(shop), NEWER) is not None


def test_what_runs_on_none_of_the_nodes_is_not_taken() -> None:
    assert not_built_for(()) is None
    objection = not_built_for((Platform.of("linux", "arm64"),))
    assert objection is not None
    assert "not built for linux/arm64" in objection.message


def test_what_another_object_controls_is_left_to_it() -> None:
    held = held_by_owner(replace(a_shop(), owner="Rollout shop"))
    assert held is not None
    assert held.reason is HoldReason.CONTROLLED_BY_OWNER
    assert "controlled by Rollout shop" in held.message
    assert held_by_owner(a_shop()) is None


def test_a_rollout_that_has_not_ended_holds_everything_back() -> None:
    step = ImageChange("app", "shop:0.9", "shop:1.0")
    record = new_record(a_shop(), (step,), RolloutSettings(timedelta(minutes=10)), NOON)
    closed = closed_record(record, RolloutState.DONE, "", NOON)
    held = held_by_rollout(a_shop(rollout=str(record)))
    assert held is not None
    assert held.reason is HoldReason.ROLLOUT_IN_PROGRESS
    assert held_by_rollout(a_shop(rollout=str(closed))) is None
    assert held_by_rollout(a_shop()) is None


def test_what_is_paused_waits_until_somebody_resumes_it() -> None:
    held = held_by_pause(replace(a_shop(), paused=True, resume_command="kubectl rollout resume deployment shop"))
    assert held is not None
    assert held.reason is HoldReason.PAUSED
    assert "kubectl rollout resume deployment shop" in held.message
    assert held_by_pause(a_shop()) is None
