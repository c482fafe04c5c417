"""When it is tried again what failed by no fault of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.rollouts import COMPLETE, FAILURE, NEW, NOON, OLD, a_record, shop, with_record
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.rollout.record.failure import FailureCause
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.update.backoff import tried_lately
from watch_cluster.domain.update.decision import Update
from watch_cluster.domain.workload.workload import Workload

MINUTE = timedelta(minutes=1)
INNOCENT = replace(
    a_record(),
    state=RolloutState.ROLLED_BACK,
    failure=replace(FAILURE, cause=FailureCause.ENVIRONMENT, containers=()),
    ended=NOON + MINUTE,
)
AGAIN = Update("app", ImageReference.parse(OLD), ImageReference.parse(NEW))


def a_shop(record: RolloutRecord = INNOCENT) -> Workload:
    return with_record(shop(COMPLETE, OLD), record)


@pytest.mark.parametrize(("retries", "minutes"), [(0, 10), (1, 20), (2, 40)])
def test_the_pauses_double(retries: int, minutes: int) -> None:
    workload = a_shop(replace(INNOCENT, retries=retries))
    over = NOON + MINUTE + minutes * MINUTE
    why = tried_lately(workload, AGAIN, over - timedelta(seconds=1))
    assert why is not None
    assert f"from {over.isoformat(sep=' ', timespec='minutes')} on" in why
    assert tried_lately(workload, AGAIN, over) is None


def test_after_the_last_retry_it_waits_until_the_workload_is_changed() -> None:
    workload = a_shop(replace(INNOCENT, retries=3))
    why = tried_lately(workload, AGAIN, NOON + timedelta(days=30))
    assert why is not None
    assert "it failed 4 times" in why
    assert tried_lately(replace(workload, last_modified_by_others=NOON + 2 * MINUTE), AGAIN, NOON + 3 * MINUTE) is None


@pytest.mark.parametrize(
    "workload",
    [
        pytest.param(shop(COMPLETE, OLD), id="nothing was tried"),
        pytest.param(a_shop(a_record()), id="it is being tried"),
        pytest.param(a_shop(replace(a_record(), state=RolloutState.DONE, ended=NOON)), id="it went well"),
        pytest.param(a_shop(replace(INNOCENT, failure=FAILURE)), id="the image was to blame: quarantine holds it"),
    ],
)
def test_nothing_is_in_back_off_when(workload: Workload) -> None:
    assert tried_lately(workload, AGAIN, NOON + MINUTE) is None


def test_another_image_is_not_in_back_off() -> None:
    newer = replace(AGAIN, candidate=ImageReference.parse("shop:1.0.2"))
    assert tried_lately(a_shop(), newer, NOON + 2 * MINUTE) is None
    assert tried_lately(a_shop(), AGAIN, NOON + 2 * MINUTE) is not None
