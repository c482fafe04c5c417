"""Which changes of a watched workload are announced, and which are our own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fakes.outbox import RecordingOutbox
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import NOON, SHOP, WATCHED, TracedOrchestrator, app, image, read_policy, roll_out
from watch_cluster.application.reconcile.notify_detection import NotifyDetection
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container


@pytest.fixture
def outbox() -> RecordingOutbox:
    return RecordingOutbox()


@pytest.fixture
def reconcile(
    orchestrator: TracedOrchestrator, outbox: RecordingOutbox, clock: FakeClock, states: WorkloadStates
) -> Callable[[], int]:
    """Reconcile the shop, and count all notifications so far."""
    orchestrator.create(SHOP, [app(), Container("mesh", "mesh:1")], WATCHED)
    announce = NotifyDetection(outbox, clock, states)

    def reconcile() -> int:
        workload = orchestrator.shop()
        announce(workload, read_policy(workload))
        return len(outbox.delivered)

    return reconcile


def test_a_watched_workload_is_notified_once(reconcile: Callable[[], int], outbox: RecordingOutbox) -> None:
    assert [reconcile(), reconcile()] == [1, 1]
    [notification] = outbox.delivered
    assert notification.type is NotificationType.DEPLOYMENT_DETECTED
    assert (notification.workload, notification.containers, notification.at) == (SHOP, (app(),), NOON)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda it: it.set_image(SHOP, "app", image("9.9.9")), id="an image"),
        pytest.param(lambda it: it.set_image(SHOP, "mesh", "mesh:2"), id="the image of another container"),
        pytest.param(lambda it: it.annotate(SHOP, {annotation.CRON: "0 0 * * * ?"}), id="a setting"),
        pytest.param(lambda it: (it.delete(SHOP), it.create(SHOP, [app()], WATCHED)), id="another of its name"),
    ],
)
def test_changes_by_somebody_else_are_notified_again(
    reconcile: Callable[[], int],
    orchestrator: TracedOrchestrator,
    change: Callable[[TracedOrchestrator], object],
    outbox: RecordingOutbox,
    clock: FakeClock,
) -> None:
    reconcile()
    states = WorkloadStates()
    policy = read_policy(orchestrator.shop())
    announce = NotifyDetection(outbox, clock, states)
    announce(orchestrator.shop(), policy)
    before = len(outbox.delivered)
    change(orchestrator)
    announce(orchestrator.shop(), policy)
    assert len(outbox.delivered) == before + 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda it, clock: roll_out(it, clock, "1.0.1"), id="an update"),
        pytest.param(lambda it, _: it.annotate(SHOP, {annotation.CHECK_NOW: "x"}), id="a requested check"),
        pytest.param(lambda it, _: it.annotate(SHOP, {annotation.LAST_UPDATE: "1"}), id="what we write"),
        pytest.param(lambda it, _: it.settle(), id="nothing"),
    ],
)
def test_our_own_changes_are_not_notified(
    reconcile: Callable[[], int],
    orchestrator: TracedOrchestrator,
    clock: FakeClock,
    change: Callable[[TracedOrchestrator, FakeClock], object],
) -> None:
    reconcile()
    change(orchestrator, clock)
    assert reconcile() == 1


def test_after_our_update_an_image_set_by_somebody_else_is_notified(
    reconcile: Callable[[], int], orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    reconcile()
    roll_out(orchestrator, clock, "1.0.1")
    reconcile()
    orchestrator.set_image(SHOP, "app", image("1.0.0"))
    assert reconcile() == 2


def test_a_workload_that_opts_in_again_is_notified_again(
    orchestrator: TracedOrchestrator, outbox: RecordingOutbox, clock: FakeClock, states: WorkloadStates
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    announce = NotifyDetection(outbox, clock, states)
    for _ in range(2):
        announce(orchestrator.shop(), read_policy(orchestrator.shop()))
        states.forget(SHOP)
    assert len(outbox.delivered) == 2
