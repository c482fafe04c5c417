"""The end of a rollout is heard of outside, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.outbox import RecordingOutbox
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import (
    SHOP,
    WATCHED,
    PlainNotifier,
    Process,
    TracedOrchestrator,
    app,
    following,
    roll_out,
    see_through,
)
from watch_cluster.adapters.notifications.null_outbox import NullOutbox
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.reconcile.deliver_notifications import (
    FAILED_PAUSE,
    WAITING_PAUSE,
)
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.rollout.record.lifecycle import Milestone


@pytest.fixture
def outbox() -> RecordingOutbox:
    return RecordingOutbox()


@pytest.fixture
def process(
    orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock, outbox: RecordingOutbox
) -> Process:
    return Process(orchestrator, notifier, clock, outbox)


@pytest.fixture
def ended(process: Process, orchestrator: TracedOrchestrator, clock: FakeClock) -> None:
    """The shop's rollout has succeeded, and no receiver has been notified."""
    orchestrator.create(SHOP, [app()], WATCHED)
    roll_out(orchestrator, clock, "1.0.1")
    see_through(process.follow, clock)


@pytest.mark.usefixtures("ended")
def test_an_ended_rollout_is_notified_and_no_longer_owed(
    process: Process, orchestrator: TracedOrchestrator, outbox: RecordingOutbox
) -> None:
    assert process.deliver() == WAITING_PAUSE
    assert process.deliver() is None

    [notification] = outbox.delivered
    assert notification.type is NotificationType.IMAGE_ROLLOUT_COMPLETED
    assert notification.details == {"rolloutDuration": "50000ms"}
    assert orchestrator.record().all_undelivered == ()


def test_a_rollout_in_progress_has_nothing_to_report(
    process: Process, orchestrator: TracedOrchestrator, clock: FakeClock, outbox: RecordingOutbox
) -> None:
    assert process.deliver() is None
    orchestrator.create(SHOP, [app()], WATCHED)
    assert process.deliver() is None
    roll_out(orchestrator, clock, "1.0.1")
    assert process.deliver() is None
    assert outbox.delivered == []


@pytest.mark.usefixtures("ended")
def test_an_unreachable_receiver_is_not_retried_before_its_back_off(
    process: Process, outbox: RecordingOutbox, clock: FakeClock
) -> None:
    outbox.open = False
    assert [process.deliver(), process.deliver()] == [WAITING_PAUSE, FAILED_PAUSE]
    outbox.open = True
    clock.advance(FAILED_PAUSE / 5)
    assert process.deliver() == FAILED_PAUSE * 4 / 5
    assert outbox.delivered == []
    clock.advance(FAILED_PAUSE * 4 / 5)
    assert process.deliver() == WAITING_PAUSE
    assert process.deliver() is None
    assert len(outbox.delivered) == 1


@pytest.mark.usefixtures("ended")
def test_another_process_reports_what_the_one_that_was_killed_could_not(
    process: Process,
    orchestrator: TracedOrchestrator,
    notifier: PlainNotifier,
    outbox: RecordingOutbox,
    clock: FakeClock,
) -> None:
    outbox.open = False
    process.deliver()
    successor = RecordingOutbox()

    Process(orchestrator, notifier, clock, successor).deliver()

    assert [each.id for each in successor.delivered] == [
        Notification.of_milestone(SHOP, orchestrator.record(), Milestone.COMPLETED).id
    ]


@pytest.mark.usefixtures("ended")
def test_an_end_is_reported_also_while_the_next_rollout_continues(
    process: Process, orchestrator: TracedOrchestrator, clock: FakeClock, outbox: RecordingOutbox
) -> None:
    first = orchestrator.record()
    roll_out(orchestrator, clock, "1.0.2")

    process.deliver()
    process.deliver()

    assert [each.id for each in outbox.delivered] == [Notification.of_milestone(SHOP, first, Milestone.COMPLETED).id]
    assert orchestrator.record().running
    assert orchestrator.record().all_undelivered == ()


@pytest.mark.usefixtures("ended")
def test_a_delivered_notification_that_stays_owed_is_not_sent_twice_by_one_process(
    process: Process, orchestrator: TracedOrchestrator, outbox: RecordingOutbox
) -> None:
    process.deliver()
    orchestrator.fault = OrchestratorUnavailable("not now")
    with pytest.raises(OrchestratorUnavailable):
        process.deliver()
    orchestrator.fault = None
    assert process.deliver() is None
    assert len(outbox.delivered) == 1


def test_without_a_receiver_nothing_is_put_on_record(
    orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    roll_out(orchestrator, clock, "1.0.1")
    see_through(following(orchestrator, notifier, clock, NullOutbox()), clock)
    assert not orchestrator.record().undelivered


@pytest.mark.usefixtures("ended")
def test_a_clock_that_is_set_back_lengthens_no_pause(
    process: Process, outbox: RecordingOutbox, clock: FakeClock
) -> None:
    outbox.open = False
    assert [process.deliver(), process.deliver()] == [WAITING_PAUSE, FAILED_PAUSE]
    clock.jump(-timedelta(hours=1))
    assert process.deliver() == FAILED_PAUSE
    clock.advance(FAILED_PAUSE)
    assert process.deliver() == WAITING_PAUSE
