"""How a rollout in flight comes to its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from tests.fakes.notifier import RecordingNotifier
from tests.fakes.outbox import RecordingOutbox
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import (
    SHOP,
    WATCHED,
    Follow,
    PlainNotifier,
    Process,
    TracedOrchestrator,
    app,
    following,
    image,
    roll_out,
    see_through,
)
from watch_cluster.adapters.memory.behavior import Behavior
from watch_cluster.application.ports.orchestrator.rollout_observer import OUR_NAME
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError, OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.application.ports.reporting.notifier import NotifierUnavailable
from watch_cluster.domain.rollout.evaluation.in_progress import InProgress
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.record.failure import FailureCause
from watch_cluster.domain.rollout.record.lifecycle import Milestone, RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.rollout.transition import Transition
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.replica import Cause, ContainerProblem
from watch_cluster.domain.workload.workload import Change, WorkloadKey

TIMEOUT: Final = timedelta(minutes=5)
SOAK: Final = timedelta(seconds=30)
DIGEST: Final = f"sha256:{'a' * 64}"
STATEFUL: Final = WorkloadKey("default", "StatefulSet", "shop")


class ForbiddingOrchestrator(TracedOrchestrator):
    """Says no to every change of images that is none of its people's."""

    forbids = False

    def apply(self, key: WorkloadKey, change: Change) -> None:
        if self.forbids and change.images:
            raise ChangeRejected("a policy forbids it")
        super().apply(key, change)


class PinningOrchestrator(TracedOrchestrator):
    """Its admission adds a digest to the images that a change sets, as an image policy webhook does."""

    def apply(self, key: WorkloadKey, change: Change) -> None:
        super().apply(key, change)
        for step in change.images:
            self.set_image(key, step.container, f"{step.after}@{DIGEST}", OUR_NAME)


class EndsOnly(PlainNotifier):
    """Hears of what comes after the start."""

    def notify(self, event: Event) -> None:
        if event.reason is not EventReason.IMAGE_UPDATE_STARTED:
            super().notify(event)


@pytest.fixture
def notifier() -> PlainNotifier:
    return EndsOnly()


@pytest.fixture
def follow(orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock) -> Follow:
    return following(orchestrator, notifier, clock)


@pytest.fixture
def record(orchestrator: TracedOrchestrator, clock: FakeClock) -> RolloutRecord:
    """A rollout of the shop that takes 20 seconds."""
    orchestrator.create(SHOP, [app()], WATCHED)
    return roll_out(orchestrator, clock, "1.0.1")


def crash(orchestrator: TracedOrchestrator, clock: FakeClock, **settings: str) -> RolloutRecord:
    """Start a rollout of the shop to an image that crashes."""
    orchestrator.behave(image("1.0.1"), Behavior(crashes_after=timedelta()))
    written = {f"{annotation.DOMAIN}/{key}": value for key, value in settings.items()}
    orchestrator.create(SHOP, [app()], WATCHED | written)
    return roll_out(orchestrator, clock, "1.0.1")


def reasons(notifier: PlainNotifier) -> list[EventReason]:
    return [each.reason for each in notifier.events]


def test_each_process_emits_at_its_first_reconcile_that_the_rollout_has_started(
    record: RolloutRecord, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    recorder = PlainNotifier()
    for _ in range(2):
        process = following(orchestrator, recorder, clock)
        process(SHOP)
        process(SHOP)
    first, again = recorder.events
    assert (first.reason, first.message) == (EventReason.IMAGE_UPDATE_STARTED, f"Updating {record.change}")
    assert first.identity == again.identity, "which is one event to its readers"


def test_a_rollback_is_no_start_and_its_failure_is_one_event(
    orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    recorder = PlainNotifier()
    crash(orchestrator, clock)
    see_through(following(orchestrator, recorder, clock), clock)
    following(orchestrator, recorder, clock)(SHOP)
    started, failed = dict.fromkeys((event.reason, event.identity) for event in recorder.events)
    assert (started[0], failed[0]) == (EventReason.IMAGE_UPDATE_STARTED, EventReason.IMAGE_UPDATE_FAILED)


def test_a_rollout_in_progress_emits_and_writes_nothing(
    follow: Follow, record: RolloutRecord, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    assert isinstance(follow(SHOP), InProgress)
    assert orchestrator.record() == record
    assert len(orchestrator.changes) == 1
    assert notifier.events == []


def test_a_complete_rollout_soaks_and_is_then_reported_and_closed_as_done(
    follow: Follow,
    record: RolloutRecord,
    orchestrator: TracedOrchestrator,
    notifier: PlainNotifier,
    clock: FakeClock,
) -> None:
    clock.advance(timedelta(seconds=20))
    result = follow(SHOP)
    assert isinstance(result, InProgress)
    assert (result.healthy, result.pause) == (True, SOAK)
    clock.advance(SOAK)
    assert isinstance(follow(SHOP), Transition)
    [event] = notifier.events
    assert (event.reason, event.workload, event.uid) == (EventReason.IMAGE_UPDATED, SHOP, record.uid)
    assert (event.message, event.rollout) == (f"Updated {record.change}", record.id)
    assert orchestrator.record().state is RolloutState.DONE
    assert orchestrator.shop().annotations[annotation.LAST_UPDATE_IMAGE] == image("1.0.1")


def test_a_failed_rollout_is_rolled_back_reported_and_verified(
    follow: Follow, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    record = crash(orchestrator, clock)
    see_through(follow, clock)
    assert reasons(notifier) == [EventReason.IMAGE_UPDATE_FAILED]
    assert "cannot open the database" in notifier.events[0].message
    assert "after 3 restarts" in notifier.events[0].message
    assert orchestrator.record().rolling_back
    assert orchestrator.shop().image_of("app") == image("1.0.0")
    assert orchestrator.shop().annotations[annotation.QUARANTINE] == image("1.0.1")

    see_through(follow, clock)
    assert reasons(notifier) == [EventReason.IMAGE_UPDATE_FAILED, EventReason.IMAGE_ROLLED_BACK]
    closed = orchestrator.record()
    assert (closed.id, closed.state) == (record.id, RolloutState.ROLLED_BACK)
    assert closed.failure is not None
    assert (closed.failure.cause, closed.failure.containers) == (FailureCause.IMAGE, ("app",))
    assert annotation.LAST_UPDATE not in orchestrator.shop().annotations


def test_each_subscribed_milestone_is_put_on_the_record(
    orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    follow = following(orchestrator, notifier, clock, RecordingOutbox())
    crash(orchestrator, clock)
    see_through(follow, clock)
    assert orchestrator.record().undelivered == (Milestone.FAILED,)
    see_through(follow, clock)
    assert orchestrator.record().undelivered == (Milestone.FAILED, Milestone.ROLLED_BACK)


def test_an_image_that_is_not_there_is_given_up_at_once(
    follow: Follow, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    missing = ContainerProblem(Cause.IMAGE_NOT_FOUND, f'failed to pull "{image("1.0.1")}": not found')
    orchestrator.behave(image("1.0.1"), Behavior(problem=missing))
    orchestrator.create(SHOP, [app()], WATCHED)
    roll_out(orchestrator, clock, "1.0.1")
    assert isinstance(follow(SHOP), Transition)
    assert "its image was not found" in notifier.events[0].message


def test_without_rollback_a_failed_rollout_is_left_and_reported(
    follow: Follow, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    crash(orchestrator, clock, rollback="false")
    see_through(follow, clock)
    assert orchestrator.record().state is RolloutState.FAILED
    assert orchestrator.shop().image_of("app") == image("1.0.1")
    assert "not rolled back, since watch-cluster.io/rollback is false" in notifier.events[0].message
    assert follow(SHOP) is None


def test_a_failed_rollback_is_reported_and_not_retried(
    follow: Follow, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    crash(orchestrator, clock)
    orchestrator.limit("default", 1)
    see_through(follow, clock)
    orchestrator.behave(image("1.0.0"), Behavior(crashes_after=timedelta()))
    see_through(follow, clock)
    assert reasons(notifier) == [EventReason.IMAGE_UPDATE_FAILED, EventReason.IMAGE_UPDATE_FAILED]
    assert notifier.events[1].message.startswith("Could not roll back ")
    assert notifier.events[0].identity != notifier.events[1].identity
    assert orchestrator.record().state is RolloutState.FAILED
    assert follow(SHOP) is None


def test_a_rejected_rollback_is_reported_and_closed(notifier: PlainNotifier, clock: FakeClock) -> None:
    orchestrator = ForbiddingOrchestrator(clock)
    follow = following(orchestrator, notifier, clock, RecordingOutbox())
    crash(orchestrator, clock)
    orchestrator.forbids = True
    see_through(follow, clock)
    assert [each.message.partition(":")[0].split(" ")[0] for each in notifier.events] == ["Failed", "Could"]
    assert "a policy forbids it" in notifier.events[1].message
    closed = orchestrator.record()
    assert (closed.state, closed.undelivered) == (RolloutState.FAILED, (Milestone.FAILED, Milestone.ROLLBACK_FAILED))
    assert follow(SHOP) is None


def test_no_progress_for_the_timeout_is_a_failure(
    follow: Follow, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    orchestrator.behave(image("1.0.1"), Behavior(gets_ready=False))
    orchestrator.create(SHOP, [app()], {**WATCHED, annotation.ROLLOUT_TIMEOUT: "5m"}, deadline=None)
    roll_out(orchestrator, clock, "1.0.1")
    clock.advance(timedelta(hours=1))
    result = follow(SHOP)
    assert isinstance(result, InProgress)
    assert result.pause == TIMEOUT, "it counts from the first reconcile of this process"
    clock.advance(TIMEOUT)
    assert isinstance(follow(SHOP), Transition)
    assert "no progress for 0:05:00" in notifier.events[0].message


def test_an_ordered_workload_is_freed_of_what_it_waits_for_in_vain(
    follow: Follow, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    orchestrator.behave(image("1.0.1"), Behavior(crashes_after=timedelta()))
    orchestrator.create(STATEFUL, [app()], WATCHED)
    rolled = orchestrator.find(STATEFUL)
    assert rolled is not None
    roll_out(orchestrator, clock, "1.0.1", STATEFUL)
    orchestrator.may_remove = False
    while not (record := RolloutRecord.of(orchestrator.find(STATEFUL) or rolled)) or not record.rolling_back:
        follow(STATEFUL)
        clock.advance(timedelta(seconds=5))
    follow(STATEFUL)
    follow(STATEFUL)
    stuck = [each.message for each in notifier.events if "delete it by hand" in each.message]
    assert len(stuck) == 1, "it is emitted once"

    orchestrator.may_remove = True
    for _ in range(20):
        follow(STATEFUL)
        clock.advance(timedelta(seconds=5))
    closed = RolloutRecord.of(orchestrator.find(STATEFUL) or rolled)
    assert closed is not None
    assert closed.state is RolloutState.ROLLED_BACK


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda it: it.set_image(SHOP, "app", image("9.9.9")), "9.9.9", id="a third image"),
        pytest.param(lambda it: it.set_image(SHOP, "app", image("1.0.0")), "(by kubectl-set)", id="the old image"),
        pytest.param(lambda it: it.annotate(SHOP, {annotation.ENABLED: "false"}), "no longer true", id="opted out"),
    ],
)
def test_a_rollout_that_somebody_ended_is_closed_as_superseded_and_left_as_it_is(
    follow: Follow,
    record: RolloutRecord,
    orchestrator: TracedOrchestrator,
    notifier: PlainNotifier,
    change: Callable[[TracedOrchestrator], None],
    words: str,
) -> None:
    follow(SHOP)
    change(orchestrator)
    left = orchestrator.shop().containers
    follow(SHOP)
    [event] = notifier.events
    assert event.reason is EventReason.IMAGE_UPDATE_FAILED
    assert words in event.message
    closed = orchestrator.record()
    assert (closed.id, closed.state) == (record.id, RolloutState.SUPERSEDED)
    assert orchestrator.shop().containers == left


def test_a_rollout_that_kubectl_has_undone_is_closed_though_its_record_is_gone(
    follow: Follow, record: RolloutRecord, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    follow(SHOP)
    orchestrator.undo(SHOP)
    assert annotation.ROLLOUT not in orchestrator.shop().annotations
    follow(SHOP)
    assert reasons(notifier) == [EventReason.IMAGE_UPDATE_FAILED]
    assert "(by kubectl-rollout)" in notifier.events[0].message
    assert (orchestrator.record().id, orchestrator.record().state) == (record.id, RolloutState.SUPERSEDED)
    assert orchestrator.shop().annotations[annotation.QUARANTINE] == image("1.0.1")
    follow(SHOP)
    assert len(notifier.events) == 1


def test_respects_a_failed_image_that_kubectl_sets_again(
    follow: Follow, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    record = crash(orchestrator, clock)
    see_through(follow, clock)
    see_through(follow, clock)
    orchestrator.undo(SHOP)
    assert orchestrator.record().running, "an old record comes back with the old annotations"
    follow(SHOP)
    assert orchestrator.record().state is RolloutState.ROLLED_BACK
    assert orchestrator.record().id == record.id
    assert annotation.QUARANTINE not in orchestrator.shop().annotations
    assert orchestrator.shop().image_of("app") == image("1.0.1")
    assert "was brought back by hand" in notifier.events[-1].message
    assert follow(SHOP) is None


def test_a_rollout_that_has_ended_is_not_evaluated_again(
    record: RolloutRecord, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    process = Process(orchestrator, notifier, clock)
    see_through(process.follow, clock)
    assert process.states.of(SHOP).progress_of(record) is None
    assert process.follow() is None
    assert len(notifier.events) == 1


def test_a_workload_without_a_rollout_has_nothing_to_follow(follow: Follow, orchestrator: TracedOrchestrator) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    assert follow(SHOP) is None


@pytest.mark.usefixtures("record")
def test_a_deleted_workload_is_not_followed(
    follow: Follow, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    follow(SHOP)
    orchestrator.delete(SHOP)
    assert follow(SHOP) is None
    assert notifier.events == []


def test_the_record_of_another_workload_is_not_followed(
    follow: Follow, record: RolloutRecord, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    orchestrator.delete(SHOP)
    orchestrator.create(SHOP, [app("1.0.1")], {**WATCHED, annotation.ROLLOUT: str(record)})
    assert follow(SHOP) is None
    assert notifier.events == []


def test_a_rollout_is_closed_although_its_end_cannot_be_emitted_which_happens_later(
    record: RolloutRecord, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    notifier = RecordingNotifier()
    process = Process(orchestrator, notifier, clock)
    notifier.fault = NotifierUnavailable("not now")
    see_through(process.follow, clock)
    assert (orchestrator.record().id, orchestrator.record().state) == (record.id, RolloutState.DONE)
    assert not notifier.events
    notifier.fault = None
    process.deliver()
    assert [each.reason for each in notifier.events] == [EventReason.IMAGE_UPDATE_STARTED, EventReason.IMAGE_UPDATED]


def test_a_failed_rollout_is_rolled_back_although_the_failure_cannot_be_emitted(
    orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    notifier = RecordingNotifier()
    process = Process(orchestrator, notifier, clock)
    notifier.fault = NotifierUnavailable("not now")
    crash(orchestrator, clock)
    see_through(process.follow, clock)
    assert orchestrator.shop().image_of("app") == image("1.0.0")
    assert orchestrator.record().rolling_back
    see_through(process.follow, clock)
    assert orchestrator.record().state is RolloutState.ROLLED_BACK
    notifier.fault = None
    process.deliver()
    assert [each.reason for each in notifier.events] == [
        EventReason.IMAGE_UPDATE_STARTED,
        EventReason.IMAGE_UPDATE_FAILED,
        EventReason.IMAGE_ROLLED_BACK,
    ]


@pytest.mark.parametrize("error", [OrchestratorUnavailable("down"), ChangeConflict("changed"), ChangeRejected("no")])
def test_an_end_that_could_not_be_written_is_not_emitted_before_it_is(
    record: RolloutRecord,
    orchestrator: TracedOrchestrator,
    notifier: PlainNotifier,
    clock: FakeClock,
    error: OrchestratorError,
) -> None:
    orchestrator.fault = error
    with pytest.raises(type(error)):
        see_through(following(orchestrator, notifier, clock), clock)
    assert orchestrator.record() == record
    assert notifier.events == []
    orchestrator.fault = None
    see_through(following(orchestrator, notifier, clock), clock)
    assert reasons(notifier) == [EventReason.IMAGE_UPDATED]
    assert not orchestrator.record().running


@pytest.mark.usefixtures("record")
def test_a_new_leader_soaks_from_its_own_first_reconcile(
    follow: Follow, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock
) -> None:
    clock.advance(timedelta(seconds=20))
    follow(SHOP)
    clock.advance(SOAK)
    result = following(orchestrator, notifier, clock)(SHOP)
    assert isinstance(result, InProgress)
    assert result.pause == SOAK


def test_follows_the_images_that_admission_made_of_ours(notifier: PlainNotifier, clock: FakeClock) -> None:
    orchestrator = PinningOrchestrator(clock)
    orchestrator.create(SHOP, [app()], WATCHED)
    roll_out(orchestrator, clock, "1.0.1")
    follow = following(orchestrator, notifier, clock)
    assert isinstance(follow(SHOP), InProgress)
    assert [change.after for change in orchestrator.record().images] == [f"{image('1.0.1')}@{DIGEST}"]
    see_through(follow, clock)
    assert orchestrator.record().state is RolloutState.DONE
    assert reasons(notifier) == [EventReason.IMAGE_UPDATED]


def test_the_same_images_set_by_somebody_else_supersede_the_rollout(
    record: RolloutRecord, follow: Follow, orchestrator: TracedOrchestrator
) -> None:
    orchestrator.set_image(SHOP, "app", f"{record.images[0].after}@{DIGEST}")
    follow(SHOP)
    assert orchestrator.record().state is RolloutState.SUPERSEDED
