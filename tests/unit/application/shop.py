"""The surroundings of these tests: a shop whose image is kept up to date, and stand-ins that hide nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from tests.fakes.timing import FakeClock
from watch_cluster.adapters.matching.re2_patterns import compile_tag_pattern
from watch_cluster.adapters.memory.orchestrator import InMemoryOrchestrator
from watch_cluster.application.rollout_image import RolloutImage
from watch_cluster.domain import annotation
from watch_cluster.domain.decision import Update
from watch_cluster.domain.events import Event
from watch_cluster.domain.image import ImageReference
from watch_cluster.domain.policy import PolicyReader
from watch_cluster.domain.rollout import RolloutRecord
from watch_cluster.domain.workload import Change, Container, Workload, WorkloadKey

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


def roll_out(orchestrator: TracedOrchestrator, clock: FakeClock, tag: str) -> RolloutRecord:
    """Start a rollout of the shop's first container."""
    workload = orchestrator.shop()
    step = update(workload.containers[0].image, tag)
    return RolloutImage(orchestrator, clock)(workload, read_policy(workload), [step])
