"""What is emitted and started after a check."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from tests.fakes.notifier import RecordingNotifier
from tests.fakes.outbox import RecordingOutbox
from tests.fakes.timing import FakeClock
from tests.unit.application.shop import (
    CART,
    SHOP,
    WATCHED,
    PlainNotifier,
    Process,
    TracedOrchestrator,
    app,
    image,
    read_policy,
    roll_out,
    update,
)
from watch_cluster.adapters.memory.leadership import SoleLeadership
from watch_cluster.application.check.actions.act_on_check import Action, ActOnCheck, Outcome
from watch_cluster.application.check.check_for_update import Check
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.application.ports.reporting.notifier import Notifier, NotifierUnavailable
from watch_cluster.domain.images.origin import ImageOrigin
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.rollout_events import started_event
from watch_cluster.domain.update.decision import Decision, Held, HoldReason, UpToDate
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container

UPDATE: Final = update("1.0.0", "1.0.1")
SIDECAR_UPDATE: Final = update("proxy:2.0", "proxy:2.1", "sidecar")
UP_TO_DATE: Final = UpToDate("app", ImageReference.parse(image("1.0.0")))
UNREACHABLE: Final = Held(HoldReason.REGISTRY_UNREACHABLE, "container app: it answered 500", "app")
NO_VERSION: Final = Held(HoldReason.TAG_NOT_A_VERSION, "container app: 'stable' is no version", "app")


def acting(
    orchestrator: TracedOrchestrator,
    clock: FakeClock,
    notifier: Notifier,
    leadership: SoleLeadership,
    outbox: RecordingOutbox | None = None,
    most_rollouts: int = 10,
) -> ActOnCheck:
    """The use case, in a process of its own."""
    return Process(orchestrator, notifier, clock, most_rollouts=most_rollouts).acting(leadership, outbox)


@pytest.fixture
def leadership() -> SoleLeadership:
    leadership = SoleLeadership()
    leadership.start()
    return leadership


@pytest.fixture
def act(
    orchestrator: TracedOrchestrator, clock: FakeClock, notifier: PlainNotifier, leadership: SoleLeadership
) -> ActOnCheck:
    orchestrator.create(SHOP, [app(), Container("sidecar", "proxy:2.0")], WATCHED)
    return acting(orchestrator, clock, notifier, leadership)


def check_of(orchestrator: TracedOrchestrator, *decisions: Decision) -> Check:
    """A check of the shop that came to these decisions."""
    workload = orchestrator.shop()
    return Check(SHOP, decisions, workload, read_policy(workload))


def test_an_update_starts_a_rollout_and_emits_nothing_yet(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    assert act(check_of(orchestrator, UPDATE)) == Action(Outcome.STARTED, orchestrator.record())
    assert orchestrator.image_of(SHOP, "app") == image("1.0.1")
    assert notifier.events == []


def test_updates_of_several_containers_are_one_rollout(act: ActOnCheck, orchestrator: TracedOrchestrator) -> None:
    record = act(check_of(orchestrator, UPDATE, SIDECAR_UPDATE)).rollout
    assert record is not None
    assert [each.container for each in record.images] == ["app", "sidecar"]
    assert len(orchestrator.changes) == 1


def test_a_held_container_is_reported_and_does_not_hold_another(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    record = act(check_of(orchestrator, UNREACHABLE, SIDECAR_UPDATE)).rollout
    assert record is not None
    assert [each.container for each in record.images] == ["sidecar"]
    assert [each.message for each in notifier.events] == [UNREACHABLE.message]


@pytest.mark.parametrize(
    "decisions",
    [
        pytest.param((), id="nothing"),
        pytest.param((UP_TO_DATE,), id="up to date"),
        pytest.param((Held(HoldReason.ROLLOUT_IN_PROGRESS, "shop:1 -> shop:2"),), id="rollout in progress"),
        pytest.param((Held(HoldReason.ROLLOUT_IN_PROGRESS, "shop:1 -> shop:2"), UPDATE), id="in progress after all"),
    ],
)
def test_emits_and_writes_nothing_when_there_is_nothing_to_do(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier, decisions: tuple[Decision, ...]
) -> None:
    assert act(check_of(orchestrator, *decisions)).rollout is None
    assert orchestrator.changes == []
    assert notifier.events == []


@pytest.mark.parametrize("hold", [HoldReason.NOT_WATCHED, HoldReason.INVALID_CONFIGURATION])
def test_a_check_without_a_policy_emits_and_writes_nothing(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier, hold: HoldReason
) -> None:
    assert act(Check(SHOP, (Held(hold, "told at the detection"),), orchestrator.shop())) == Action(Outcome.NOT_WATCHED)
    assert act(Check(SHOP, (Held(hold, "told at the detection"),))) == Action(Outcome.NOT_WATCHED)
    assert orchestrator.changes == []
    assert notifier.events == []


@pytest.mark.parametrize(
    ("hold", "reason"),
    [
        pytest.param(hold, reason, id=hold.value)
        for reason, holds in {
            EventReason.REGISTRY_ERROR: [
                HoldReason.REGISTRY_REFUSED,
                HoldReason.REGISTRY_UNREACHABLE,
                HoldReason.REPOSITORY_NOT_FOUND,
                HoldReason.UNAUTHORIZED,
            ],
            EventReason.UPDATE_HELD: [
                HoldReason.INVALID_CONFIGURATION,
                HoldReason.NO_TAG,
                HoldReason.TAG_NOT_A_VERSION,
            ],
        }.items()
        for hold in holds
    ],
)
def test_what_the_owner_can_fix_is_reported_once(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier, hold: HoldReason, reason: EventReason
) -> None:
    for words in ("in these words", "in others"):
        assert act(check_of(orchestrator, Held(hold, words, "app"))) == Action(Outcome.NO_UPDATE)
    [event] = notifier.events
    assert (event.reason, event.workload, event.message) == (reason, SHOP, "in these words")
    assert event.uid == orchestrator.shop().uid
    assert orchestrator.changes == []


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Held(HoldReason.UNAUTHORIZED, "container app: no entry", "app"), id="another reason"),
        pytest.param(Held(HoldReason.REGISTRY_UNREACHABLE, "container sidecar: down", "sidecar"), id="other container"),
    ],
)
def test_another_problem_is_reported_too(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier, other: Held
) -> None:
    orchestrator.set_image(SHOP, "sidecar", image("1.0.0"))
    act(check_of(orchestrator, UNREACHABLE))
    act(check_of(orchestrator, other))
    assert [each.message for each in notifier.events] == [UNREACHABLE.message, other.message]


def test_a_problem_with_another_image_is_reported_too(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    act(check_of(orchestrator, NO_VERSION))
    orchestrator.set_image(SHOP, "app", image("edge"))
    act(check_of(orchestrator, NO_VERSION))
    assert len(notifier.events) == 2


def test_a_problem_that_was_resolved_is_reported_again(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    for decision in (UNREACHABLE, NO_VERSION, UNREACHABLE, UP_TO_DATE, UNREACHABLE):
        act(check_of(orchestrator, decision))
    assert [each.reason for each in notifier.events] == [
        EventReason.REGISTRY_ERROR,
        EventReason.UPDATE_HELD,
        EventReason.REGISTRY_ERROR,
        EventReason.REGISTRY_ERROR,
    ]


def test_a_rollout_in_progress_resolves_no_problem(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    for decision in (UNREACHABLE, Held(HoldReason.ROLLOUT_IN_PROGRESS, "shop:1 -> shop:2"), UNREACHABLE):
        act(check_of(orchestrator, decision))
    assert len(notifier.events) == 1


def test_problems_of_several_containers_are_reported_together_once(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    sidecar = Held(HoldReason.UNAUTHORIZED, "container sidecar: no entry", "sidecar")
    for _ in range(2):
        act(check_of(orchestrator, UNREACHABLE, sidecar))
    [event] = notifier.events
    assert event.message == f"{UNREACHABLE.message}; {sidecar.message}"


def test_a_process_that_lost_leadership_writes_nothing(
    act: ActOnCheck, orchestrator: TracedOrchestrator, leadership: SoleLeadership
) -> None:
    check = check_of(orchestrator, UPDATE)
    leadership.close()
    assert act(check) == Action(Outcome.NOT_LEADING)
    assert orchestrator.changes == []


def test_reports_a_rejected_change_once_as_a_failed_update(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    orchestrator.fault = ChangeRejected("a policy forbids it")
    for _ in range(2):
        assert act(check_of(orchestrator, UPDATE, SIDECAR_UPDATE)) == Action(Outcome.REJECTED)
    [event] = notifier.events
    assert (event.reason, event.uid) == (EventReason.IMAGE_UPDATE_FAILED, orchestrator.shop().uid)
    assert event.message == f"Could not update to {image('1.0.1')}, proxy:2.1: a policy forbids it"


def test_reports_a_rejected_change_again_after_another_candidate_or_a_rollout(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    rejected = ChangeRejected("a policy forbids it")
    for fault, decision in (
        (rejected, UPDATE),
        (rejected, update("1.0.0", "1.0.2")),
        (None, SIDECAR_UPDATE),
        (rejected, update("1.0.0", "1.0.2")),
    ):
        orchestrator.fault = fault
        act(check_of(orchestrator, decision))
    assert ["1.0.2" in each.message for each in notifier.events] == [False, True, True]


def test_a_workload_that_was_changed_since_the_check_is_to_be_checked_again(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    check = check_of(orchestrator, UPDATE)
    orchestrator.set_image(SHOP, "app", image("9.9.9"))
    with pytest.raises(ChangeConflict):
        act(check)
    assert orchestrator.image_of(SHOP, "app") == image("9.9.9")
    assert notifier.events == []


def test_only_one_of_two_processes_starts_a_rollout_for_a_check(
    act: ActOnCheck, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    check = check_of(orchestrator, UPDATE)
    record = roll_out(orchestrator, clock, "1.0.1")
    with pytest.raises(ChangeConflict):
        act(check)
    assert orchestrator.record() == record


def test_an_orchestrator_that_cannot_be_reached_is_no_failed_update(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    orchestrator.fault = OrchestratorUnavailable("down")
    with pytest.raises(OrchestratorUnavailable, match="down"):
        act(check_of(orchestrator, UPDATE))
    assert notifier.events == []


def test_an_event_that_cannot_be_emitted_is_emitted_at_the_next_check(
    orchestrator: TracedOrchestrator, clock: FakeClock, leadership: SoleLeadership
) -> None:
    notifier = RecordingNotifier()
    act = acting(orchestrator, clock, notifier, leadership)
    orchestrator.create(SHOP, [app()], WATCHED)
    notifier.fault = NotifierUnavailable("not now")
    with pytest.raises(NotifierUnavailable, match="not now"):
        act(check_of(orchestrator, UNREACHABLE))
    notifier.fault = None
    act(check_of(orchestrator, UNREACHABLE))
    assert [each.reason for each in notifier.events] == [EventReason.REGISTRY_ERROR]


def test_a_start_is_notified(orchestrator: TracedOrchestrator, clock: FakeClock, leadership: SoleLeadership) -> None:
    notifier, outbox = RecordingNotifier(), RecordingOutbox()
    act = acting(orchestrator, clock, notifier, leadership, outbox)
    orchestrator.create(SHOP, [app()], WATCHED)

    record = act(check_of(orchestrator, UPDATE)).rollout

    assert record is not None
    assert outbox.delivered == [Notification.of_start(SHOP, record)]


def noted(orchestrator: TracedOrchestrator, hold: HoldReason, **notes: str | None) -> Check:
    """A check of the shop that found 1.0.1, held back for that reason, with something to note."""
    held = Held(hold, f"container app: {UPDATE.target} is available, {hold}", "app", update=UPDATE)
    keys = {f"{annotation.DOMAIN}/{key.replace('_', '-')}": value for key, value in notes.items()}
    return replace(check_of(orchestrator, held), notes=keys)


@pytest.mark.parametrize("hold", [HoldReason.NOTIFY_ONLY, HoldReason.WAITING_FOR_APPROVAL])
def test_a_candidate_that_waits_for_approval_is_reported_once_and_noted(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier, hold: HoldReason
) -> None:
    act(noted(orchestrator, hold, pending="1.0.1"))
    act(noted(orchestrator, hold))
    assert [each.reason for each in notifier.events] == [EventReason.UPDATE_AVAILABLE]
    assert orchestrator.shop().annotations[annotation.PENDING] == "1.0.1"
    assert len(orchestrator.changes) == 1


@pytest.mark.parametrize("hold", [HoldReason.TOO_YOUNG, HoldReason.OUTSIDE_WINDOW])
def test_a_candidate_that_waits_for_its_window_is_reported_once(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock, hold: HoldReason
) -> None:
    for _ in range(3):
        act(noted(orchestrator, hold))
        clock.advance(timedelta(hours=2))
    assert [each.reason for each in notifier.events] == [EventReason.UPDATE_AVAILABLE]
    assert orchestrator.changes == []


@pytest.mark.parametrize("hold", [HoldReason.FROZEN, HoldReason.CONTROLLED_BY_OWNER])
def test_a_lasting_hold_is_emitted_again_each_hour(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock, hold: HoldReason
) -> None:
    for _ in range(3):
        act(noted(orchestrator, hold))
        clock.advance(timedelta(minutes=40))
    assert [each.reason for each in notifier.events] == [EventReason.UPDATE_HELD] * 2


def test_notes_about_a_candidate_are_removed_with_its_rollout(
    act: ActOnCheck, orchestrator: TracedOrchestrator
) -> None:
    orchestrator.annotate(SHOP, {annotation.PENDING: "1.0.1", annotation.FIRST_SEEN: "{}"})
    gone = {annotation.PENDING: None, annotation.FIRST_SEEN: None}
    assert act(replace(check_of(orchestrator, UPDATE), notes=gone)).outcome is Outcome.STARTED
    assert len(orchestrator.changes) == 1
    assert not orchestrator.shop().annotations.keys() & gone.keys()


def test_a_workload_that_opted_out_meanwhile_is_not_annotated(
    act: ActOnCheck, orchestrator: TracedOrchestrator
) -> None:
    check = noted(orchestrator, HoldReason.TOO_YOUNG, first_seen="{}")
    orchestrator.annotate(SHOP, {annotation.ENABLED: "false"})
    with pytest.raises(ChangeConflict):
        act(check)


def test_a_standby_process_writes_nothing(
    act: ActOnCheck, orchestrator: TracedOrchestrator, leadership: SoleLeadership
) -> None:
    leadership.close()
    act(noted(orchestrator, HoldReason.WAITING_FOR_APPROVAL, pending="1.0.1"))
    assert orchestrator.changes == []


def test_rejected_annotations_are_reported_and_stop_nothing(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    orchestrator.fault = ChangeRejected("an admission webhook says no")
    act(noted(orchestrator, HoldReason.TOO_YOUNG, first_seen="{}"))
    assert "Could not write the result of the check: an admission webhook says no" in [
        each.message for each in notifier.events
    ]


def test_emits_once_that_the_notes_cannot_be_written(
    act: ActOnCheck, orchestrator: TracedOrchestrator, notifier: PlainNotifier
) -> None:
    orchestrator.fault = ChangeRejected("an admission webhook says no")
    check = noted(orchestrator, HoldReason.TOO_YOUNG, first_seen="{}")
    for _ in range(3):
        act(check)
    assert [event.reason for event in notifier.events] == [EventReason.UPDATE_AVAILABLE, EventReason.UPDATE_HELD]


def test_a_manual_revert_is_recorded_although_it_cannot_be_emitted_and_nothing_is_started(
    orchestrator: TracedOrchestrator, clock: FakeClock, leadership: SoleLeadership
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    done = replace(roll_out(orchestrator, clock, "1.0.1"), state=RolloutState.DONE)
    orchestrator.annotate(SHOP, {annotation.ROLLOUT: str(done)})
    orchestrator.set_image(SHOP, "app", image("1.0.0"))
    notifier = RecordingNotifier()
    notifier.fault = NotifierUnavailable("not now")
    act = acting(orchestrator, clock, notifier, leadership)

    assert act(check_of(orchestrator, UPDATE)) == Action(Outcome.MANUAL_CHANGE)
    assert orchestrator.image_of(SHOP, "app") == image("1.0.0")
    assert orchestrator.shop().annotations[annotation.QUARANTINE] == image("1.0.1")

    notifier.fault = None
    Process(orchestrator, notifier, clock).deliver()
    assert [each.reason for each in notifier.events] == [EventReason.UPDATE_HELD]
    assert orchestrator.record().owed == ()


def test_a_check_of_an_unwatched_workload_does_nothing(act: ActOnCheck, orchestrator: TracedOrchestrator) -> None:
    check = check_of(orchestrator, UPDATE)
    orchestrator.delete(SHOP)
    assert act(check) == Action(Outcome.NOT_WATCHED)


@pytest.mark.parametrize("decisions", [(), (UPDATE,)], ids=["alone", "with an update of another container"])
def test_nothing_is_started_while_a_rollout_is_in_progress(
    act: ActOnCheck, orchestrator: TracedOrchestrator, decisions: tuple[Decision, ...]
) -> None:
    in_progress = Held(HoldReason.ROLLOUT_IN_PROGRESS, "shop:1 -> shop:2")
    assert act(check_of(orchestrator, in_progress, *decisions)) == Action(Outcome.ROLLOUT_IN_PROGRESS)
    assert orchestrator.changes == []


@pytest.mark.parametrize("decisions", [(), (UP_TO_DATE,), (NO_VERSION,)], ids=["nothing", "up to date", "held"])
def test_a_check_without_an_update_starts_nothing(
    act: ActOnCheck, orchestrator: TracedOrchestrator, decisions: tuple[Decision, ...]
) -> None:
    assert act(check_of(orchestrator, *decisions)) == Action(Outcome.NO_UPDATE)


def test_an_update_that_finds_no_slot_waits_and_what_the_check_noted_is_written(
    orchestrator: TracedOrchestrator, clock: FakeClock, notifier: PlainNotifier, leadership: SoleLeadership
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    act = acting(orchestrator, clock, notifier, leadership, most_rollouts=1)
    assert act.limiter.acquire(CART)
    check = replace(check_of(orchestrator, UPDATE), notes={annotation.FIRST_SEEN: "{}"})
    action = act(check)
    assert action.outcome is Outcome.WAITING_FOR_SLOT
    [held] = action.held
    assert held.reason is HoldReason.WAITING_FOR_SLOT
    assert held.message.endswith(
        "shop:1.0.1 is available, and waits for a rollout slot: 1 of 1 are taken"
        " (MAX_CONCURRENT_ROLLOUTS); it starts by itself when a slot is free"
    )
    act(check)
    assert [(event.reason, event.message) for event in notifier.events] == [
        (EventReason.UPDATE_AVAILABLE, held.message)
    ]
    assert act.limiter.is_waiting(SHOP)
    assert orchestrator.shop().annotations[annotation.FIRST_SEEN] == "{}"
    assert orchestrator.image_of(SHOP, "app") == image("1.0.0")


@pytest.mark.parametrize("error", [ChangeConflict("changed"), ChangeRejected("no")], ids=["conflict", "rejected"])
def test_a_rollout_that_did_not_start_gives_its_slot_back(
    act: ActOnCheck, orchestrator: TracedOrchestrator, error: ChangeConflict | ChangeRejected
) -> None:
    orchestrator.fault = error
    try:
        act(check_of(orchestrator, UPDATE))
    except ChangeConflict:
        assert error is orchestrator.fault
    assert act.limiter.in_flight() == 0


def test_a_rollout_that_may_have_started_keeps_its_slot(act: ActOnCheck, orchestrator: TracedOrchestrator) -> None:
    orchestrator.fault = OrchestratorUnavailable("no response in time")
    with pytest.raises(OrchestratorUnavailable):
        act(check_of(orchestrator, UPDATE))
    assert act.limiter.in_flight() == 1


def test_a_rollout_that_kubectl_has_undone_is_recorded_before_another_starts(
    act: ActOnCheck, orchestrator: TracedOrchestrator, clock: FakeClock
) -> None:
    roll_out(orchestrator, clock, "1.0.1")
    orchestrator.undo(SHOP)
    assert act(check_of(orchestrator, UPDATE)) == Action(Outcome.MANUAL_CHANGE)
    assert act.limiter.in_flight() == 0
    assert orchestrator.image_of(SHOP, "app") == image("1.0.0")
    assert orchestrator.shop().annotations[annotation.QUARANTINE] == image("1.0.1")


def test_an_update_starts_although_what_is_held_cannot_be_emitted(
    orchestrator: TracedOrchestrator, clock: FakeClock, leadership: SoleLeadership
) -> None:
    notifier = RecordingNotifier()
    notifier.fault = NotifierUnavailable("not now")
    act = acting(orchestrator, clock, notifier, leadership)
    orchestrator.create(SHOP, [app(), Container("sidecar", "proxy:2.0")], WATCHED)
    with pytest.raises(NotifierUnavailable):
        act(check_of(orchestrator, UNREACHABLE, SIDECAR_UPDATE))
    assert orchestrator.image_of(SHOP, "sidecar") == "proxy:2.1"


def test_the_rollout_that_this_process_started_is_remembered(act: ActOnCheck, orchestrator: TracedOrchestrator) -> None:
    record = act(check_of(orchestrator, UPDATE)).rollout
    assert record is not None
    assert act.states.of(SHOP).started == record.id


APPROVAL: Final = Held(
    HoldReason.WAITING_FOR_APPROVAL, "container app: shop:1.0.1 waits for approval", "app", update=UPDATE
)
YOUNG: Final = replace(APPROVAL, reason=HoldReason.TOO_YOUNG)


@pytest.mark.parametrize(
    ("hold", "notification_type", "about"),
    [
        pytest.param(APPROVAL, NotificationType.APPROVAL_NEEDED, image("1.0.1"), id="an approval"),
        pytest.param(
            replace(APPROVAL, reason=HoldReason.TOO_YOUNG),
            NotificationType.UPDATE_AVAILABLE,
            image("1.0.1"),
            id="young",
        ),
        pytest.param(NO_VERSION, NotificationType.UPDATE_HELD, image("1.0.0"), id="held"),
        pytest.param(UNREACHABLE, NotificationType.REGISTRY_ERROR, image("1.0.0"), id="a registry"),
    ],
)
def test_notifies_receivers_once_of_what_is_held(
    orchestrator: TracedOrchestrator,
    notifier: PlainNotifier,
    clock: FakeClock,
    leadership: SoleLeadership,
    hold: Held,
    notification_type: NotificationType,
    about: str,
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    outbox = RecordingOutbox()
    act = acting(orchestrator, clock, notifier, leadership, outbox)
    for _ in range(3):
        act(check_of(orchestrator, hold))
    [notification] = outbox.delivered
    assert notification.type is notification_type
    assert notification.containers == (Container("app", about),)
    assert notification.details == {"reason": hold.message}

    act(check_of(orchestrator, UP_TO_DATE))
    act(check_of(orchestrator, hold))
    assert len(outbox.delivered) == 2


def test_a_process_that_starts_notifies_of_what_still_holds_with_the_same_id(
    orchestrator: TracedOrchestrator, notifier: PlainNotifier, clock: FakeClock, leadership: SoleLeadership
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    outbox = RecordingOutbox()
    for _ in range(2):
        acting(orchestrator, clock, notifier, leadership, outbox)(check_of(orchestrator, APPROVAL))
    first, second = outbox.delivered
    assert first.id == second.id


LINKS: Final = "release notes https://github.com/team/shop/releases, source https://github.com/team/shop"


def test_events_say_where_a_new_image_comes_from(
    orchestrator: TracedOrchestrator, clock: FakeClock, leadership: SoleLeadership
) -> None:
    orchestrator.create(SHOP, [app()], WATCHED)
    notifier, outbox = PlainNotifier(), RecordingOutbox()
    known = replace(UPDATE, origin=ImageOrigin("https://github.com/team/shop"))
    waits = Held(HoldReason.WAITING_FOR_APPROVAL, "container app: 1.0.1 waits", "app", update=known)
    check = Check(SHOP, (waits,), orchestrator.shop(), read_policy(orchestrator.shop()), {annotation.PENDING: "1.0.1"})

    acting(orchestrator, clock, notifier, leadership, outbox)(check)

    assert [event.message for event in notifier.events] == [f"container app: 1.0.1 waits; {LINKS}"]
    assert [dict(each.origins) for each in outbox.delivered] == [{"app": known.origin}]

    check = Check(SHOP, (known,), orchestrator.shop(), read_policy(orchestrator.shop()))
    acting(orchestrator, clock, notifier, leadership, outbox)(check)

    assert started_event(SHOP, orchestrator.record()).message.endswith(f"; {LINKS}")
    [started] = [each for each in outbox.delivered if each.type is NotificationType.IMAGE_ROLLOUT_STARTED]
    assert dict(started.origins) == {"app": known.origin}
