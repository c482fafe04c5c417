"""An orchestrator in memory: its rollouts take time on the given clock, and can fail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Final

from watch_cluster.adapters.memory.simulation import RESTART_PAUSE, Behavior, Simulation, Template
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.orchestrator.rollout_observer import OUR_NAME
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.domain.images.platform import Node
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.namespace import with_namespace_settings
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Change, Container, Progress, Workload, WorkloadKey

_IN_PLACE: Final = frozenset({"StatefulSet", "DaemonSet"})
DEFAULT_DEADLINE: Final = timedelta(minutes=10)


@dataclass(slots=True)
class _Running:
    """A workload with what the orchestrator alone knows of it.

    `revisions` has for each template that it had, in the order of their last use, the annotations of that time.
    """

    workload: Workload
    simulation: Simulation
    deadline: timedelta | None
    unverifiable: str | None = None
    shown: tuple[Workload, tuple[Replica, ...]] | None = None
    revisions: dict[Template, dict[str, str]] = field(default_factory=dict)
    revision: int = 0
    hands: dict[str, str] = field(default_factory=dict)
    """Who has set a container's image last, of those that are not Watch-Cluster."""
    settled: Workload | None = None
    """The workload as it was when it had come to rest."""

    def rests(self, now: datetime) -> bool:
        """Whether it is at rest, and was shown as it is."""
        if self.settled is not self.workload or not self.simulation.steady:
            return False
        self.simulation.now = max(self.simulation.now, now)
        return True

    def remember(self) -> None:
        """Note the annotations on the present revision: they are copied, and never dropped."""
        template = self.simulation.template
        if next(reversed(self.revisions), None) != template:
            self.revision += 1
            if self.workload.key.kind == "Deployment":
                self.workload = replace(self.workload, revision=str(self.revision))
        known = self.revisions.pop(template, {})
        self.revisions[template] = known | dict(self.workload.annotations)


class InMemoryOrchestrator:
    """Implements the port `Orchestrator` and lets a test or the demo play the people who own the workloads.

    Time passes when the clock moves, and is noticed at `settle`, which tells of every workload that looks different
    since the last time. Safe for threads. `pull` gives the digest of an image that has none, as instances are started.
    """

    def __init__(
        self,
        clock: Clock,
        behaviors: Mapping[str, Behavior] | None = None,
        pull: Callable[[ImageReference], str | None] | None = None,
        own: str = "watch-cluster",
        restart_pause: timedelta = RESTART_PAUSE,
    ) -> None:
        self.machines: tuple[Node, ...] | None = None
        """The machines of the cluster; None when they are not known."""
        self.own = own
        """The namespace whose freeze counts everywhere."""
        self._clock = clock
        self._pull = pull or _pull_nothing
        self._restart_pause = restart_pause
        self._behaviours: dict[str, Behavior] = dict(behaviors or {})
        self._lock = RLock()
        self._running: dict[WorkloadKey, _Running] = {}
        self._changed: Callable[[WorkloadKey], None] | None = None
        self._namespaces: dict[str, dict[str, str]] = {}
        self._born = 0
        self.fault: OrchestratorError | None = None
        """While set, every change fails with it."""
        self.may_remove = True
        """Whether Watch-Cluster has the right to remove instances."""

    def behave(self, image: str, behavior: Behavior) -> None:
        """Say what the image does from its next rollout on."""
        with self._lock:
            self._behaviours[image] = behavior
            self._wake_all()

    def create(
        self,
        key: WorkloadKey,
        containers: Iterable[Container],
        written: Mapping[str, str] | None = None,
        *,
        replicas: int = 2,
        deadline: timedelta | None = DEFAULT_DEADLINE,
        unverifiable: str | None = None,
    ) -> None:
        """Create the workload, running and complete. `written` are the annotations that its owner gives it.

        `unverifiable` is why nothing is ever proven about its rollouts.
        """
        now = self._clock.now()
        with self._lock:
            self._born += 1
            uid = hashlib.sha256(f"{key}{self._born}".encode()).hexdigest()[:12]
            ordered = key.kind == "StatefulSet"
            template = Template(tuple(containers))
            simulation = Simulation(
                key.name,
                template,
                replicas,
                self._behaviours,
                self._pull,
                now,
                in_place=key.kind in _IN_PLACE,
                ordered=ordered,
                restart_pause=self._restart_pause,
            )
            simulation.begin()
            longest = deadline if key.kind == "Deployment" else None
            workload = Workload(
                key, uid, template.containers, simulation.progress(longest), now, dict(written or {}), ordered=ordered
            )
            self._running[key] = running = _Running(workload, simulation, longest, unverifiable)
            running.remember()
        self.settle()

    def annotate(self, key: WorkloadKey, written: Mapping[str, str | None]) -> None:
        """Set annotations by a person's hand; None removes."""
        with self._lock:
            workload = self._running[key].workload
            kept = {name: value for name, value in {**workload.annotations, **written}.items() if value is not None}
            self._running[key].workload = replace(workload, annotations=kept, last_modified_by_others=self._clock.now())
            self._running[key].remember()
        self.settle()

    def annotate_namespace(self, name: str, written: Mapping[str, str | None]) -> None:
        """Set annotations of a namespace by a person's hand; None removes."""
        with self._lock:
            merged = {**self._namespaces.get(name, {}), **written}
            self._namespaces[name] = {key: value for key, value in merged.items() if value is not None}
            self._wake_all()
        self.settle()

    def freeze(self, namespace: str, reason: str | None) -> None:
        """Annotate the namespace."""
        self.annotate_namespace(namespace, {annotation.FREEZE: reason})

    def pause(self, key: WorkloadKey, *, paused: bool) -> None:
        """Have the workload's rollouts stand still, or go on."""
        with self._lock:
            self._running[key].workload = replace(self._running[key].workload, paused=paused)
            self._running[key].simulation.paused = paused
        self.settle()

    def set_owner(self, key: WorkloadKey, owner: str | None) -> None:
        """Have another object control the workload."""
        with self._lock:
            self._running[key].workload = replace(self._running[key].workload, owner=owner)
        self.settle()

    def set_pull_secrets(self, key: WorkloadKey, names: tuple[str, ...]) -> None:
        """Have the workload name pull secrets of its own."""
        with self._lock:
            self._running[key].workload = replace(self._running[key].workload, pull_secrets=names)
        self.settle()

    def set_image(self, key: WorkloadKey, container: str, image: str, hand: str = "kubectl-set") -> None:
        """Set an image by the hand of a person or program; it is rolled out."""
        with self._lock:
            running = self._running[key]
            self._roll(running, {container: image})
            running.hands[container] = hand
            running.workload = replace(running.workload, last_modified_by_others=self._clock.now())
            running.remember()
        self.settle()

    def undo(self, key: WorkloadKey) -> None:
        """Go back to the template before, as `kubectl rollout undo` does; a Deployment gets its old annotations too."""
        with self._lock:
            running = self._running[key]
            before = list(running.revisions)[-2]
            running.simulation.advance(self._clock.now())
            running.simulation.roll(before)
            old = running.revisions[before]
            annotations = old if key.kind == "Deployment" else running.workload.annotations
            running.hands = {each.name: "kubectl-rollout" for each in before.containers}
            running.workload = replace(
                running.workload,
                containers=before.containers,
                template_digest=before.digest,
                annotations=dict(annotations),
                last_modified_by_others=self._clock.now(),
            )
            running.remember()
        self.settle()

    def scale(self, key: WorkloadKey, replicas: int) -> None:
        """Have another number of instances, at once."""
        with self._lock:
            self._running[key].simulation.scale(replicas)
            self._running[key].settled = None
        self.settle()

    def limit(self, namespace: str, most: int | None) -> None:
        """Have room for so many instances of each workload in the namespace, for any number when it is None."""
        with self._lock:
            for key, running in self._running.items():
                if key.namespace == namespace:
                    running.simulation.advance(self._clock.now())
                    running.simulation.max_replicas = most
        self.settle()

    def image_of(self, key: WorkloadKey, container: str) -> str:
        """The image that the container has, whoever set it. Raises `KeyError` for what does not exist."""
        with self._lock:
            return {each.name: each.image for each in self._running[key].workload.containers}[container]

    def delete(self, key: WorkloadKey) -> None:
        """Delete the workload."""
        with self._lock:
            del self._running[key]
        self._tell([key])

    def settle(self) -> None:
        """Bring every rollout to where the clock says it is, and tell of what changed."""
        different: list[WorkloadKey] = []
        now = self._clock.now()
        with self._lock:
            for key, running in self._running.items():
                if running.rests(now):
                    continue
                running.workload = replace(running.workload, progress=self._progress(running))
                shown = self._in_namespace(running.workload), running.simulation.replicas()
                if shown != running.shown:
                    running.shown = shown
                    different.append(key)
                running.settled = running.workload if running.simulation.steady else None
        self._tell(different)

    def ports(self) -> Orchestrator:
        """All ports of the orchestrator; it implements each of them."""
        return Orchestrator(self, self, self, self, self, self)

    def workloads(self) -> Iterable[Workload]:
        """Every workload that carries an annotation of ours."""
        with self._lock:
            return [self._in_namespace(each.workload) for each in self._running.values() if _is_known(each.workload)]

    def find(self, key: WorkloadKey) -> Workload | None:
        """The workload as it is."""
        with self._lock:
            running = self._running.get(key)
            if running is None or not _is_known(running.workload):
                return None
            shown = self._in_namespace(running.workload)
            return shown if running.rests(self._clock.now()) else replace(shown, progress=self._progress(running))

    def apply(self, key: WorkloadKey, change: Change) -> None:
        """Make the change, all of it or nothing, as the port says."""
        with self._lock:
            if self.fault is not None:
                raise self.fault
            running = self._running.get(key)
            if running is None or running.workload.uid != change.uid:
                raise ChangeConflict(f"{key} is gone")
            workload = running.workload
            for name, value in change.expected.items():
                if workload.annotations.get(name) != value:
                    raise ChangeConflict(f"{key}: annotation {name} has changed")
            for step in change.images:
                if workload.image_of(step.container) != step.before:
                    raise ChangeConflict(f"{key}: the image of container {step.container} has changed")
            self._roll(running, {step.container: step.after for step in change.images}, change.template_digest)
            merged = {**workload.annotations, **change.annotations}
            kept = {name: value for name, value in merged.items() if value is not None}
            running.workload = replace(running.workload, annotations=kept)
            for step in change.images:
                running.hands[step.container] = OUR_NAME
            running.remember()
        self.settle()

    def nodes(self) -> tuple[Node, ...] | None:
        """The machines that a test or the demo has put there."""
        return self.machines

    def load(self) -> None:
        """Look: memory needs no preparation."""

    def start(self, changed: Callable[[WorkloadKey], None]) -> None:
        """Begin to tell of changes."""
        self._changed = changed

    def synced(self) -> bool:
        """Memory is always in step with itself."""
        return True

    def staleness(self) -> float:
        """Memory is always heard of."""
        return 0.0

    def close(self) -> None:
        """Tell no more."""
        self._changed = None

    def replicas(self, key: WorkloadKey) -> tuple[Replica, ...] | None:
        """The instances that are there."""
        self.settle()
        with self._lock:
            running = self._running.get(key)
            return () if running is None else running.simulation.replicas()

    def revision_annotations(self, key: WorkloadKey) -> tuple[Mapping[str, str], ...]:
        """The annotations of a Deployment's revisions."""
        with self._lock:
            running = self._running.get(key)
            if running is None:
                raise ChangeConflict(f"{key} is gone")
            return tuple(running.revisions.values()) if key.kind == "Deployment" else ()

    def last_changed_by(self, key: WorkloadKey, container: str) -> str | None:
        """Who has set the image last."""
        with self._lock:
            running = self._running.get(key)
            return None if running is None else running.hands.get(container)

    def replace(self, key: WorkloadKey, replica: Replica) -> None:
        """Remove the instance; another one is made."""
        if not self.may_remove:
            raise ChangeRejected("nobody gave us the right to")
        with self._lock:
            if key in self._running:
                self._running[key].simulation.remove(replica)
        self.settle()

    def _wake_all(self) -> None:
        """What all of them show may be different now."""
        for running in self._running.values():
            running.settled = None

    def _in_namespace(self, workload: Workload) -> Workload:
        return with_namespace_settings(workload, self._namespaces, self.own)

    def _roll(self, running: _Running, images: Mapping[str, str], template_digest: str | None = None) -> None:
        before = running.workload
        after = tuple(replace(each, image=images.get(each.name, each.image)) for each in before.containers)
        template = Template(after, template_digest or before.template_digest)
        if template != running.simulation.template:
            running.workload = replace(before, containers=after, template_digest=template.digest)
            running.simulation.advance(self._clock.now())
            running.simulation.roll(template)

    def _progress(self, running: _Running) -> Progress:
        running.simulation.advance(self._clock.now())
        unverifiable = running.unverifiable or (None if running.simulation.desired else "no replica is wanted")
        return replace(running.simulation.progress(running.deadline), unverifiable=unverifiable)

    def _tell(self, keys: Iterable[WorkloadKey]) -> None:
        for key in keys:
            if self._changed is not None:
                self._changed(key)


def _is_known(workload: Workload) -> bool:
    return any(annotation.is_ours(key) for key in workload.annotations)


def _pull_nothing(_image: ImageReference) -> None:
    return None
