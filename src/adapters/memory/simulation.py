"""Simulates the replicas of a workload over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from watch_cluster.adapters.memory.behavior import RESTART_PAUSE, Behavior, SimulatedReplica, Template, crash_looping
from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference
from watch_cluster.domain.workload.replica import ContainerState, Replica
from watch_cluster.domain.workload.running_digests import RunningImage
from watch_cluster.domain.workload.workload import Container, Progress

Pull = Callable[[ImageReference], str | None]


@dataclass(slots=True)
class Simulation:
    """The replicas of one workload.

    `in_place` is whether an old replica is removed before its replacement is created. `ordered` is whether the rollout
    waits until every replica is ready. `max_replicas` is the quota. `restart_pause` is the delay before a terminated
    container is restarted.
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
    max_replicas: int | None = None
    last_progress: datetime | None = None
    existing: list[SimulatedReplica] = field(default_factory=list)
    count: int = 0

    def begin(self) -> None:
        """Create all replicas, ready."""
        for _ in range(self.desired):
            self._create(self.now - self._startup_time(self.template))

    def scale(self, desired: int) -> None:
        """Change the number of replicas at once."""
        settled = all(replica.template == self.template for replica in self.existing)
        self.desired = desired
        del self.existing[desired:]
        while settled and len(self.existing) < desired:
            self._create(self.now - self._startup_time(self.template))

    def roll(self, template: Template) -> None:
        """Start a rollout of the template."""
        self.template = template
        self.last_progress = self.now

    def remove(self, replica: Replica) -> None:
        """Delete the replica; `advance` replaces it."""
        self.existing = [candidate for candidate in self.existing if self._id(candidate) != replica.id]

    def advance(self, now: datetime) -> None:
        """Simulate everything until `now`."""
        while True:
            while not self.paused and self._step():
                self.last_progress = self.now
            upcoming = [moment for replica in self.existing if self.now < (moment := self._ready_at(replica)) <= now]
            if not upcoming:
                break
            self.now = min(upcoming)
        self.now = max(self.now, now)

    @property
    def steady(self) -> bool:
        """Whether the desired state is reached and will not change by itself."""
        if len(self.existing) != self.desired or self._outdated():
            return False
        behaviors = [self._behavior(container.image) for container in self.template.containers]
        if not all(behavior.is_stable for behavior in behaviors):
            return False
        return all(self._ready_at(replica) <= self.now for replica in self.existing)

    def replicas(self) -> tuple[Replica, ...]:
        """Return the current state of all replicas."""
        return tuple(self._state_of(replica) for replica in sorted(self.existing, key=lambda replica: replica.number))

    def progress(self, deadline: timedelta | None) -> Progress:
        """Return the progress of the rollout."""
        outdated = len(self._outdated())
        done = not outdated and len(self.existing) == self.desired
        late = deadline is not None and self.last_progress is not None and self.now - self.last_progress >= deadline
        return Progress(
            observed=True,
            desired=self.desired,
            updated=len(self.existing) - outdated,
            available=sum(self._state_of(replica).ready for replica in self.existing),
            outdated=outdated,
            stalled=f"{self.name} has timed out progressing" if late and not (done and self._all_ready()) else None,
            deadline=deadline,
            shortage=f"exceeded quota: no more than {self.max_replicas}" if self._is_full() and not done else None,
        )

    def _all_ready(self) -> bool:
        return all(self._state_of(replica).ready for replica in self.existing)

    def _outdated(self) -> list[SimulatedReplica]:
        return [replica for replica in self.existing if replica.template != self.template]

    def _step(self) -> bool:
        """Create or delete one replica if possible now; return whether it did."""
        outdated = self._outdated()
        unready = [replica for replica in self.existing if not self._state_of(replica).ready]
        broken = [replica for replica in unready if replica in outdated]
        if unready and (self.ordered or not broken):
            return False
        leaving = broken or self._removable(outdated)
        if leaving:
            self.existing.remove(leaving[-1])
            return True
        return self._create_if_missing(outdated)

    def _create_if_missing(self, outdated: list[SimulatedReplica]) -> bool:
        if self._is_full() or not (outdated or len(self.existing) < self.desired):
            return False
        self._create(self.now)
        return True

    def _removable(self, outdated: list[SimulatedReplica]) -> list[SimulatedReplica]:
        surplus = len(self.existing) > self.desired
        return outdated if surplus or (self.in_place and len(self.existing) == self.desired) else []

    def _is_full(self) -> bool:
        return self.max_replicas is not None and len(self.existing) >= self.max_replicas

    def _create(self, created: datetime) -> None:
        digests = {container.name: self._digest(container.image) for container in self.template.containers}
        self.existing.append(SimulatedReplica(self.count, self.template, created, digests))
        self.count += 1

    def _digest(self, image: str) -> str | None:
        try:
            reference = ImageReference.parse(image)
        except InvalidImageReference:
            return None
        return reference.digest or self.pull(reference)

    def _behavior(self, image: str) -> Behavior:
        return self.behaviors.get(image, Behavior())

    def _startup_time(self, template: Template) -> timedelta:
        """Return how long one replica takes to become ready."""
        longest = max((self._behavior(spec.image).ready_after for spec in template.containers), default=timedelta())
        return longest / max(1, self.desired)

    def _ready_at(self, replica: SimulatedReplica) -> datetime:
        return replica.created + self._startup_time(replica.template)

    def _id(self, replica: SimulatedReplica) -> str:
        return f"{self.name}-uid-{replica.number}"

    def _state_of(self, replica: SimulatedReplica) -> Replica:
        states = tuple(self._container_state(replica, container) for container in replica.template.containers)
        reasons = (self._behavior(container.image).unplaced for container in replica.template.containers)
        return Replica(
            self._id(replica),
            f"{self.name}-{replica.number}",
            states,
            ready=all(state.ready for state in states),
            digest=replica.template.digest,
            unplaced=next((reason for reason in reasons if reason), None),
            of_current_revision=replica.template == self.template,
        )

    def _container_state(self, replica: SimulatedReplica, container: Container) -> ContainerState:
        behavior = self._behavior(container.image)
        if behavior.unplaced is not None or behavior.problem is not None:
            return ContainerState(container.name, container.image, problem=behavior.problem)
        digest = replica.digests.get(container.name)
        runs = None if digest is None else RunningImage(digest)
        ready = behavior.gets_ready and self.now >= self._ready_at(replica)
        state = ContainerState(container.name, container.image, started=True, ready=ready, runs=runs)
        if behavior.crashes_after is None:
            return state
        cycle = behavior.crashes_after + self.restart_pause
        age = self.now - replica.created
        return crash_looping(state, restarts=age // cycle, up=age % cycle < behavior.crashes_after)
