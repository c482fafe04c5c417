"""The end of a rollout is heard of outside, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.timing import FakeClock
from tests.unit.application.shop import (
    SHOP,
    WATCHED,
    PlainNotifier,
    TracedOrchestrator,
    app,
    following,
    roll_out,
    see_through,
)
from watch_cluster.adapters.memory.outbox import RecordingOutbox
from watch_cluster.adapters.webhook.null_outbox import NoOutbox
from watch_cluster.application.ports.orchestrator import OrchestratorUnavailable
from watch_cluster.application.reconcile.deliver_notifications import (
    FAILED_PAUSE,
    WAITING_PAUSE,
    DeliverNotifications,
    DeliveryAttempts,
)
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.rollout.record import Milestone


@pytest.fixture
def outbox() -> RecordingOutbox:
    return RecordingOutbox()


@pytest.fixture
def report(orchestrator: TracedOrchestrator, outbox: RecordingOutbox, clock: FakeClock) -> DeliverNotifications:
    return DeliverNotifications(orchestrator, outbox, clock)


@pytest.fixture
def ended(orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock, outbox: RecordingOutbox) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    roll_out(orchestrator, clock, "1.0.1")
    see_through(following(orchestrator, notifier, clock, outbox), clock)


@pytest.mark.usefixtures("ended")
def test_an_end_is_announced_and_struck_off(
    report: DeliverNotifications, orchestrator: TracedOrchestrator, outbox: RecordingOutbox
) -> None:
    assert report(SHOP) == WAITING_PAUSE
    assert report(SHOP) is None

    [notification] = outbox.delivered
    assert notification.notification_type is NotificationType.IMAGE_ROLLOUT_COMPLETED
    assert notification.details == {"rolloutDuration": "50000ms"}
    assert orchestrator.record().all_undelivered == ()


def test_a_rollout_that_goes_on_has_nothing_to_report(
    report: DeliverNotifications, orchestrator: TracedOrchestrator, clock: FakeClock, outbox: RecordingOutbox
) -> None:
    assert report(SHOP) is None
    orchestrator.create(SHOP, [app()], WATCHED)
    assert report(SHOP) is None
    roll_out(orchestrator, clock, "1.0.1")
    assert report(SHOP) is None
    assert outbox.delivered == []


@pytest.mark.usefixtures("ended")
def test_a_receiver_that_is_away_is_left_alone_for_a_while_however_often_one_looks(
    report: DeliverNotifications, outbox: RecordingOutbox, clock: FakeClock
) -> None:
    outbox.open = False
    assert [report(SHOP), report(SHOP)] == [WAITING_PAUSE, FAILED_PAUSE]
    outbox.open = True
    clock.advance(FAILED_PAUSE / 5)
    assert report(SHOP) == FAILED_PAUSE * 4 / 5
    assert outbox.delivered == []
    clock.advance(FAILED_PAUSE * 4 / 5)
    assert report(SHOP) == WAITING_PAUSE
    assert report(SHOP) is None
    assert len(outbox.delivered) == 1


@pytest.mark.usefixtures("ended")
def test_another_process_reports_what_the_one_that_was_killed_could_not(
    report: DeliverNotifications, orchestrator: TracedOrchestrator, outbox: RecordingOutbox, clock: FakeClock
) -> None:
    outbox.open = False
    report(SHOP)
    successor = RecordingOutbox()

    DeliverNotifications(orchestrator, successor, clock)(SHOP)

    assert [each.id for each in successor.delivered] == [
        Notification.of_stage(SHOP, orchestrator.record(), Milestone.COMPLETED).id
    ]


@pytest.mark.usefixtures("ended")
def test_an_end_is_reported_also_while_the_next_rollout_goes_on(
    report: DeliverNotifications, orchestrator: TracedOrchestrator, clock: FakeClock, outbox: RecordingOutbox
) -> None:
    first = orchestrator.record()
    roll_out(orchestrator, clock, "1.0.2")

    report(SHOP)
    report(SHOP)

    assert [each.id for each in outbox.delivered] == [Notification.of_stage(SHOP, first, Milestone.COMPLETED).id]
    assert orchestrator.record().running
    assert orchestrator.record().all_undelivered == ()


@pytest.mark.usefixtures("ended")
def test_what_could_not_be_struck_off_is_not_sent_again_by_the_same_process(
    report: DeliverNotifications, orchestrator: TracedOrchestrator, outbox: RecordingOutbox
) -> None:
    report(SHOP)
    orchestrator.fault = OrchestratorUnavailable("not now")
    with pytest.raises(OrchestratorUnavailable):
        report(SHOP)
    orchestrator.fault = None
    assert report(SHOP) is None
    assert len(outbox.delivered) == 1


def test_without_a_receiver_nothing_is_put_on_record(
    orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    roll_out(orchestrator, clock, "1.0.1")
    see_through(following(orchestrator, notifier, clock, NoOutbox()), clock)
    assert not orchestrator.record().undelivered


def test_a_clock_that_is_set_back_keeps_nobody_waiting_longer(clock: FakeClock) -> None:
    attempts, now = DeliveryAttempts(), clock.now()
    attempts.note("id", now)
    assert attempts.rest("id", now) == FAILED_PAUSE
    assert attempts.rest("id", now - timedelta(hours=1)) == FAILED_PAUSE
    assert attempts.rest("id", now - timedelta(hours=1) + FAILED_PAUSE) == timedelta()
