"""A cluster in memory where things happen at random, by a seed, and the rules that are checked at every write."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, cast

from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.notifier import RecordingNotifier
from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.outbox import RecordingOutbox
from tests.fakes.process import process_in_memory, settle
from tests.fakes.timing import FakeClock
from watch_cluster.adapters.memory.behavior import Behavior
from watch_cluster.adapters.memory.failure_memory import InProcessFailureMemory
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict
from watch_cluster.application.ports.registry.image_registry import RegistryUnavailable
from watch_cluster.application.ports.reporting.notifier import NotifierUnavailable
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.rollout.notification import Notification
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.schedule.duration import describe_duration
from watch_cluster.domain.versions.version import Version
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, Container, ImageChange, Workload, WorkloadKey
from watch_cluster.entrypoints.controller.controller import Controller
from watch_cluster.entrypoints.settings.settings import Settings

REPOSITORIES: Final = ("registry.example/shop", "registry.example/cart")
KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet", "Deployment", "Deployment")
PROCESSES: Final = 2
BEHAVIOURS: Final = {
    "good": Behavior(),
    "slow": Behavior(ready_after=timedelta(minutes=2)),
    "never-ready": Behavior(gets_ready=False),
    "crash": Behavior(crashes_after=timedelta()),
    "crash-later": Behavior(crashes_after=timedelta(seconds=25)),
}
_WEIGHTS: Final = (10, 1, 2, 3, 1)
STEP: Final = timedelta(seconds=15)
PROOF: Final = timedelta(minutes=10)
LONG: Final = timedelta(hours=3)


class Broken(BaseException):
    """A rule does not hold; the message says which, and what was written. No process catches that."""


@dataclass
class Rules:
    """What is known of each workload that the workload itself may forget, and what must hold at each write."""

    registry: FakeImageRegistry
    clock: FakeClock
    unmanaged: WorkloadKey
    """A workload that nobody has opted in."""
    left: dict[WorkloadKey, set[str]] = field(default_factory=dict)
    """The images that somebody has gone back from, and has not set again since."""
    started: dict[str, WorkloadKey] = field(default_factory=dict)
    closed: dict[str, RolloutState] = field(default_factory=dict)
    after: dict[WorkloadKey, WorkloadKey] = field(default_factory=dict)
    """The workloads that take only what another one has run well for `PROOF`."""
    well: dict[tuple[WorkloadKey, str], datetime] = field(default_factory=dict)
    """When the rollouts of images ended that ended well the last time."""

    def check(self, workload: Workload, change: Change) -> None:
        """See whether the change may be made. Raises `Broken`."""
        if workload.key == self.unmanaged:
            raise Broken(f"{workload.key} was never opted in: {change}")
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
        for step in after.images:
            self.well.pop((workload.key, step.after), None)
            if after.state is RolloutState.DONE and after.ended is not None:
                self.well[workload.key, step.after] = after.ended

    def _check_forward(self, workload: Workload, step: ImageChange) -> None:
        image, present = ImageReference.parse(step.after), ImageReference.parse(step.before)
        where = f"{workload.key}: {step}"
        if image.effective_tag not in self.registry.repositories.get(str(image.repository), ()):
            raise Broken(f"the registry does not have it: {where}")
        if f"{image.name}:{image.tag}" in workload.annotations.get(annotation.QUARANTINE, "").split(","):
            raise Broken(f"it is in quarantine: {where}")
        if step.after in self.left.get(workload.key, ()):
            raise Broken(f"somebody has gone back from it: {where}")
        self._check_proven(workload.key, step.after, where)
        if not Version.parse(image.effective_tag or "").key > Version.parse(present.effective_tag or "").key:
            raise Broken(f"it is no update: {where}")

    def _check_proven(self, key: WorkloadKey, image: str, where: str) -> None:
        before = self.after.get(key)
        if before is None:
            return
        ended = self.well.get((before, image))
        if ended is None or image in self.left.get(before, ()):
            raise Broken(f"it has not ended well on {before}: {where}")
        if self.clock.now() - ended < PROOF:
            raise Broken(f"it has not run for {PROOF} on {before}: {where}")

    def _check_back(self, workload: Workload, before: RolloutRecord | None, step: ImageChange) -> None:
        if before is None or not any((each.after, each.before) == (step.before, step.after) for each in before.images):
            raise Broken(f"it is not on record that this ran before: {workload.key}: {step}")


class CheckedOrchestrator(FakeOrchestrator):
    """Checks the rules at every write, and fails in all the ways in which a write can fail."""

    def __init__(self, clock: FakeClock, rules: Rules, meanwhile: Callable[[WorkloadKey], None]) -> None:
        super().__init__(clock)
        self.rules = rules
        self.random = Random(0)  # noqa: S311 - a story is to be told again, not to be kept secret
        self.problem = 0.0
        """How likely a write fails, before or after it takes effect."""
        self._meanwhile = meanwhile
        self._listeners: dict[int, Callable[[WorkloadKey], None]] = {}

    def listen(self, process: int, changed: Callable[[WorkloadKey], None] | None) -> None:
        """Tell a process of changes, or no longer."""
        self._listeners.pop(process, None)
        if changed is not None:
            self._listeners[process] = changed
        self.start(self._tell_all)

    def _tell_all(self, key: WorkloadKey) -> None:
        for changed in list(self._listeners.values()):
            changed(key)

    def apply(self, key: WorkloadKey, change: Change) -> None:
        # What was decided a moment ago is sent now, whatever has happened in between.
        self._meanwhile(key)
        if self.random.random() < self.problem:
            raise OrchestratorUnavailable("not now")
        workload = self.find(key)
        if workload is not None and change.conflict(workload) is None:
            self.rules.check(workload, change)
        super().apply(key, change)
        if workload is not None:
            self.rules.note(workload, change)
        if self.random.random() < self.problem:
            raise OrchestratorUnavailable("nobody knows")
        if self.random.random() < self.problem:
            raise ChangeConflict("says the server, though it took it")


class Door:
    """The orchestrator as one of several processes has it."""

    def __init__(self, orchestrator: CheckedOrchestrator, process: int) -> None:
        self._orchestrator = orchestrator
        self._process = process

    def start(self, changed: Callable[[WorkloadKey], None]) -> None:
        self._orchestrator.listen(self._process, changed)

    def close(self) -> None:
        self._orchestrator.listen(self._process, None)

    def ports(self) -> Orchestrator:
        door = cast(FakeOrchestrator, self)
        return Orchestrator(door, door, door, door, door, door)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._orchestrator, name)


class Candidacy:
    """The lead as one of several processes has it: the story says who leads."""

    def __init__(self, story: Story, process: int) -> None:
        self._story = story
        self._process = process
        self._found: datetime | None = None
        self._led = False

    def leads(self) -> bool:
        leads = self._story.leader == self._process
        if leads and not self._led:
            self._found = self._story.tick
        self._led = leads
        return leads

    def finished_tick(self) -> datetime | None:
        return self._found

    def finish_tick(self, moment: datetime) -> None:
        self._story.tick = moment

    def start(self) -> None:
        """It seeks the lead from now on; the story decides."""

    def close(self) -> None:
        """It seeks the lead no longer."""


class Story:
    """One story: everything in it follows from the seed and from the numbers of the steps that are told."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)  # noqa: S311
        self.machines = FakeClock(datetime(2031, 1, 1, 0, 1, tzinfo=UTC))
        """What time it is in the cluster, whatever the clocks of our processes show."""
        self.clock = FakeClock(self.machines.now())
        self.registry = FakeImageRegistry(dict.fromkeys(REPOSITORIES, ("1.0.0",)))
        self.keys = tuple(WorkloadKey("default", kind, f"work{number}") for number, kind in enumerate(KINDS))
        self.rules = Rules(self.registry, self.clock, self.keys[-1], after={self.keys[2]: self.keys[0]})
        self.orchestrator = CheckedOrchestrator(self.machines, self.rules, self.meanwhile)
        self.notifier = RecordingNotifier()
        self.delivered: list[Notification] = []
        self.receiver = True
        """Whether the receiver of announcements is there."""
        self.tick: datetime | None = None
        self.leader = 0
        self.restless = 0.3
        """How likely something happens between a decision and its write."""
        self.told: list[str] = []
        """What has happened, for whoever reads why a rule was broken."""
        self.processes: dict[int, Controller] = {}
        self.outboxes: dict[int, RecordingOutbox] = {}
        self.doors: dict[int, Door] = {}
        self.memory = InProcessFailureMemory()
        for number, key in enumerate(self.keys):
            written = {annotation.CRON: "0 */5 * * * ?"} | (
                {} if key == self.rules.unmanaged else {annotation.ENABLED: "true"}
            )
            if key in self.rules.after:
                written[annotation.AFTER] = f"{self.rules.after[key]} {describe_duration(PROOF)}"
            self.orchestrator.create(key, [Container("app", f"{REPOSITORIES[number % 2]}:1.0.0")], written)
        for process in range(PROCESSES):
            self.begin(process)

    def begin(self, process: int) -> None:
        """Start a process, as Kubernetes does when one has died."""
        if process in self.doors:
            self.doors[process].close()
        self.doors[process] = Door(self.orchestrator, process)
        self.outboxes[process] = RecordingOutbox()
        self.outboxes[process].delivered = self.delivered
        self.outboxes[process].open = self.receiver
        self.processes[process] = process_in_memory(
            clock=self.clock,
            orchestrator=cast(FakeOrchestrator, self.doors[process]),
            registry=self.registry,
            notifier=self.notifier,
            outbox=self.outboxes[process],
            leadership=Candidacy(self, process),
            settings=Settings(MAX_CONCURRENT_ROLLOUTS=3),
            memory=self.memory,
        )

    def step(self, number: int) -> None:
        """Let one thing happen: what it is follows from the seed and the number, not from the steps before."""
        self.random = self.orchestrator.random = Random(f"{self.seed}/{number}")  # noqa: S311
        acts: Sequence[tuple[int, Callable[[], None]]] = (
            (240, self.pass_time),
            (6, self.publish),
            (4, self.set_older),
            (2, self.set_newest),
            (4, self.undo),
            (2, self.scale),
            (8, self.opt),
            (2, self.wish),
            (1, self.release),
            (1, self.registry_failed),
            (2, self.orchestrator_trouble),
            (1, self.notifier_trouble),
            (1, self.receiver_trouble),
            (2, self.freeze),
            (2, self.crash),
            (2, self.hand_over),
            (1, self.set_clock),
        )
        [act] = self.random.choices([each for _, each in acts], [weight for weight, _ in acts])
        act()
        self.settle()

    def end(self) -> None:
        """Let everything be well for a long while: then nothing may be left undone."""
        self.orchestrator.problem = self.restless = 0.0
        self.notifier.fault = None
        self._open_receiver(there=True)
        self.registry.faults.clear()
        self.orchestrator.may_remove = True
        for _ in range(LONG // timedelta(seconds=30)):
            self._pass(timedelta(seconds=30))
        limiter = self.processes[self.leader]._fleet.limiter
        if limiter.in_flight() or limiter.waiting():
            raise Broken(f"after {LONG} slots are taken, or somebody waits for one: {vars(limiter)}")
        for key in self.keys:
            workload = self.orchestrator.find(key)
            record = RolloutRecord.of(workload) if workload is not None else None
            if record is None:
                continue
            if record.running or record.all_undelivered:
                raise Broken(f"after {LONG} it has not ended, or nobody has heard of it: {key}: {record}")
            heard = {each.id for each in self.delivered if not each.id.endswith("-started")}
            if record.id in self.rules.closed and not any(each.startswith(f"{record.id}-") for each in heard):
                raise Broken(f"nobody has heard of its end: {key}: {record}")

    def settle(self) -> None:
        """Let the processes do all that they have to do now."""
        self.orchestrator.settle()
        for controller in self.processes.values():
            settle(controller)

    def meanwhile(self, key: WorkloadKey) -> None:
        """Perhaps let something happen while a write is on its way."""
        if self.random.random() >= self.restless:
            return
        restless, self.restless = self.restless, 0.0
        act = self.random.choice((self.hand_over, self.set_older_of, self.set_newest_of, self.opt_out))
        if act == self.hand_over:
            self.hand_over()
            settle(self.processes[self.leader])
        else:
            act(key)  # type: ignore[call-arg]
        self.restless = restless

    def tell(self, what: str) -> None:
        self.told.append(f"{self.machines.now():%d. %H:%M:%S} {what}")

    def pass_time(self) -> None:
        self._pass(STEP)

    def _pass(self, duration: timedelta) -> None:
        self.machines.advance(duration)
        self.clock.advance(duration)
        self.settle()

    def publish(self) -> None:
        name = self.random.choice(REPOSITORIES)
        tags = self.registry.repositories[name]
        tag = f"1.{len(tags)}.0"
        [behavior] = self.random.choices(list(BEHAVIOURS), _WEIGHTS)
        self.orchestrator.behave(f"{name}:{tag}", BEHAVIOURS[behavior])
        self.registry.repositories[name] = (*tags, tag)
        self.tell(f"{name}:{tag} is published: {behavior}")

    def set_older(self) -> None:
        self.set_older_of(self.random.choice(self.keys))

    def set_older_of(self, key: WorkloadKey) -> None:
        present, tags = self._present(key)
        older = [each for each in tags if Version.parse(each).key < Version.parse(present.effective_tag or "").key]
        if older:
            image = f"{present.name}:{self.random.choice(older)}"
            self._by_hand(key, lambda: self.orchestrator.set_image(key, "app", image))
            self.tell(f"somebody sets {key} to {image}")

    def set_newest(self) -> None:
        self.set_newest_of(self.random.choice(self.keys))

    def set_newest_of(self, key: WorkloadKey) -> None:
        present, tags = self._present(key)
        image = f"{present.name}:{tags[-1]}"
        self._by_hand(key, lambda: self.orchestrator.set_image(key, "app", image))
        self.tell(f"a pipeline sets {key} to {image}")

    def undo(self) -> None:
        key = self.random.choice(self.keys)
        present, _ = self._present(key)
        try:
            self._by_hand(key, lambda: self.orchestrator.undo(key))
        except IndexError:
            return
        self.tell(f"somebody undoes the rollout of {key}, which had {present}")

    def scale(self) -> None:
        key = self.random.choice(self.keys)
        replicas = self.random.choice((0, 1, 2, 3, 5))
        self.orchestrator.scale(key, replicas)
        self.tell(f"{key} is scaled to {replicas}")

    def opt(self) -> None:
        key = self.random.choice(self.keys[:-1])
        value = self.random.choice(("true", "true", "true", "false"))
        self.orchestrator.annotate(key, {annotation.ENABLED: value})
        self.tell(f"{key} has enabled: {value}")

    def opt_out(self, key: WorkloadKey) -> None:
        self.orchestrator.annotate(key, {annotation.ENABLED: "false"})
        self.tell(f"{key} has enabled: false")

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

    def registry_failed(self) -> None:
        name = self.random.choice(REPOSITORIES)
        if self.registry.faults.pop(name, None) is None:
            self.registry.faults[name] = RegistryUnavailable("away")
        self.tell(f"{name} is {'away' if name in self.registry.faults else 'back'}")

    def orchestrator_trouble(self) -> None:
        self.orchestrator.problem = self.random.choice((0.0, 0.0, 0.3))
        self.orchestrator.may_remove = self.random.random() < 0.5
        self.tell(f"one of {self.orchestrator.problem} writes fails")

    def notifier_trouble(self) -> None:
        self.notifier.fault = None if self.notifier.fault is not None else NotifierUnavailable("not now")
        self.tell(f"Events: {self.notifier.fault}")

    def receiver_trouble(self) -> None:
        self._open_receiver(there=not self.receiver)
        self.tell(f"the receiver is {'there' if self.receiver else 'away'}")

    def _open_receiver(self, *, there: bool) -> None:
        self.receiver = there
        for outbox in self.outboxes.values():
            outbox.open = there

    def freeze(self) -> None:
        reason = self.random.choice((None, None, None, "release week"))
        self.orchestrator.freeze("default", reason)
        self.tell(f"frozen: {reason}")

    def crash(self) -> None:
        process = self.random.randrange(PROCESSES)
        self.begin(process)
        self.tell(f"process {process} dies, and another one begins in its place")

    def hand_over(self) -> None:
        self.leader = (self.leader + 1) % PROCESSES
        self.tell(f"process {self.leader} leads from now on")

    def set_clock(self) -> None:
        by = self.random.choice((timedelta(hours=1), -timedelta(hours=1)))
        self.clock.jump(by)
        self.tell(f"somebody sets our clock by {by}")

    def _present(self, key: WorkloadKey) -> tuple[ImageReference, tuple[str, ...]]:
        present = ImageReference.parse(self.orchestrator.image_of(key, "app"))
        return present, self.registry.repositories[str(present.repository)]

    def _by_hand(self, key: WorkloadKey, act: Callable[[], None]) -> None:
        """Let somebody set an image, and note what they leave by it and what they want again."""
        workload = self.orchestrator.find(key)
        act()
        now = self.orchestrator.image_of(key, "app")
        if workload is not None and workload.annotations.get(annotation.ENABLED) == "true":
            left = self.rules.left.setdefault(key, set())
            left.update(step.after for step in _left(workload, now))
        self.rules.left.get(key, set()).discard(now)


def _left(workload: Workload, now: str) -> Iterator[ImageChange]:
    """What our last rollout has brought and somebody does not want, since they put another image in its place.

    In mid-rollout, an image between the old and the new one is a step on their own way, the first time.
    """
    record = RolloutRecord.of(workload)
    if record is None or record.failure is not None or record.state not in {RolloutState.RUNNING, RolloutState.DONE}:
        return
    for step in record.images:
        if workload.image_of("app") != step.after or not _is_older(now, step.after):
            continue
        if record.state is RolloutState.DONE or record.repeats or now == step.before:
            yield step


def _is_older(one: str, other: str) -> bool:
    tags = (ImageReference.parse(each).effective_tag or "" for each in (one, other))
    older, newer = (Version.parse(each).key for each in tags)
    return older < newer


def told(seed: int, steps: Iterable[int], *, to_the_end: bool = True) -> Story:
    """Tell these steps of a story. Raises `Broken` with what happened before."""
    story = Story(seed)
    try:
        for number in steps:
            story.step(number)
        if to_the_end:
            story.end()
    except Broken as broken:
        broken.add_note(f"seed {seed}; the story so far:\n" + "\n".join(story.told[-40:]))
        raise
    return story


def shortest(seed: int, steps: Sequence[int], seconds: float = 60.0) -> tuple[int, ...]:
    """Leave out as many steps of a story as it takes to break a rule without them, in the time that there is."""
    until = time.monotonic() + seconds
    to_the_end = not _breaks(seed, steps, to_the_end=False)
    left = tuple(steps)
    size = len(left) // 2
    while size and time.monotonic() < until:
        start = 0
        while start < len(left) and time.monotonic() < until:
            fewer = left[:start] + left[start + size :]
            if _breaks(seed, fewer, to_the_end=to_the_end):
                left = fewer
            else:
                start += size
        size //= 2
    return left


def spelt(steps: Sequence[int]) -> str:
    """Write the numbers of steps in short: `3 7-9`."""
    runs: list[list[int]] = []
    for step in steps:
        if runs and runs[-1][1] == step - 1:
            runs[-1][1] = step
        else:
            runs.append([step, step])
    return " ".join(f"{first}-{last}" if first != last else f"{first}" for first, last in runs)


def read_steps(words: Iterable[str]) -> tuple[int, ...]:
    """Read what `spelt` has written."""
    bounds = [[int(each) for each in word.split("-")] for word in words]
    return tuple(step for each in bounds for step in range(each[0], each[-1] + 1))


def _breaks(seed: int, steps: Sequence[int], *, to_the_end: bool) -> bool:
    try:
        told(seed, steps, to_the_end=to_the_end)
    except Broken:
        return True
    return False


def _record_after(workload: Workload, change: Change) -> RolloutRecord | None:
    text = change.annotations.get(annotation.ROLLOUT)
    return None if text is None else RolloutRecord.among(workload, (text,))
