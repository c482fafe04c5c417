"""The surroundings of these tests: a shop whose image is kept up to date, and stand-ins that hide nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from tests.fakes.timing import FakeClock
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.adapters.memory.orchestrator import InMemoryOrchestrator
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.adapters.webhook.null_outbox import NoOutbox
from watch_cluster.application.check.check_for_update import CheckForUpdate
from watch_cluster.application.check.rollout_image import RolloutImage
from watch_cluster.application.check.select_candidate import SelectCandidate
from watch_cluster.application.ports.notifier import Notifier
from watch_cluster.application.ports.outbox import Outbox
from watch_cluster.application.reconcile.follow_rollout import FollowRollout
from watch_cluster.application.reconcile.manual_change import HandleManualChange
from watch_cluster.application.reconcile.replace_stuck_replicas import ReplaceStuckReplicas
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.state.event_deduplication import EventDeduplicator
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.application.state.rollout_observations import RolloutObservations
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.policy import PolicyReader
from watch_cluster.domain.rollout.event import Event
from watch_cluster.domain.rollout.record import RolloutRecord
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
    """Implements the port `Notifier`: keeps every event as often as it is told."""

    def __init__(self) -> None:
        self.told: list[Event] = []

    def notify(self, event: Event) -> None:
        self.told.append(event)


class TracedOrchestrator(InMemoryOrchestrator):
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


def image(tag: str, repository: str = REPOSITORY) -> str:
    return f"{repository}:{tag}"


def app(tag: str = "1.0.0") -> Container:
    return Container("app", image(tag))


def update(before: str, after: str, container: str = "app") -> Update:
    """The decision to go from one image to another, told by the tags of the shop or by whole references."""
    current, candidate = (ImageReference.parse(each if ":" in each else image(each)) for each in (before, after))
    return Update(container, current, candidate)


def following(
    orchestrator: InMemoryOrchestrator, notifier: Notifier, clock: FakeClock, outbox: Outbox | None = None
) -> FollowRollout:
    """The use case that follows, with everything that it stands on."""
    return FollowRollout(
        orchestrator,
        HandleManualChange(orchestrator, notifier),
        ReplaceStuckReplicas(orchestrator, EventDeduplicator(notifier, clock)),
        notifier,
        outbox or NoOutbox(),
        clock,
        RolloutObservations(),
    )


def checking(
    orchestrator: InMemoryOrchestrator,
    registries: RegistryAccess,
    clock: FakeClock,
    outcomes: ImageOutcomes | None = None,
) -> CheckForUpdate:
    """The use case that checks, with everything that it stands on."""
    select = SelectCandidate(orchestrator, CronScheduler(), outcomes or ImageOutcomes())
    return CheckForUpdate(orchestrator, registries, PolicyCache(read_policy), select, clock)


def see_through(follow: FollowRollout, clock: FakeClock) -> Transition:
    """Follow the shop's rollout until it comes to something, for half an hour at most."""
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
