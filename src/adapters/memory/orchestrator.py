"""An orchestrator in memory: its rollouts take time on the given clock, and can fail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Final

from watch_cluster.application.ports.orchestrator import ChangeConflict, OrchestratorError
from watch_cluster.application.ports.timing import Clock
from watch_cluster.domain import annotation
from watch_cluster.domain.image import ImageReference, InvalidImageReference
from watch_cluster.domain.namespace import surrounded
from watch_cluster.domain.platform import Node
from watch_cluster.domain.running import Running, RunningImage
from watch_cluster.domain.workload import Change, Container, Progress, Workload, WorkloadKey

DEFAULT_DEADLINE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What an image does when it is rolled out: how long all instances take, and whether they ever get ready."""

    takes: timedelta = timedelta(seconds=20)
    gets_ready: bool = True


@dataclass(slots=True)
class _Running:
    """A workload with what the orchestrator alone knows of it."""

    workload: Workload
    replicas: int
    deadline: timedelta | None
    rolled_at: datetime
    first: bool = True
    pulled: bool = True
    shown: Workload | None = field(default=None)
    unverifiable: str | None = None
    digests: dict[str, str | None] = field(default_factory=dict)
    """What the instances run, by container; None where nothing tells."""


class InMemoryOrchestrator:
    """Implements the port `Orchestrator` and lets a test or the demo play the people who own the workloads.

    Time passes when the clock moves, and is noticed at `settle`, which tells of every workload that looks different
    since the last time. Safe for threads. `pull` gives the digest of an image that has none, as instances are started.
    """

    def __init__(
        self,
        clock: Clock,
        behaviours: Mapping[str, Behaviour] | None = None,
        pull: Callable[[ImageReference], str | None] | None = None,
        own: str = "watch-cluster",
    ) -> None:
        self.machines: tuple[Node, ...] | None = None
        """The machines of the cluster; None when they are not known."""
        self.own = own
        """The namespace whose freeze counts everywhere."""
        self._clock = clock
        self._pull = pull or _pull_nothing
        self._behaviours: dict[str, Behaviour] = dict(behaviours or {})
        self._lock = RLock()
        self._running: dict[WorkloadKey, _Running] = {}
        self._changed: Callable[[WorkloadKey], None] | None = None
        self._namespaces: dict[str, dict[str, str]] = {}
        self._born = 0
        self.fault: OrchestratorError | None = None
        """While set, every change fails with it."""

    def behave(self, image: str, behaviour: Behaviour) -> None:
        """Say what the image does from its next rollout on."""
        with self._lock:
            self._behaviours[image] = behaviour

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
            nothing = Progress(observed=True, desired=replicas, updated=replicas, available=replicas, outdated=0)
            workload = Workload(key, uid, tuple(containers), nothing, now, dict(written or {}))
            self._running[key] = _Running(workload, replicas, deadline, now, unverifiable=unverifiable)
            self._start_instances(self._running[key])
        self.settle()

    def annotate(self, key: WorkloadKey, written: Mapping[str, str | None]) -> None:
        """Set annotations by a person's hand; None removes."""
        with self._lock:
            workload = self._running[key].workload
            kept = {name: value for name, value in {**workload.annotations, **written}.items() if value is not None}
            self._running[key].workload = replace(workload, annotations=kept, touched=self._clock.now())
        self.settle()

    def annotate_namespace(self, name: str, written: Mapping[str, str | None]) -> None:
        """Set annotations of a namespace by a person's hand; None removes."""
        with self._lock:
            merged = {**self._namespaces.get(name, {}), **written}
            self._namespaces[name] = {key: value for key, value in merged.items() if value is not None}
        self.settle()

    def freeze(self, namespace: str, reason: str | None) -> None:
        """Annotate the namespace."""
        self.annotate_namespace(namespace, {annotation.FREEZE: reason})

    def pause(self, key: WorkloadKey, *, paused: bool) -> None:
        """Have the workload's rollouts stand still, or go on."""
        with self._lock:
            self._running[key].workload = replace(self._running[key].workload, paused=paused)
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

    def set_image(self, key: WorkloadKey, container: str, image: str) -> None:
        """Set an image by a person's hand; it is rolled out."""
        with self._lock:
            self._roll(self._running[key], {container: image})
            self._running[key].workload = replace(self._running[key].workload, touched=self._clock.now())
        self.settle()

    def scale(self, key: WorkloadKey, replicas: int) -> None:
        """Have another number of instances, at once."""
        with self._lock:
            running = self._running[key]
            running.replicas = replicas
            if running.first:
                there = Progress(observed=True, desired=replicas, updated=replicas, available=replicas, outdated=0)
                running.workload = replace(running.workload, progress=there)
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
        with self._lock:
            for key, running in self._running.items():
                running.workload = replace(running.workload, progress=self._progress(running))
                if running.workload.progress.complete and not running.pulled:
                    self._start_instances(running)
                shown = self._in_namespace(running.workload)
                if shown != running.shown:
                    running.shown = shown
                    different.append(key)
        self._tell(different)

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
            return replace(self._in_namespace(running.workload), progress=self._progress(running))

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

    def close(self) -> None:
        """Tell no more."""
        self._changed = None

    def running(self, key: WorkloadKey, container: str) -> Running | None:
        """What the instances run in that container: the old ones while new ones come up."""
        self.settle()
        with self._lock:
            running = self._running.get(key)
            if running is None or running.replicas == 0 or container not in running.digests:
                return ()
            digest = running.digests[container]
            return (RunningImage(digest) if digest is not None else None,) * running.replicas

    def _in_namespace(self, workload: Workload) -> Workload:
        return surrounded(workload, self._namespaces, self.own)

    def _roll(self, running: _Running, images: Mapping[str, str], template_digest: str | None = None) -> None:
        before = running.workload
        after = tuple(replace(each, image=images.get(each.name, each.image)) for each in before.containers)
        digest = template_digest or before.template_digest
        if (after, digest) != (before.containers, before.template_digest):
            running.workload = replace(before, containers=after, template_digest=digest)
            running.rolled_at = self._clock.now()
            running.first = False
            running.pulled = False

    def _start_instances(self, running: _Running) -> None:
        running.pulled = True
        for container in running.workload.containers:
            try:
                image = ImageReference.parse(container.image)
            except InvalidImageReference:
                running.digests.pop(container.name, None)
            else:
                running.digests[container.name] = image.digest or self._pull(image)

    def _progress(self, running: _Running) -> Progress:
        unverifiable = running.unverifiable or (None if running.replicas else "no instance is wanted")
        return replace(self._counts(running), unverifiable=unverifiable)

    def _counts(self, running: _Running) -> Progress:
        wanted = running.replicas
        if running.first:
            return replace(running.workload.progress, deadline=running.deadline)
        elapsed = self._clock.now() - running.rolled_at
        behaviours = [self._behaviours.get(each.image, Behaviour()) for each in running.workload.containers]
        if all(each.gets_ready for each in behaviours):
            takes = max(each.takes for each in behaviours)
            updated = wanted if elapsed >= takes else int(wanted * (elapsed / takes))
            return Progress(
                observed=True,
                desired=wanted,
                updated=updated,
                available=wanted,
                outdated=wanted - updated,
                deadline=running.deadline,
            )
        gave_up = running.deadline is not None and elapsed >= running.deadline
        return Progress(
            observed=True,
            desired=wanted,
            updated=min(1, wanted),
            available=wanted,
            outdated=wanted,
            stalled=f"{running.workload.key.name} has timed out progressing" if gave_up else None,
            deadline=running.deadline,
        )

    def _tell(self, keys: Iterable[WorkloadKey]) -> None:
        for key in keys:
            if self._changed is not None:
                self._changed(key)


def _is_known(workload: Workload) -> bool:
    return any(annotation.is_ours(key) for key in workload.annotations)


def _pull_nothing(_image: ImageReference) -> None:
    return None
