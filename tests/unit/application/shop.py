"""The environment of these tests: a shop whose image is kept up to date, and stand-ins that hide nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.outbox import RecordingOutbox
from tests.fakes.timing import FakeClock
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.adapters.git.no_repositories import NoRepositories
from watch_cluster.adapters.memory.failure_memory import InProcessFailureMemory
from watch_cluster.adapters.notifications.null_outbox import NullOutbox
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.adapters.signatures.no_keys import NoSigningKeys
from watch_cluster.adapters.signatures.on_demand import VerifierOnDemand
from watch_cluster.application.check.actions.act_on_check import ActOnCheck
from watch_cluster.application.check.actions.notify_holds import NotifyHolds
from watch_cluster.application.check.actions.propose_image import ProposeImage
from watch_cluster.application.check.actions.rollout_image import RolloutImage
from watch_cluster.application.check.candidates.predecessors import Predecessors
from watch_cluster.application.check.candidates.select_candidate import SelectCandidate
from watch_cluster.application.check.candidates.verify_image import VerifyImage
from watch_cluster.application.check.check_for_update import CheckForUpdate
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.orchestrator.proposer import Proposer
from watch_cluster.application.ports.reporting.notifier import Notifier
from watch_cluster.application.ports.reporting.outbox import Outbox
from watch_cluster.application.reconcile.deliver_notifications import DeliverNotifications
from watch_cluster.application.reconcile.detect_deployment import DetectDeployment, Detection
from watch_cluster.application.reconcile.emit_events import EmitEvents
from watch_cluster.application.reconcile.follow_proposal import FollowProposal
from watch_cluster.application.reconcile.follow_rollout import FollowRollout
from watch_cluster.application.reconcile.manual_change import HandleManualChange
from watch_cluster.application.reconcile.notify_detection import NotifyDetection
from watch_cluster.application.reconcile.notify_fact import NotifyFact
from watch_cluster.application.reconcile.reconcile import Reconcile
from watch_cluster.application.reconcile.replace_stuck_replicas import ReplaceStuckReplicas
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.application.state.fleet_state import FleetState
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.application.state.rollout_limiter import RolloutLimiter
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.caps import Caps
from watch_cluster.domain.policy.policy import is_opted_in
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.rollout.evaluation.in_progress import InProgress
from watch_cluster.domain.rollout.event import Event
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.rollout.transition import Transition
from watch_cluster.domain.update.decision import Update
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, Container, Workload, WorkloadKey

NOON: Final = datetime(2031, 1, 1, 12, tzinfo=UTC)
SHOP: Final = WorkloadKey("default", "Deployment", "shop")
CART: Final = WorkloadKey("default", "Deployment", "cart")
REPOSITORY: Final = "registry.example/shop"
read_policy: Final = PolicyReader(compile_tag_pattern)
WATCHED: Final = {annotation.ENABLED: "true"}


class PlainNotifier:
    """Implements the port `Notifier`: keeps every event as often as it is emitted."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def notify(self, event: Event) -> None:
        self.events.append(event)


class TracedOrchestrator(FakeOrchestrator):
    """Keeps every change that took effect."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.changes: list[tuple[WorkloadKey, Change]] = []

    def apply(self, key: WorkloadKey, change: Change) -> None:
        super().apply(key, change)
        self.changes.append((key, change))

    def shop(self) -> Workload:
        """The shop as it is."""
        workload = self.find(SHOP)
        assert workload is not None
        return workload

    def record(self) -> RolloutRecord:
        """The shop's last rollout."""
        record = RolloutRecord.of(self.shop())
        assert record is not None
        return record


NO_POLICIES: Final = VerifyImage((), VerifierOnDemand(), NoSigningKeys)
NO_CAPS: Final = Caps()


def image(tag: str, repository: str = REPOSITORY) -> str:
    return f"{repository}:{tag}"


def app(tag: str = "1.0.0") -> Container:
    return Container("app", image(tag))


def update(before: str, after: str, container: str = "app") -> Update:
    """The decision to go from one image to another, given by the tags of the shop or by whole references."""
    current, candidate = (ImageReference.parse(each if ":" in each else image(each)) for each in (before, after))
    return Update(container, current, candidate)


Follow = Callable[[WorkloadKey], InProgress | Transition | None]
"""Follows the rollout of a workload, None when it does not exist or has none in flight."""


class Process:
    """The use cases of one process, around what it remembers. A second one is the process that leads next."""

    def __init__(
        self,
        orchestrator: FakeOrchestrator,
        notifier: Notifier,
        clock: FakeClock,
        outbox: Outbox | None = None,
        check_schedule: CheckSchedule | None = None,
        outcomes: ImageOutcomes | None = None,
        most_rollouts: int = 10,
        caps: Caps = NO_CAPS,
    ) -> None:
        self.reader, self.clock = orchestrator, clock
        outbox = outbox or NullOutbox()
        self.states = states = WorkloadStates()
        self.check_schedule = CheckSchedule(CronScheduler()) if check_schedule is None else check_schedule
        self.limiter = RolloutLimiter(most_rollouts, clock)
        self.outcomes = outcomes or ImageOutcomes()
        self.fleet = FleetState(
            orchestrator, self.limiter, self.outcomes, self.check_schedule, states, InProcessFailureMemory()
        )
        self.emit = EmitEvents(notifier, clock, states)
        self.manual_changes = HandleManualChange(orchestrator, orchestrator, self.emit)
        stuck = ReplaceStuckReplicas(orchestrator, self.emit)
        self.follow_rollout = FollowRollout(
            orchestrator, orchestrator, self.manual_changes, stuck, self.emit, outbox, clock, states, caps
        )
        self.deliver_notifications = DeliverNotifications(orchestrator, outbox, self.emit, clock, states)
        notify = NotifyDetection(outbox, clock, states)
        self.notify_fact = NotifyFact(outbox, clock, states)
        policies = PolicyCache(read_policy, states)
        self.detect_deployment = DetectDeployment(
            self.check_schedule, self.emit, notify, self.notify_fact, clock, policies, states, CronScheduler(), caps
        )
        self.reconcile = Reconcile(
            orchestrator,
            self.fleet,
            FollowProposal(orchestrator, outbox, clock, states),
            self.follow_rollout,
            self.manual_changes,
            self.deliver_notifications,
            self.detect_deployment,
        )

    def proposing(self, leadership: Leadership, proposer: Proposer | None = None) -> ProposeImage:
        """The use case that proposes images, nowhere unless a proposer is given."""
        policies = self.detect_deployment.read_policy
        return ProposeImage(self.reader, proposer or NoRepositories(), leadership, policies, self.clock)

    def acting(self, leadership: Leadership, outbox: Outbox | None = None) -> ActOnCheck:
        """The use case that acts on checks."""
        outbox = outbox or RecordingOutbox()
        return ActOnCheck(
            self.reader,
            self.reader,
            RolloutImage(self.reader, self.clock),
            self.proposing(leadership),
            self.limiter,
            self.manual_changes,
            self.emit,
            leadership,
            outbox,
            NotifyHolds(NotifyFact(outbox, self.clock, self.states)),
            self.states,
        )

    def follow(self, key: WorkloadKey = SHOP) -> InProgress | Transition | None:
        """Follow the rollout of the workload as it is now."""
        workload = self.reader.find(key)
        return None if workload is None else self.follow_rollout(workload)

    def deliver(self, key: WorkloadKey = SHOP) -> timedelta | None:
        """Deliver what the workload owes as it is now; when to try again."""
        workload = self.reader.find(key)
        return None if workload is None else self.deliver_notifications(workload).pause

    def detect(self, key: WorkloadKey = SHOP) -> Detection:
        """Detect the workload as it is now, if it opted in."""
        workload = self.reader.find(key)
        self.fleet.update(key, workload)
        if workload is None or not is_opted_in(workload):
            return Detection.NOT_WATCHED
        return self.detect_deployment(workload)


def following(
    orchestrator: FakeOrchestrator, notifier: Notifier, clock: FakeClock, outbox: Outbox | None = None
) -> Follow:
    """The use case that follows rollouts, in a process of its own."""
    return Process(orchestrator, notifier, clock, outbox).follow


def checking(
    orchestrator: FakeOrchestrator,
    registries: RegistryAccess,
    clock: FakeClock,
    outcomes: ImageOutcomes | None = None,
    verify: VerifyImage | None = None,
) -> CheckForUpdate:
    """The use case that checks, with everything that it needs."""
    predecessors = Predecessors(orchestrator, orchestrator, read_policy)
    select = SelectCandidate(
        orchestrator, CronScheduler(), outcomes or ImageOutcomes(), predecessors, verify or NO_POLICIES
    )
    policies = PolicyCache(read_policy, WorkloadStates())
    return CheckForUpdate(orchestrator, orchestrator, registries, policies, predecessors, select, clock)


def see_through(follow: Follow, clock: FakeClock) -> Transition:
    """Follow the shop's rollout until a transition, for half an hour at most."""
    for _ in range(360):
        seen = follow(SHOP)
        if isinstance(seen, Transition):
            return seen
        clock.advance(timedelta(seconds=5))
    raise AssertionError("the rollout goes on for half an hour")


def roll_out(orchestrator: TracedOrchestrator, clock: FakeClock, tag: str, key: WorkloadKey = SHOP) -> RolloutRecord:
    """Start a rollout of the shop's first container."""
    workload = orchestrator.find(key)
    assert workload is not None
    step = update(workload.containers[0].image, tag)
    return RolloutImage(orchestrator, clock)(workload, read_policy(workload), [step])
