"""How instances come, fare and go on the given clock, where nothing really runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference
from watch_cluster.domain.workload.replica import Cause, ContainerProblem, ContainerState, Replica
from watch_cluster.domain.workload.running_digests import RunningImage
from watch_cluster.domain.workload.workload import Container, Progress

RESTART_PAUSE: Final = timedelta(seconds=10)
"""How long a container that has ended is left alone before it is started again."""
LAST_WORD: Final = "exit code 1: cannot open the database"
Pull = Callable[[ImageReference], str | None]


@dataclass(frozen=True, slots=True)
class Behavior:
    """What an image does when it is rolled out.

    `takes` is how long all instances take to get ready, one after the other, and `gets_ready` whether they do.
    `crashes_after` is how long after each start they end, None for never. `trouble` is what keeps them from being
    started, and `unplaced` why no machine takes them.
    """

    takes: timedelta = timedelta(seconds=20)
    gets_ready: bool = True
    crashes_after: timedelta | None = None
    problem: ContainerProblem | None = None
    unplaced: str | None = None

    @property
    def lasting(self) -> bool:
        """Whether whoever is ready stays so."""
        return self.gets_ready and self.crashes_after is None and self.problem is None and self.unplaced is None


@dataclass(frozen=True, slots=True)
class Template:
    """What instances are made from."""

    containers: tuple[Container, ...]
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """An instance as it was made; how it fares follows from its age."""

    number: int
    template: Template
    born: datetime
    digests: Mapping[str, str | None]


@dataclass(slots=True)
class Simulation:
    """The instances of one workload. `in_place` is whether an old one goes before a new one comes.

    `ordered` is whether nothing is done while any of them is not ready, `most` how many there is room for.
    `restart_pause` is how long a container that has ended is left alone.
    """

    name: str
    template: Template
    desired: int
    behaviors: Mapping[str, Behavior]
    pull: Pull
    now: datetime
    in_place: bool = False
    ordered: bool = False
    restart_pause: timedelta = RESTART_PAUSE
    paused: bool = False
    most: int | None = None
    moved: datetime | None = None
    made: list[Made] = field(default_factory=list)
    count: int = 0

    def begin(self) -> None:
        """Have all instances there, and well."""
        for _ in range(self.desired):
            self._make(self.now - self._behaviour_time(self.template))

    def scale(self, desired: int) -> None:
        """Have another number of instances, at once."""
        settled = all(each.template == self.template for each in self.made)
        self.desired = desired
        del self.made[desired:]
        while settled and len(self.made) < desired:
            self._make(self.now - self._behaviour_time(self.template))

    def roll(self, template: Template) -> None:
        """Have another template from now on."""
        self.template = template
        self.moved = self.now

    def remove(self, replica: Replica) -> None:
        """Take one away; another is made in its place."""
        self.made = [each for each in self.made if self._id(each) != replica.id]

    def advance(self, now: datetime) -> None:
        """Do all that happens until now."""
        while True:
            while not self.paused and self._step():
                self.moved = self.now
            following = [moment for each in self.made if self.now < (moment := self._ready_at(each)) <= now]
            if not following:
                break
            self.now = min(following)
        self.now = max(self.now, now)

    @property
    def steady(self) -> bool:
        """Whether all is as it shall be, and nothing will happen by itself."""
        if len(self.made) != self.desired or any(each.template != self.template for each in self.made):
            return False
        behaviors = [self._behaviour(each.image) for each in self.template.containers]
        if not all(each.lasting for each in behaviors):
            return False
        return all(self._ready_at(each) <= self.now for each in self.made)

    def replicas(self) -> tuple[Replica, ...]:
        """How each of them fares now."""
        return tuple(self._replica(each) for each in sorted(self.made, key=lambda each: each.number))

    def progress(self, deadline: timedelta | None) -> Progress:
        """Count them."""
        updated = sum(each.template == self.template for each in self.made)
        done = updated == len(self.made) == self.desired
        late = deadline is not None and self.moved is not None and self.now - self.moved >= deadline
        return Progress(
            observed=True,
            desired=self.desired,
            updated=updated,
            available=sum(self._replica(each).ready for each in self.made),
            outdated=len(self.made) - updated,
            stalled=f"{self.name} has timed out progressing" if late and not (done and self._all_ready()) else None,
            deadline=deadline,
            shortage=f"exceeded quota: no more than {self.most}" if self._is_full() and not done else None,
        )

    def _all_ready(self) -> bool:
        return all(self._replica(each).ready for each in self.made)

    def _step(self) -> bool:
        """Make one move that is possible at this moment; whether there was one."""
        old = [each for each in self.made if each.template != self.template]
        unready = [each for each in self.made if not self._replica(each).ready]
        broken = [each for each in unready if each in old]
        if unready and (self.ordered or not broken):
            return False
        surplus = old if len(self.made) > self.desired else []
        leaving = broken or surplus or (old if self.in_place and len(self.made) == self.desired else [])
        if leaving:
            self.made.remove(leaving[-1])
            return True
        if (len(self.made) < self.desired or old) and not self._is_full():
            self._make(self.now)
            return True
        return False

    def _is_full(self) -> bool:
        return self.most is not None and len(self.made) >= self.most

    def _make(self, born: datetime) -> None:
        digests = {each.name: self._digest(each.image) for each in self.template.containers}
        self.made.append(Made(self.count, self.template, born, digests))
        self.count += 1

    def _digest(self, image: str) -> str | None:
        try:
            reference = ImageReference.parse(image)
        except InvalidImageReference:
            return None
        return reference.digest or self.pull(reference)

    def _behaviour(self, image: str) -> Behavior:
        return self.behaviors.get(image, Behavior())

    def _behaviour_time(self, template: Template) -> timedelta:
        """How long one instance takes."""
        longest = max((self._behaviour(each.image).takes for each in template.containers), default=timedelta())
        return longest / max(1, self.desired)

    def _ready_at(self, made: Made) -> datetime:
        return made.born + self._behaviour_time(made.template)

    def _id(self, made: Made) -> str:
        return f"{self.name}-uid-{made.number}"

    def _replica(self, made: Made) -> Replica:
        states = tuple(self._state(made, each) for each in made.template.containers)
        unplaced = next(
            (why for each in made.template.containers if (why := self._behaviour(each.image).unplaced)), None
        )
        ready = all(each.ready for each in states)
        return Replica(
            self._id(made),
            f"{self.name}-{made.number}",
            states,
            ready=ready,
            digest=made.template.digest,
            unplaced=unplaced,
        )

    def _state(self, made: Made, container: Container) -> ContainerState:
        does = self._behaviour(container.image)
        if does.unplaced is not None or does.problem is not None:
            return ContainerState(container.name, container.image, problem=does.problem)
        digest = made.digests.get(container.name)
        runs = None if digest is None else RunningImage(digest)
        age = self.now - made.born
        ready = does.gets_ready and self.now >= self._ready_at(made)
        if does.crashes_after is None:
            return ContainerState(container.name, container.image, started=True, ready=ready, runs=runs)
        cycle = does.crashes_after + self.restart_pause
        up = age % cycle < does.crashes_after
        restarts = age // cycle
        problem = None if up and ready else ContainerProblem(Cause.CRASHED, LAST_WORD)
        return ContainerState(
            container.name,
            container.image,
            started=True,
            ready=up and ready,
            restarts=restarts,
            runs=runs,
            problem=problem if restarts or not up else None,
            last_end=LAST_WORD if restarts or not up else "",
        )


def not_found(image: str) -> ContainerProblem:
    """What a node says of an image that its registry does not have."""
    return ContainerProblem(Cause.IMAGE_NOT_FOUND, f'failed to pull "{image}": not found')
