"""Why a workload is not updated now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.workloads import NOON, a_workload, read_policy
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.changes import closed_record, new_record
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.schedule.window import WindowState
from watch_cluster.domain.update.decision import HoldReason, Update
from watch_cluster.domain.update.holds import hold_controlled, hold_during_rollout, hold_for_owner, hold_paused
from watch_cluster.domain.workload.workload import Freeze, ImageChange, Workload

CLOSED = WindowState(is_open=False, next_opening=NOON + timedelta(hours=1))


def update(candidate: str, current: str = "shop:1.0") -> Update:
    return Update("app", ImageReference.parse(current), ImageReference.parse(candidate))


def a_shop(**settings: str) -> Workload:
    return a_workload("shop:1.0", enabled="true", **settings)


NEWEST = update("shop:1.2")
FROZEN = replace(a_shop(), freeze=Freeze("default", "release week"))


@pytest.mark.parametrize(
    ("workload", "window", "reason", "message"),
    [
        pytest.param(a_shop(), None, None, "", id="nothing"),
        pytest.param(a_shop(), WindowState(is_open=True), None, "", id="an open window"),
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
            replace(FROZEN, freeze=Freeze("ops", "")),
            None,
            HoldReason.FROZEN,
            "no reason",
            id="no reason given",
        ),
        pytest.param(a_shop(mode="notify"), None, HoldReason.NOTIFY_ONLY, "leaves it to you", id="notify only"),
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
        pytest.param(a_shop(approval="required", approved="1.2"), None, None, "", id="given approval"),
        pytest.param(
            a_shop(approval="required", approved="1.2"),
            CLOSED,
            HoldReason.OUTSIDE_WINDOW,
            "",
            id="approved, window closed",
        ),
        pytest.param(a_shop(approved="1.1"), None, None, "", id="approval that is not required"),
    ],
)
def test_settings_of_the_owner_hold_an_update(
    workload: Workload, window: WindowState | None, reason: HoldReason | None, message: str
) -> None:
    held = hold_for_owner(NEWEST, workload, read_policy(workload), window)
    assert (held.reason if held else None) is reason
    if held is not None:
        assert held.update == NEWEST
        assert held.message.startswith("container app: shop:1.2 is available, ")
        assert message in held.message


def test_holds_a_workload_that_another_object_controls() -> None:
    held = hold_controlled(replace(a_shop(), owner="Rollout shop"))
    assert held is not None
    assert held.reason is HoldReason.CONTROLLED_BY_OWNER
    assert "controlled by Rollout shop" in held.message
    assert hold_controlled(a_shop()) is None


def test_holds_a_workload_until_its_rollout_has_ended() -> None:
    step = ImageChange("app", "shop:0.9", "shop:1.0")
    record = new_record(a_shop(), (step,), RolloutSettings(timedelta(minutes=10)), NOON)
    closed = closed_record(record, RolloutState.DONE, "", NOON)
    held = hold_during_rollout(a_shop(rollout=str(record)))
    assert held is not None
    assert held.reason is HoldReason.ROLLOUT_IN_PROGRESS
    assert hold_during_rollout(a_shop(rollout=str(closed))) is None
    assert hold_during_rollout(a_shop()) is None


def test_holds_a_paused_workload() -> None:
    held = hold_paused(replace(a_shop(), paused=True, resume_command="kubectl rollout resume deployment shop"))
    assert held is not None
    assert held.reason is HoldReason.PAUSED
    assert "kubectl rollout resume deployment shop" in held.message
    assert hold_paused(a_shop()) is None
