"""What is announced, and when two announcements are one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.workloads import NOON, SHOP, a_workload
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.changes import new_record
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.rollout.record.failure import Failure, FailureCause
from watch_cluster.domain.rollout.record.lifecycle import Milestone, RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import Container, ImageChange

WORKLOAD = a_workload("shop:1.0.0", "mesh:1")
RECORD = new_record(
    WORKLOAD, (ImageChange("app", "shop:1.0.0", "shop:1.0.1"),), RolloutSettings(timedelta(minutes=10)), NOON
)
DONE = replace(RECORD, state=RolloutState.DONE, ended=NOON + timedelta(seconds=45))


def test_a_detection_names_the_watched_containers() -> None:
    notification = Notification.of_detection(WORKLOAD, WORKLOAD.containers[:1], NOON)
    assert notification.containers == (Container("app", "shop:1.0.0"),)
    assert notification.details == {}


def test_a_started_rollout_names_the_new_images() -> None:
    notification = Notification.of_start(SHOP, RECORD)
    assert notification.type is NotificationType.IMAGE_ROLLOUT_STARTED
    assert (notification.containers, notification.at) == ((Container("app", "shop:1.0.1"),), NOON)


def test_a_completed_rollout_reports_its_duration() -> None:
    notification = Notification.of_milestone(SHOP, DONE, Milestone.COMPLETED)
    assert notification.type is NotificationType.IMAGE_ROLLOUT_COMPLETED
    assert notification.details == {"rolloutDuration": "45000ms"}
    assert notification.at == DONE.ended


@pytest.mark.parametrize("state", [RolloutState.FAILED, RolloutState.SUPERSEDED])
def test_a_failed_rollout_reports_the_reason(state: RolloutState) -> None:
    notification = Notification.of_milestone(
        SHOP, replace(DONE, state=state, message="it did not start"), Milestone.FAILED
    )
    assert notification.type is NotificationType.IMAGE_ROLLOUT_FAILED
    assert notification.details == {"rolloutDuration": "45000ms", "reason": "it did not start"}


def test_the_same_fact_has_the_same_id_and_another_has_another() -> None:
    ids = [
        Notification.of_start(SHOP, RECORD).id,
        Notification.of_milestone(SHOP, DONE, Milestone.COMPLETED).id,
        Notification.of_detection(WORKLOAD, WORKLOAD.containers, NOON).id,
        Notification.of_detection(WORKLOAD, WORKLOAD.containers, NOON + timedelta(seconds=1)).id,
    ]
    assert len(set(ids)) == len(ids)
    assert Notification.of_milestone(SHOP, RolloutRecord.parse(str(DONE)), Milestone.COMPLETED).id == ids[1]


def test_a_rollback_names_the_old_images_and_the_reason() -> None:
    failure = Failure("it crashed", FailureCause.IMAGE, ("app",), NOON + timedelta(seconds=20))
    failed = replace(RECORD, failure=failure)
    first = Notification.of_milestone(SHOP, failed, Milestone.FAILED)
    assert (first.type, first.at) == (NotificationType.IMAGE_ROLLOUT_FAILED, failure.at)
    assert first.details == {"rolloutDuration": "20000ms", "reason": "it crashed"}
    assert first.containers == (Container("app", "shop:1.0.1"),)

    back = replace(failed, state=RolloutState.ROLLED_BACK, ended=NOON + timedelta(seconds=60), message="all is well")
    second = Notification.of_milestone(SHOP, back, Milestone.ROLLED_BACK)
    assert second.type is NotificationType.IMAGE_ROLLED_BACK
    assert second.details == {"rolloutDuration": "60000ms", "reason": "it crashed"}
    assert second.containers == (Container("app", "shop:1.0.0"),)

    stuck = replace(back, state=RolloutState.FAILED, message="it does not come up either")
    third = Notification.of_milestone(SHOP, stuck, Milestone.ROLLBACK_FAILED)
    assert (third.type, third.details["reason"]) == (
        NotificationType.IMAGE_ROLLOUT_FAILED,
        "it does not come up either",
    )
    assert len({first.id, second.id, third.id}) == 3
