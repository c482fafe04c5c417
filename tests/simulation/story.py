"""A cluster in memory where things happen at random, by a seed, and the rules that are checked at every write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from dependency_injector import providers

from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.timing import FakeClock
from watch_cluster.adapters.memory.leadership import SoleLeadership
from watch_cluster.adapters.memory.notifier import RecordingNotifier
from watch_cluster.adapters.memory.orchestrator import InMemoryOrchestrator
from watch_cluster.adapters.memory.outbox import RecordingOutbox
from watch_cluster.adapters.memory.simulation import Behaviour
from watch_cluster.adapters.oci.docker_config import NoCredentials
from watch_cluster.application.ports.image_registry import RegistryUnavailable
from watch_cluster.application.ports.notifier import NotifierUnavailable
from watch_cluster.application.ports.orchestrator import ChangeConflict, OrchestratorUnavailable
from watch_cluster.domain import annotation
from watch_cluster.domain.hands import quarantine_of
from watch_cluster.domain.image import ImageReference
from watch_cluster.domain.rollout import RolloutRecord, RolloutState
from watch_cluster.domain.version import Version
from watch_cluster.domain.workload import Change, Container, ImageChange, Workload, WorkloadKey
from watch_cluster.entrypoints.container import Container as Process
from watch_cluster.entrypoints.settings import Settings
from watch_cluster.entrypoints.work import InlineLane, Task

REPOSITORIES: Final = ("registry.example/shop", "registry.example/cart")
KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet", "Deployment")
BEHAVIOURS: Final = {
    "good": Behaviour(),
    "slow": Behaviour(takes=timedelta(minutes=2)),
    "never-ready": Behaviour(gets_ready=False),
    "crash": Behaviour(crashes_after=timedelta()),
    "crash-later": Behaviour(crashes_after=timedelta(seconds=25)),
}
_WEIGHTS: Final = (10, 1, 2, 3, 1)
STEP: Final = timedelta(seconds=15)
LONG: Final = timedelta(hours=3)


class Broken(AssertionError):  # noqa: N818 - the name says what is wrong
    """A rule does not hold; the message says which, and what was written."""


@dataclass
class Rules:
    """What is known of each workload that the workload itself may forget, and what must hold at each write."""

    registry: FakeImageRegistry
    left: dict[WorkloadKey, set[str]] = field(default_factory=dict)
    """The images that somebody has gone back from, and has not set again since."""
    started: dict[str, WorkloadKey] = field(default_factory=dict)
    closed: dict[str, RolloutState] = field(default_factory=dict)

    def check(self, workload: Workload, change: Change) -> None:
        """See whether the change may be made. Raises `Broken`."""
        if workload.annotations.get(annotation.ENABLED) != "true" and change.images:
            raise Broken(f"{workload.key} is not ours: {change}")
        before = RolloutRecord.of(workload)
        after = _record_after(workload, change)
        if after is None:
            return
        starts = before is None or before.id != after.id
        if starts and before is not None and before.running:
            raise Broken(f"{workload.key} has two rollouts at once: {before} and {after}")
        if starts and change.images:
            for step in change.images:
                self._check_forward(workload, step)
        for step in () if starts else change.images:
            self._check_back(workload, before, step)

    def note(self, workload: Workload, change: Change) -> None:
        """The change was made."""
        after = _record_after(workload, change)
        if after is None:
            return
        if change.images and after.failure is None:
            self.started[after.id] = workload.key
        if not after.running:
            self.closed[after.id] = after.state

    def _check_forward(self, workload: Workload, step: ImageChange) -> None:
        image, present = ImageReference.parse(step.after), ImageReference.parse(step.before)
        where = f"{workload.key}: {step}"
        if image.effective_tag not in self.registry.repositories.get(str(image.repository), ()):
            raise Broken(f"the registry does not have it: {where}")
        if quarantine_of(workload).holds(image):
            raise Broken(f"it is in quarantine: {where}")
        if step.after in self.left.get(workload.key, ()):
            raise Broken(f"somebody has gone back from it: {where}")
        if not Version.parse(image.effective_tag or "").key > Version.parse(present.effective_tag or "").key:
            raise Broken(f"it is no update: {where}")

    def _check_back(self, workload: Workload, before: RolloutRecord | None, step: ImageChange) -> None:
        if before is None or not any((each.after, each.before) == (step.before, step.after) for each in before.images):
            raise Broken(f"it is not on record that this ran before: {workload.key}: {step}")


class CheckedOrchestrator(InMemoryOrchestrator):
    """Checks the rules at every write, and fails in all the ways in which a write can fail."""

    def __init__(self, clock: FakeClock, rules: Rules, random: Random) -> None:
        super().__init__(clock)
        self.rules = rules
        self.random = random
        self.trouble = 0.0
        """How likely a write fails, before or after it takes effect."""

    def apply(self, key: WorkloadKey, change: Change) -> None:
        if self.random.random() < self.trouble:
            raise OrchestratorUnavailable("not now")
        workload = self.find(key)
        if workload is not None and workload.uid == change.uid and _holds(workload, change):
            self.rules.check(workload, change)
        super().apply(key, change)
        if workload is not None:
            self.rules.note(workload, change)
        if self.random.random() < self.trouble:
            raise OrchestratorUnavailable("nobody knows")
        if self.random.random() < self.trouble:
            raise ChangeConflict("says the server, though it took it")


class Story:
    """One story: everything in it follows from the seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a story is to be told again, not to be kept secret
        self.clock = FakeClock(datetime(2031, 1, 1, 0, 1, tzinfo=UTC))
        self.registry = FakeImageRegistry(dict.fromkeys(REPOSITORIES, ("1.0.0",)))
        self.rules = Rules(self.registry)
        self.orchestrator = CheckedOrchestrator(self.clock, self.rules, self.random)
        self.notifier = RecordingNotifier()
        self.outbox = RecordingOutbox()
        self.tick: datetime | None = None
        self.told: list[str] = []
        """What has happened, for whoever reads why a rule was broken."""
        self.keys = tuple(WorkloadKey("default", kind, f"work{number}") for number, kind in enumerate(KINDS * 2))
        self.process: Process | None = None
        self.leadership = SoleLeadership()
        for number, key in enumerate(self.keys):
            written = (
                {annotation.ENABLED: "true"} if number < len(self.keys) - 1 else {annotation.CRON: "0 */5 * * * ?"}
            )
            self.orchestrator.create(key, [Container("app", f"{REPOSITORIES[number % 2]}:1.0.0")], written)
        self.begin()

    def begin(self) -> None:
        """Start a process, as Kubernetes does when one has died."""
        self.leadership = SoleLeadership(self.leadership.tick)
        self.outbox.forget()
        self.process = Process(
            settings=Settings(MAX_CONCURRENT_ROLLOUTS=3),
            clock=providers.Object(self.clock),
            orchestrator=providers.Object(self.orchestrator),
            registry=providers.Object(self.registry),
            notifier=providers.Object(self.notifier),
            outbox=providers.Object(self.outbox),
            credentials=providers.Object(NoCredentials()),
            leadership=providers.Object(self.leadership),
            lanes=providers.Object(dict.fromkeys(Task, InlineLane())),
        )
        self.process.controller().start()

    def step(self) -> None:
        """Let one thing happen."""
        acts: Sequence[tuple[int, Callable[[], None]]] = (
            (60, self.pass_time),
            (6, self.publish),
            (4, self.set_older),
            (2, self.set_newest),
            (4, self.undo),
            (2, self.scale),
            (2, self.opt),
            (2, self.wish),
            (1, self.release),
            (1, self.registry_trouble),
            (2, self.orchestrator_trouble),
            (1, self.notifier_trouble),
            (1, self.receiver_trouble),
            (2, self.freeze),
            (2, self.crash),
        )
        [act] = self.random.choices([each for _, each in acts], [weight for weight, _ in acts])
        act()
        self.settle()

    def end(self) -> None:
        """Let everything be well for a long while: then nothing may be left undone."""
        self.orchestrator.trouble = 0.0
        self.notifier.fault = None
        self.outbox.open = True
        self.registry.faults.clear()
        self.orchestrator.may_remove = True
        until = self.clock.now() + LONG
        while self.clock.now() < until:
            self.clock.advance(timedelta(seconds=30))
            self.settle()
        for key in self.keys:
            workload = self.orchestrator.find(key)
            record = RolloutRecord.of(workload) if workload is not None else None
            if record is not None and (record.running or record.all_unreported):
                raise Broken(f"after {LONG} it has not ended, or nobody has heard of it: {key}: {record}")

    def settle(self) -> None:
        """Let the process do all that it has to do now."""
        assert self.process is not None
        self.orchestrator.settle()
        controller = self.process.controller()
        controller.turn()
        while not controller.idle:
            controller.turn()

    def tell(self, what: str) -> None:
        self.told.append(f"{self.clock.now():%H:%M:%S} {what}")

    def pass_time(self) -> None:
        for _ in range(self.random.choice((1, 4, 20))):
            self.clock.advance(STEP)
            self.settle()
        self.tell("time passes")

    def publish(self) -> None:
        name = self.random.choice(REPOSITORIES)
        tags = self.registry.repositories[name]
        tag = f"1.{len(tags)}.0"
        [behaviour] = self.random.choices(list(BEHAVIOURS), _WEIGHTS)
        self.orchestrator.behave(f"{name}:{tag}", BEHAVIOURS[behaviour])
        self.registry.repositories[name] = (*tags, tag)
        self.tell(f"{name}:{tag} is published: {behaviour}")

    def set_older(self) -> None:
        key, present, tags = self._any()
        older = [each for each in tags if Version.parse(each).key < Version.parse(present.effective_tag or "").key]
        if older:
            self._goes_back(key)
            image = f"{present.name}:{self.random.choice(older)}"
            self.orchestrator.set_image(key, "app", image)
            self._comes(key)
            self.tell(f"somebody sets {key} to {image}")

    def set_newest(self) -> None:
        key, present, tags = self._any()
        image = f"{present.name}:{tags[-1]}"
        self.orchestrator.set_image(key, "app", image)
        self._comes(key)
        self.tell(f"somebody sets {key} to {image}")

    def undo(self) -> None:
        key, present, _ = self._any()
        try:
            self._goes_back(key)
            self.orchestrator.undo(key)
        except IndexError:
            return
        self._comes(key)
        self.tell(f"somebody undoes the rollout of {key}, which had {present}")

    def scale(self) -> None:
        key = self.random.choice(self.keys)
        replicas = self.random.choice((0, 1, 2, 3, 5))
        self.orchestrator.scale(key, replicas)
        self.tell(f"{key} is scaled to {replicas}")

    def opt(self) -> None:
        key = self.random.choice(self.keys[:-1])
        value = self.random.choice(("true", "true", "false"))
        self.orchestrator.annotate(key, {annotation.ENABLED: value})
        self.tell(f"{key} has enabled: {value}")

    def wish(self) -> None:
        key = self.random.choice(self.keys[:-1])
        wish = self.random.choice(
            (
                {annotation.ROLLBACK: "false"},
                {annotation.ROLLBACK: None},
                {annotation.SOAK: "0"},
                {annotation.SOAK: "5m"},
                {annotation.ROLLOUT_TIMEOUT: "2m"},
                {annotation.CHECK_NOW: "please"},
            )
        )
        self.orchestrator.annotate(key, wish)
        self.tell(f"the owner of {key} wants {wish}")

    def release(self) -> None:
        key = self.random.choice(self.keys)
        self.orchestrator.annotate(key, {annotation.QUARANTINE: None})
        self.rules.left.pop(key, None)
        self.tell(f"somebody takes the quarantine of {key} away")

    def registry_trouble(self) -> None:
        name = self.random.choice(REPOSITORIES)
        if self.registry.faults.pop(name, None) is None:
            self.registry.faults[name] = RegistryUnavailable("away")
        self.tell(f"{name} is {'away' if name in self.registry.faults else 'back'}")

    def orchestrator_trouble(self) -> None:
        self.orchestrator.trouble = self.random.choice((0.0, 0.0, 0.3))
        self.orchestrator.may_remove = self.random.random() < 0.5
        self.tell(f"one of {self.orchestrator.trouble} writes fails")

    def notifier_trouble(self) -> None:
        self.notifier.fault = None if self.notifier.fault is not None else NotifierUnavailable("not now")
        self.tell(f"Events: {self.notifier.fault}")

    def receiver_trouble(self) -> None:
        self.outbox.open = not self.outbox.open
        self.tell(f"the receiver is {'there' if self.outbox.open else 'away'}")

    def freeze(self) -> None:
        reason = self.random.choice((None, None, None, "release week"))
        self.orchestrator.freeze("default", reason)
        self.tell(f"frozen: {reason}")

    def crash(self) -> None:
        self.orchestrator.close()
        self.begin()
        self.tell("the process dies, and another one begins")

    def _any(self) -> tuple[WorkloadKey, ImageReference, tuple[str, ...]]:
        key = self.random.choice(self.keys)
        present = ImageReference.parse(self.orchestrator.image_of(key, "app"))
        return key, present, self.registry.repositories[str(present.repository)]

    def _goes_back(self, key: WorkloadKey) -> None:
        """Somebody leaves what our last rollout has brought, if it is that which the workload has."""
        workload = self.orchestrator.find(key)
        if workload is None or workload.annotations.get(annotation.ENABLED) != "true":
            return
        record = RolloutRecord.of(workload)
        if record is not None and record.state in {RolloutState.RUNNING, RolloutState.DONE} and record.failure is None:
            present = workload.image_of("app")
            self.rules.left.setdefault(key, set()).update(each.after for each in record.images if each.after == present)

    def _comes(self, key: WorkloadKey) -> None:
        """What somebody sets by hand is wanted again."""
        self.rules.left.get(key, set()).discard(self.orchestrator.image_of(key, "app"))


def _record_after(workload: Workload, change: Change) -> RolloutRecord | None:
    text = change.annotations.get(annotation.ROLLOUT)
    return None if text is None else RolloutRecord.among(workload, (text,))


def _holds(workload: Workload, change: Change) -> bool:
    return all(workload.annotations.get(key) == value for key, value in change.expected.items()) and all(
        workload.image_of(step.container) == step.before for step in change.images
    )
