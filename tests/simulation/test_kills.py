"""The process dies before or after any of its writes, and the next one brings everything to the same end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.notifier import RecordingNotifier
from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.outbox import RecordingOutbox
from tests.fakes.process import process_in_memory, settle
from tests.fakes.timing import FakeClock
from watch_cluster.adapters.memory.behavior import Behavior
from watch_cluster.adapters.memory.leadership import SoleLeadership
from watch_cluster.domain.rollout.event import Event
from watch_cluster.domain.rollout.notification import Notification
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, Container, WorkloadKey

SHOP = WorkloadKey("default", "Deployment", "shop")
HOUR = timedelta(hours=1)
STEP = timedelta(seconds=10)


class Killed(BaseException):
    """The process is no more: nobody catches that."""


class DeliveryStatus:
    """Says at which write the process dies, and whether the write has taken effect by then."""

    def __init__(self, at: int | None, *, after: bool) -> None:
        self.writes = 0
        self._at = at
        self._after = after

    def write(self, effect: Callable[[], None]) -> None:
        """Make a write, and perhaps die of it."""
        self.writes += 1
        if self.writes == self._at and not self._after:
            raise Killed
        effect()
        if self.writes == self._at:
            raise Killed


class MortalOrchestrator(FakeOrchestrator):
    """Counts how often each image was set."""

    def __init__(self, clock: FakeClock, status_of: DeliveryStatus) -> None:
        super().__init__(clock)
        self._fate = status_of
        self.set: Counter[str] = Counter()

    def apply(self, key: WorkloadKey, change: Change) -> None:
        def effect() -> None:
            super(MortalOrchestrator, self).apply(key, change)
            self.set.update(step.after for step in change.images)

        self._fate.write(effect)


class MortalNotifier(RecordingNotifier):
    def __init__(self, status_of: DeliveryStatus) -> None:
        super().__init__()
        self._fate = status_of

    def notify(self, event: Event) -> None:
        self._fate.write(lambda: super(MortalNotifier, self).notify(event))


class MortalOutbox(RecordingOutbox):
    def __init__(self, status_of: DeliveryStatus) -> None:
        super().__init__()
        self._fate = status_of

    def put(self, notification: Notification) -> None:
        self._fate.write(lambda: super(MortalOutbox, self).put(notification))


class Cluster:
    """A workload, a registry with newer images, and one process after the other."""

    def __init__(self, status_of: DeliveryStatus, tags: dict[str, Behavior], images: tuple[str, ...]) -> None:
        self.clock = FakeClock(datetime(2031, 1, 1, 0, 1, tzinfo=UTC))
        self.status_of = status_of
        self.orchestrator = MortalOrchestrator(self.clock, status_of)
        self.notifier = MortalNotifier(status_of)
        self.outbox = MortalOutbox(status_of)
        self.leadership = SoleLeadership()
        self.registry = FakeImageRegistry()
        for image in images:
            self.registry.repositories[f"registry.example/{image}"] = ("1.0.0", *tags)
            for tag, behavior in tags.items():
                self.orchestrator.behave(f"registry.example/{image}:{tag}", behavior)
        containers = [Container(image, f"registry.example/{image}:1.0.0") for image in images]
        self.orchestrator.create(SHOP, containers, {annotation.ENABLED: "true", annotation.CONTAINERS: "*"})

    def run(self, duration: timedelta) -> None:
        """Let a process work for so long; when it dies, another one begins."""
        end = self.clock.now() + duration
        while self.clock.now() < end:
            self.leadership = SoleLeadership(self.leadership.tick)
            self.outbox.forget()
            controller = process_in_memory(
                clock=self.clock,
                orchestrator=self.orchestrator,
                registry=self.registry,
                notifier=self.notifier,
                outbox=self.outbox,
                leadership=self.leadership,
            )
            try:
                while self.clock.now() < end:
                    self.orchestrator.settle()
                    settle(controller)
                    self.tick()
                    self.clock.advance(STEP)
            except Killed:
                self.orchestrator.close()

    def tick(self) -> None:
        """Do what the controller does on threads of their own."""

    def outcome(self) -> dict[str, object]:
        """What must be the same, whenever somebody dies."""
        workload = self.orchestrator.find(SHOP)
        assert workload is not None
        record = RolloutRecord.of(workload)
        assert record is not None
        return {
            "images": [each.image for each in workload.containers],
            "set": dict(self.orchestrator.set),
            "state": record.state,
            "owed": record.all_undelivered,
            "quarantine": workload.annotations.get(annotation.QUARANTINE),
            "change": workload.annotations.get(annotation.CHANGE),
            "events": sorted(each.reason for each in self.notifier.events),
            "ends": sorted({each.id.partition("-")[2] for each in self.outbox.delivered} & ENDS),
        }


ENDS = {"completed", "failed", "rolled-back", "rollback-failed"}
GOOD, CRASHES = Behavior(), Behavior(crashes_after=timedelta())
STORIES = {
    "a success": ({"1.0.1": GOOD}, ("shop",)),
    "a failure that is rolled back": ({"1.0.1": CRASHES}, ("shop",)),
    "several containers": ({"1.0.1": GOOD}, ("shop", "mesh")),
}


def told(name: str, at: int | None = None, *, after: bool = False) -> Cluster:
    """Tell the story, with a death in it."""
    cluster = Cluster(DeliveryStatus(at, after=after), *STORIES[name])
    cluster.run(HOUR)
    return cluster


@pytest.mark.parametrize("after", [False, True], ids=["before it takes effect", "after it has taken effect"])
@pytest.mark.parametrize("name", STORIES)
def test_a_kill_at_any_write_leads_to_the_same_end(name: str, *, after: bool) -> None:
    undisturbed = told(name)
    assert undisturbed.status_of.writes >= 6
    for at in range(1, undisturbed.status_of.writes + 1):
        killed = told(name, at, after=after)
        assert killed.outcome() == undisturbed.outcome(), f"the process died at write {at}"
