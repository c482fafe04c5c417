"""What is announced, and when two announcements are one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.workloads import NOON, SHOP, a_workload
from watch_cluster.domain.announcement import Announcement, Occasion
from watch_cluster.domain.failure import Failure, Fault
from watch_cluster.domain.recording import begin
from watch_cluster.domain.rollout import RolloutRecord, RolloutState, Stage
from watch_cluster.domain.terms import RolloutTerms
from watch_cluster.domain.workload import Container, ImageChange

WORKLOAD = a_workload("shop:1.0.0", "mesh:1")
RECORD = begin(WORKLOAD, (ImageChange("app", "shop:1.0.0", "shop:1.0.1"),), RolloutTerms(timedelta(minutes=10)), NOON)
DONE = replace(RECORD, state=RolloutState.DONE, ended=NOON + timedelta(seconds=45))


def test_a_detection_tells_the_watched_containers_as_they_are() -> None:
    announcement = Announcement.of_detection(WORKLOAD, WORKLOAD.containers[:1], NOON)
    assert announcement.containers == (Container("app", "shop:1.0.0"),)
    assert announcement.details == {}


def test_a_start_tells_the_new_images() -> None:
    announcement = Announcement.of_start(SHOP, RECORD)
    assert announcement.occasion is Occasion.IMAGE_ROLLOUT_STARTED
    assert (announcement.containers, announcement.at) == ((Container("app", "shop:1.0.1"),), NOON)


def test_a_good_end_tells_how_long_it_took() -> None:
    announcement = Announcement.of_stage(SHOP, DONE, Stage.COMPLETED)
    assert announcement.occasion is Occasion.IMAGE_ROLLOUT_COMPLETED
    assert announcement.details == {"rolloutDuration": "45000ms"}
    assert announcement.at == DONE.ended


@pytest.mark.parametrize("state", [RolloutState.FAILED, RolloutState.SUPERSEDED])
def test_a_bad_end_tells_the_reason_as_well(state: RolloutState) -> None:
    announcement = Announcement.of_stage(SHOP, replace(DONE, state=state, message="it did not start"), Stage.FAILED)
    assert announcement.occasion is Occasion.IMAGE_ROLLOUT_FAILED
    assert announcement.details == {"rolloutDuration": "45000ms", "reason": "it did not start"}


def test_the_same_fact_has_the_same_id_and_another_has_another() -> None:
    ids = [
        Announcement.of_start(SHOP, RECORD).id,
        Announcement.of_stage(SHOP, DONE, Stage.COMPLETED).id,
        Announcement.of_detection(WORKLOAD, WORKLOAD.containers, NOON).id,
        Announcement.of_detection(WORKLOAD, WORKLOAD.containers, NOON + timedelta(seconds=1)).id,
    ]
    assert len(set(ids)) == len(ids)
    assert Announcement.of_stage(SHOP, RolloutRecord.parse(str(DONE)), Stage.COMPLETED).id == ids[1]


def test_a_rollback_tells_the_old_images_and_why_they_came_back() -> None:
    failure = Failure("it crashed", Fault.IMAGE, ("app",), NOON + timedelta(seconds=20))
    failed = replace(RECORD, failure=failure)
    first = Announcement.of_stage(SHOP, failed, Stage.FAILED)
    assert (first.occasion, first.at) == (Occasion.IMAGE_ROLLOUT_FAILED, failure.at)
    assert first.details == {"rolloutDuration": "20000ms", "reason": "it crashed"}
    assert first.containers == (Container("app", "shop:1.0.1"),)

    back = replace(failed, state=RolloutState.ROLLED_BACK, ended=NOON + timedelta(seconds=60), message="all is well")
    second = Announcement.of_stage(SHOP, back, Stage.ROLLED_BACK)
    assert second.occasion is Occasion.IMAGE_ROLLED_BACK
    assert second.details == {"rolloutDuration": "60000ms", "reason": "it crashed"}
    assert second.containers == (Container("app", "shop:1.0.0"),)

    stuck = replace(back, state=RolloutState.FAILED, message="it does not come up either")
    third = Announcement.of_stage(SHOP, stuck, Stage.ROLLBACK_FAILED)
    assert (third.occasion, third.details["reason"]) == (Occasion.IMAGE_ROLLOUT_FAILED, "it does not come up either")
    assert len({first.id, second.id, third.id}) == 3
