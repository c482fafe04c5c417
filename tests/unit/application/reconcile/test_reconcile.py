"""What one reconcile reads, does and says about the next one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.fakes.notifier import RecordingNotifier
from tests.fakes.outbox import RecordingOutbox
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import SHOP, WATCHED, Process, TracedOrchestrator, app, image, roll_out
from watch_cluster.adapters.memory.behavior import Behavior
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError, OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.application.ports.reporting.notifier import NotifierUnavailable
from watch_cluster.application.reconcile.deliver_notifications import WAITING_PAUSE
from watch_cluster.application.reconcile.detect_deployment import Detection
from watch_cluster.application.reconcile.reconcile import AT_ONCE, REMINDER, ReconcileResult
from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

BAD_CRON = {**WATCHED, annotation.CRON: "at tea time"}


class CountingOrchestrator(TracedOrchestrator):
    """Counts how often a workload is read."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.reads = 0

    def find(self, key: WorkloadKey) -> Workload | None:
        self.reads += 1
        return super().find(key)


@pytest.fixture
def orchestrator(clock: FakeClock) -> CountingOrchestrator:
    return CountingOrchestrator(clock)


@pytest.fixture
def recording() -> RecordingNotifier:
    return RecordingNotifier()


@pytest.fixture
def process(orchestrator: CountingOrchestrator, recording: RecordingNotifier, clock: FakeClock) -> Process:
    return Process(orchestrator, recording, clock)


def until_transition(process: Process, clock: FakeClock) -> ReconcileResult:
    """Reconcile the shop until its rollout makes a transition."""
    for _ in range(360):
        result = process.reconcile(SHOP)
        if result.transition is not None:
            return result
        clock.advance(timedelta(seconds=5))
    raise AssertionError("no transition for half an hour")


def test_a_workload_is_read_once_whatever_is_done(
    process: Process, orchestrator: CountingOrchestrator, clock: FakeClock
) -> None:
    def reads() -> int:
        before = orchestrator.reads
        process.reconcile(SHOP)
        return orchestrator.reads - before

    assert reads() == 1, "no such workload"
    orchestrator.create(SHOP, [app()], WATCHED)
    assert reads() == 1, "no rollout"
    roll_out(orchestrator, clock, "1.0.1")
    assert reads() == 1, "a rollout in flight"
    orchestrator.set_image(SHOP, "app", image("1.0.0"))
    assert reads() == 1, "a rollout that is superseded"
    assert orchestrator.record().state is RolloutState.SUPERSEDED


def test_a_workload_that_is_gone_is_not_watched(process: Process) -> None:
    assert process.reconcile(SHOP) == ReconcileResult(Detection.NOT_WATCHED)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(WATCHED, ReconcileResult(Detection.WATCHED), id="opted in: again only on a change"),
        pytest.param(
            {**WATCHED, annotation.CHECK_NOW: "please"}, ReconcileResult(Detection.CHECK_DUE), id="a check is due"
        ),
        pytest.param(
            BAD_CRON, ReconcileResult(Detection.MISCONFIGURED, REMINDER), id="misconfigured: the owner is reminded"
        ),
        pytest.param({annotation.ENABLED: "false"}, ReconcileResult(Detection.NOT_WATCHED), id="opted out"),
    ],
)
def test_a_workload_without_a_rollout_is_detected(
    process: Process, orchestrator: CountingOrchestrator, written: dict[str, str], expected: ReconcileResult
) -> None:
    orchestrator.create(SHOP, [app()], written)
    assert process.reconcile(SHOP) == expected
    assert orchestrator.changes == []


def test_a_rollout_in_flight_is_evaluated_again_after_the_pause_of_its_evaluation(
    process: Process, orchestrator: CountingOrchestrator, clock: FakeClock
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    record = roll_out(orchestrator, clock, "1.0.1")
    result = process.reconcile(SHOP)
    assert (result.detection, result.rollout, result.transition) == (Detection.WATCHED, record, None)
    clock.advance(timedelta(seconds=20))
    assert process.reconcile(SHOP).requeue_after == record.rollout_settings.soak


def test_a_transition_is_the_only_thing_that_its_reconcile_does_and_the_next_follows_at_once(
    process: Process, orchestrator: CountingOrchestrator, clock: FakeClock
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    record = roll_out(orchestrator, clock, "1.0.1")
    result = until_transition(process, clock)
    assert (result.rollout, result.requeue_after, result.undelivered) == (record, AT_ONCE, None)
    assert result.transition is not None
    assert result.transition.record.state is RolloutState.DONE
    assert len(orchestrator.changes) == 2, "the start and the end"
    assert process.reconcile(SHOP) == ReconcileResult(Detection.WATCHED)


def test_a_manual_revert_is_recorded_and_the_next_reconcile_follows_at_once(
    process: Process, orchestrator: CountingOrchestrator, clock: FakeClock
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    roll_out(orchestrator, clock, "1.0.1")
    until_transition(process, clock)
    orchestrator.set_image(SHOP, "app", image("1.0.0"))
    assert process.reconcile(SHOP) == ReconcileResult(Detection.WATCHED, AT_ONCE)
    assert orchestrator.shop().annotations[annotation.QUARANTINE] == image("1.0.1")


def test_an_undelivered_notification_is_tried_again_after_its_pause(
    orchestrator: CountingOrchestrator, recording: RecordingNotifier, clock: FakeClock
) -> None:
    outbox = RecordingOutbox()
    process = Process(orchestrator, recording, clock, outbox)
    orchestrator.create(SHOP, [app()], WATCHED)
    roll_out(orchestrator, clock, "1.0.1")
    until_transition(process, clock)
    assert process.reconcile(SHOP).requeue_after == WAITING_PAUSE
    assert process.reconcile(SHOP).requeue_after is None
    assert orchestrator.record().all_undelivered == ()


def test_a_rollout_is_followed_and_checks_are_scheduled_while_the_notifier_is_away(
    process: Process, orchestrator: CountingOrchestrator, recording: RecordingNotifier, clock: FakeClock
) -> None:
    recording.fault = fault = NotifierUnavailable("not now")
    orchestrator.behave(image("1.0.1"), Behavior(crashes_after=timedelta()))
    orchestrator.create(SHOP, [app()], WATCHED)
    roll_out(orchestrator, clock, "1.0.1")
    result = process.reconcile(SHOP)
    assert (result.detection, result.undelivered) == (Detection.WATCHED, fault)
    assert result.requeue_after is not None
    assert process.check_schedule.next_check(SHOP) is not None
    assert until_transition(process, clock).undelivered is None
    assert orchestrator.shop().image_of("app") == image("1.0.0")


def test_a_configuration_error_that_cannot_be_emitted_stops_the_checks_and_is_emitted_later(
    process: Process, orchestrator: CountingOrchestrator, recording: RecordingNotifier
) -> None:
    recording.fault = fault = NotifierUnavailable("not now")
    orchestrator.create(SHOP, [app()], BAD_CRON)
    assert process.reconcile(SHOP) == ReconcileResult(Detection.MISCONFIGURED, REMINDER, undelivered=fault)
    assert process.check_schedule.next_check(SHOP) is None
    recording.fault = None
    assert process.reconcile(SHOP) == ReconcileResult(Detection.MISCONFIGURED, REMINDER)
    assert [event.reason for event in recording.events] == [EventReason.INVALID_CONFIGURATION]


@pytest.mark.parametrize("error", [OrchestratorUnavailable("down"), ChangeConflict("changed"), ChangeRejected("no")])
def test_a_change_that_fails_leaves_the_rollout_open(
    process: Process, orchestrator: CountingOrchestrator, clock: FakeClock, error: OrchestratorError
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    record = roll_out(orchestrator, clock, "1.0.1")
    orchestrator.fault = error
    with pytest.raises(type(error)):
        until_transition(process, clock)
    assert orchestrator.record() == record
    orchestrator.fault = None
    assert process.reconcile(SHOP).transition is not None


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(lambda it: it.delete(SHOP), id="deleted"),
        pytest.param(lambda it: it.annotate(SHOP, {annotation.ENABLED: "false"}), id="opted out"),
    ],
)
def test_a_workload_that_leaves_is_forgotten(
    process: Process, orchestrator: CountingOrchestrator, leave: Callable[[TracedOrchestrator], None]
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    process.reconcile(SHOP)
    assert (len(process.states), len(process.check_schedule)) == (1, 1)
    leave(orchestrator)
    process.reconcile(SHOP)
    assert (len(process.states), len(process.check_schedule)) == (0, 0)


def test_a_workload_that_is_deleted_during_its_rollout_gives_its_slot_back(
    orchestrator: CountingOrchestrator, recording: RecordingNotifier, clock: FakeClock
) -> None:
    process = Process(orchestrator, recording, clock, most_rollouts=1)
    orchestrator.create(SHOP, [app()], WATCHED)
    roll_out(orchestrator, clock, "1.0.1")
    process.fleet.load()
    process.reconcile(SHOP)
    assert process.limiter.in_flight() == 1
    orchestrator.delete(SHOP)
    process.reconcile(SHOP)
    assert process.limiter.in_flight() == 0
