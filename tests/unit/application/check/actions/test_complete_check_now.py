"""A manually requested check is answered once, and its request removed."""

from __future__ import annotations

import pytest

from tests.fakes.timing import FakeClock
from tests.unit.application.shop import SHOP, WATCHED, PlainNotifier, TracedOrchestrator, app, image, update
from watch_cluster.application.check.actions.complete_check_now import CompleteCheckNow
from watch_cluster.application.check.check_for_update import Check
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeRejected
from watch_cluster.application.reconcile.emit_events import EmitEvents
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.update.decision import Decision, Held, HoldReason, UpToDate
from watch_cluster.domain.workload import annotation

UP_TO_DATE = UpToDate("app", ImageReference.parse(image("1.0.0")))


@pytest.fixture
def complete(orchestrator: TracedOrchestrator, emit: EmitEvents, clock: FakeClock) -> CompleteCheckNow:
    orchestrator.create(SHOP, [app()], {**WATCHED, annotation.CHECK_NOW: "please"})
    return CompleteCheckNow(orchestrator, emit, clock)


def check_of(orchestrator: TracedOrchestrator, *decisions: Decision) -> Check:
    return Check(SHOP, decisions or (UP_TO_DATE,), orchestrator.shop())


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        pytest.param(UP_TO_DATE, "Checked now: container app: up to date", id="up to date"),
        pytest.param(
            update("1.0.0", "1.0.1"), f"Checked now: container app: update to {image('1.0.1')}", id="an update"
        ),
        pytest.param(
            Held(HoldReason.NO_TAG, "write a tag", "app"), "Checked now: held back: no tag: write a tag", id="held back"
        ),
    ],
)
def test_the_response_contains_the_result_of_the_check(
    complete: CompleteCheckNow,
    orchestrator: TracedOrchestrator,
    notifier: PlainNotifier,
    decision: Decision,
    words: str,
) -> None:
    complete(check_of(orchestrator, decision))

    [event] = notifier.events
    assert (event.reason, event.message) == (EventReason.MANUAL_CHECK_DONE, words)
    assert orchestrator.shop().annotations == WATCHED


def test_an_unrequested_check_is_not_answered(
    complete: CompleteCheckNow, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    orchestrator.annotate(SHOP, {annotation.CHECK_NOW: None})
    complete(check_of(orchestrator))
    complete(Check(SHOP, ()))
    assert notifier.events == []
    assert orchestrator.changes == []


def test_a_check_that_was_requested_again_meanwhile_stays_requested(
    complete: CompleteCheckNow, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    check = check_of(orchestrator)
    orchestrator.annotate(SHOP, {annotation.CHECK_NOW: "again"})
    complete(check)
    assert orchestrator.shop().annotations[annotation.CHECK_NOW] == "again"
    assert notifier.events == []


def test_two_results_are_two_events(
    complete: CompleteCheckNow, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    complete(check_of(orchestrator))
    clock.set(clock.now().replace(hour=13))
    orchestrator.annotate(SHOP, {annotation.CHECK_NOW: "please"})
    complete(check_of(orchestrator))
    first, second = notifier.events
    assert first.identity != second.identity


def test_a_requested_check_is_answered_even_if_the_request_cannot_be_removed(
    complete: CompleteCheckNow, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    orchestrator.fault = ChangeRejected("a policy says no")
    complete(check_of(orchestrator))
    [event] = notifier.events
    assert "could not be removed: a policy says no" in event.message


def test_a_check_request_stays_while_the_orchestrator_is_unavailable(
    complete: CompleteCheckNow, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    orchestrator.fault = OrchestratorUnavailable("not now")
    with pytest.raises(OrchestratorUnavailable):
        complete(check_of(orchestrator))
    assert notifier.events == []
