"""How a workload is taken notice of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from tests.fakes.notifier import RecordingNotifier
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import NOON, SHOP, WATCHED, PlainNotifier, Process, TracedOrchestrator, app
from watch_cluster.application.ports.reporting.notifier import NotifierUnavailable
from watch_cluster.application.reconcile.detect_deployment import Detection
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.domain.policy.caps import Caps
from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.workload import annotation

BAD_CRON = {**WATCHED, annotation.CRON: "at tea time"}


Detect = Callable[[], Detection]


@pytest.fixture
def detect(
    orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock, check_schedule: CheckSchedule
) -> Detect:
    check_schedule.begin(NOON)
    return Process(orchestrator, notifier, clock, check_schedule=check_schedule).detect


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param({annotation.ENABLED: "true"}, Detection.WATCHED, id="opted in"),
        pytest.param({annotation.ENABLED: "false"}, Detection.NOT_WATCHED, id="opted out"),
        pytest.param({annotation.CRON: "0 0 3 * * ?"}, Detection.NOT_WATCHED, id="never opted in"),
        pytest.param({}, Detection.NOT_WATCHED, id="nothing of ours"),
        pytest.param({annotation.ENABLED: "True"}, Detection.MISCONFIGURED, id="tried to opt in"),
        pytest.param(BAD_CRON, Detection.MISCONFIGURED, id="bad value"),
        pytest.param({**BAD_CRON, annotation.ENABLED: "false"}, Detection.NOT_WATCHED, id="bad value, opted out"),
    ],
)
def test_only_what_is_watched_has_a_next_check(
    detect: Detect,
    orchestrator: TracedOrchestrator,
    check_schedule: CheckSchedule,
    written: Mapping[str, str],
    expected: Detection,
) -> None:
    orchestrator.create(SHOP, [app()], written)
    assert detect() is expected
    assert (check_schedule.next_check(SHOP) is not None) == (expected is Detection.WATCHED)


def test_a_workload_that_is_not_there_is_not_watched(detect: Detect) -> None:
    assert detect() is Detection.NOT_WATCHED


def test_the_next_check_follows_cron_and_time_zone(
    detect: Detect, orchestrator: TracedOrchestrator, check_schedule: CheckSchedule
) -> None:
    written = {**WATCHED, annotation.CRON: "0 0 3 * * ?", annotation.TIMEZONE: "Asia/Seoul"}
    orchestrator.create(SHOP, [app()], written)
    detect()
    assert check_schedule.next_check(SHOP) == NOON + timedelta(hours=6)


def test_catches_up_only_for_workloads_that_are_unchanged_since_the_tick(
    detect: Detect, orchestrator: TracedOrchestrator, check_schedule: CheckSchedule, clock: FakeClock
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    clock.advance(timedelta(minutes=7))
    detect()
    assert check_schedule.next_check(SHOP) == NOON + timedelta(minutes=5)
    check_schedule.begin(NOON)
    orchestrator.set_image(SHOP, "app", app("1.0.1").image)
    detect()
    assert check_schedule.next_check(SHOP) == NOON + timedelta(minutes=10)


@pytest.mark.parametrize("value", ["false", None], ids=["opted out", "annotation removed"])
def test_a_workload_that_opts_out_is_no_longer_checked(
    detect: Detect, orchestrator: TracedOrchestrator, check_schedule: CheckSchedule, value: str | None
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    detect()
    orchestrator.annotate(SHOP, {annotation.ENABLED: value})
    assert detect() is Detection.NOT_WATCHED
    assert check_schedule.next_check(SHOP) is None


def test_a_deleted_workload_is_no_longer_checked(
    detect: Detect, orchestrator: TracedOrchestrator, check_schedule: CheckSchedule
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    detect()
    orchestrator.delete(SHOP)
    assert detect() is Detection.NOT_WATCHED
    assert check_schedule.next_check(SHOP) is None


def test_all_errors_are_reported_in_one_event_once(
    detect: Detect, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    orchestrator.create(SHOP, [app()], {**BAD_CRON, annotation.STRATEGY: "newest"})
    detect()
    detect()
    [event] = notifier.events
    assert event.reason is EventReason.INVALID_CONFIGURATION
    assert event.uid == orchestrator.shop().uid
    assert "'at tea time'" in event.message
    assert "'newest'" in event.message


def test_another_error_is_reported_too(
    detect: Detect, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    orchestrator.create(SHOP, [app()], BAD_CRON)
    detect()
    orchestrator.annotate(SHOP, {annotation.CRON: "at noon"})
    detect()
    assert ["tea time" in each.message for each in notifier.events] == [True, False]


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param({annotation.CRON: "0 0 3 * * ?"}, id="mended"),
        pytest.param({annotation.ENABLED: "false"}, id="opted out"),
    ],
)
def test_reports_an_error_that_recurs(
    detect: Detect, orchestrator: TracedOrchestrator, notifier: PlainNotifier, meanwhile: Mapping[str, str]
) -> None:
    orchestrator.create(SHOP, [app()], BAD_CRON)
    for written in (BAD_CRON, meanwhile, BAD_CRON):
        orchestrator.annotate(SHOP, written)
        detect()
    first, again = notifier.events
    assert first == again


def test_an_error_that_cannot_be_emitted_stops_the_checks_and_is_emitted_at_the_next_reconcile(
    orchestrator: TracedOrchestrator, check_schedule: CheckSchedule, clock: FakeClock
) -> None:
    notifier = RecordingNotifier()
    detect = Process(orchestrator, notifier, clock, check_schedule=check_schedule).detect
    orchestrator.create(SHOP, [app()], WATCHED)
    detect()
    orchestrator.annotate(SHOP, BAD_CRON)
    notifier.fault = NotifierUnavailable("not now")
    with pytest.raises(NotifierUnavailable, match="not now"):
        detect()
    assert check_schedule.next_check(SHOP) is None
    notifier.fault = None
    assert detect() is Detection.MISCONFIGURED
    assert [each.reason for each in notifier.events] == [EventReason.INVALID_CONFIGURATION]


def test_a_requested_check_is_seen_while_the_workload_can_be_checked(
    detect: Detect, orchestrator: TracedOrchestrator
) -> None:
    orchestrator.create(SHOP, [app()], {**WATCHED, annotation.CHECK_NOW: "please"})
    assert detect() is Detection.CHECK_DUE

    orchestrator.annotate(SHOP, BAD_CRON)
    assert detect() is Detection.MISCONFIGURED

    orchestrator.annotate(SHOP, {annotation.CRON: None, annotation.ENABLED: "false"})
    assert detect() is Detection.NOT_WATCHED


APPROVAL = {**WATCHED, annotation.APPROVAL: "required", annotation.PENDING: "1.0.1"}


def test_an_approval_makes_a_check_due_at_once_and_once(detect: Detect, orchestrator: TracedOrchestrator) -> None:
    orchestrator.create(SHOP, [app()], APPROVAL)
    assert detect() is Detection.WATCHED

    orchestrator.annotate(SHOP, {annotation.APPROVED: "1.0.1"})
    assert detect() is Detection.CHECK_DUE
    assert detect() is Detection.WATCHED

    orchestrator.annotate(SHOP, {annotation.APPROVED: "1.0.2"})
    assert detect() is Detection.CHECK_DUE

    orchestrator.annotate(SHOP, {annotation.APPROVED: None})
    assert detect() is Detection.WATCHED


@pytest.mark.parametrize(("approved", "due"), [("1.0.1", True), ("1.0.0", False)])
def test_finds_an_approval_that_was_given_during_an_outage(
    detect: Detect, orchestrator: TracedOrchestrator, approved: str, *, due: bool
) -> None:
    orchestrator.create(SHOP, [app()], {**APPROVAL, annotation.APPROVED: approved})
    assert (detect() is Detection.CHECK_DUE) is due


def test_a_workload_that_opts_in_again_starts_afresh(detect: Detect, orchestrator: TracedOrchestrator) -> None:
    orchestrator.create(SHOP, [app()], {**APPROVAL, annotation.APPROVED: "1.0.1"})
    detect()
    orchestrator.annotate(SHOP, {annotation.ENABLED: "false"})
    detect()
    orchestrator.annotate(SHOP, {annotation.ENABLED: "true"})
    assert detect() is Detection.CHECK_DUE


def test_windows_are_part_of_the_plan(
    detect: Detect, orchestrator: TracedOrchestrator, check_schedule: CheckSchedule
) -> None:
    written = {annotation.CRON: "0 0 3 * * ?", annotation.WINDOW: "0 30 12 * * ? 1h"}
    orchestrator.create(SHOP, [app()], {**WATCHED, **written})
    detect()
    check_schedule.hold_for_window(SHOP, held=True, now=NOON)
    assert check_schedule.next_check(SHOP) == NOON + timedelta(minutes=30)


def test_reports_once_that_checks_are_limited(
    orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    process = Process(orchestrator, notifier, clock, caps=Caps(check_interval=timedelta(seconds=30)))
    orchestrator.create(SHOP, [app()], {**WATCHED, annotation.CRON: "* * * * * ?"})
    assert [process.detect(), process.detect()] == [Detection.WATCHED, Detection.WATCHED]
    clock.advance(timedelta(hours=2))
    process.detect()
    [event] = notifier.events
    assert event.reason is EventReason.CHECKS_LIMITED
    assert "every 30s at most" in event.message


def test_an_edited_record_holds_the_workload_and_is_reported(
    detect: Detect, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    orchestrator.create(SHOP, [app()], {**WATCHED, annotation.ROLLOUT: '{"id": "\u00e9"}'})
    assert detect() is Detection.MISCONFIGURED
    [event] = notifier.events
    assert "has not written it like this: remove it" in event.message
