"""How a rollout is started."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.fakes.timing import FakeClock
from tests.unit.application.shop import (
    NOON,
    SHOP,
    WATCHED,
    TracedOrchestrator,
    app,
    image,
    read_policy,
    roll_out,
    update,
)
from watch_cluster.application.check.actions.rollout_image import RolloutImage
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError, OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, Container, ImageChange


def test_one_change_carries_every_image_and_the_record_and_expects_the_opt_in(
    orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    orchestrator.create(SHOP, [app(), Container("sidecar", "proxy:2.0")], WATCHED)
    before = orchestrator.shop()
    updates = [update("1.0.0", "1.0.1"), update("proxy:2.0", "proxy:2.1", "sidecar")]
    record = RolloutImage(orchestrator, clock)(before, read_policy(before), updates)
    steps = (ImageChange("app", image("1.0.0"), image("1.0.1")), ImageChange("sidecar", "proxy:2.0", "proxy:2.1"))
    assert orchestrator.changes == [
        (SHOP, Change(before.uid, {annotation.ROLLOUT: str(record)}, {annotation.ENABLED: "true"}, steps))
    ]
    assert [each.image for each in orchestrator.shop().containers] == [image("1.0.1"), "proxy:2.1"]


def test_the_returned_record_is_that_of_the_workload(orchestrator: TracedOrchestrator, clock: FakeClock) -> None:
    orchestrator.create(SHOP, [app()], {**WATCHED, annotation.ROLLOUT_TIMEOUT: "3m"})
    record = roll_out(orchestrator, clock, "1.0.1")
    assert record == orchestrator.record()
    assert record.running
    assert (record.started, record.rollout_settings.timeout) == (NOON, timedelta(minutes=3))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda it: it.set_image(SHOP, "app", image("9")), id="another image"),
        pytest.param(lambda it: it.annotate(SHOP, {annotation.ENABLED: "false"}), id="opted out"),
        pytest.param(lambda it: it.delete(SHOP), id="deleted"),
        pytest.param(lambda it: it.create(SHOP, [app()], WATCHED), id="created anew"),
    ],
)
def test_changes_since_the_decision_are_respected(
    orchestrator: TracedOrchestrator, clock: FakeClock, change: Callable[[TracedOrchestrator], None]
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    seen = orchestrator.shop()
    change(orchestrator)
    left = orchestrator.find(SHOP)
    with pytest.raises(ChangeConflict):
        RolloutImage(orchestrator, clock)(seen, read_policy(seen), [update("1.0.0", "1.0.1")])
    assert orchestrator.find(SHOP) == left


@pytest.mark.parametrize("error", [OrchestratorUnavailable("down"), ChangeRejected("no")], ids=str)
def test_a_rejection_by_the_orchestrator_is_reported(
    orchestrator: TracedOrchestrator, clock: FakeClock, error: OrchestratorError
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    orchestrator.fault = error
    with pytest.raises(type(error), match=str(error)):
        roll_out(orchestrator, clock, "1.0.1")
