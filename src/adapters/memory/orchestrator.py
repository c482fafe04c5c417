"""An orchestrator in memory, for the demo: its rollouts take time on the given clock, and can fail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from threading import RLock
from typing import Final

from watch_cluster.adapters.memory.behavior import RESTART_PAUSE, Behavior, Template
from watch_cluster.adapters.memory.running_workload import RunningWorkload
from watch_cluster.adapters.memory.simulation import Simulation
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict
from watch_cluster.domain.images.platform import Node
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.namespace import with_namespace_settings
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Change, Container, Workload, WorkloadKey

_IN_PLACE: Final = frozenset({"StatefulSet", "DaemonSet"})
DEFAULT_DEADLINE: Final = timedelta(minutes=10)


class InMemoryOrchestrator:
    """Implements all ports of `Orchestrator`. Thread-safe.

    `settle` advances all rollouts to the current time, and reports the workloads that have changed. `behaviors` maps
    images to the behavior of their containers. `pull` returns the digest of an image without one when a replica is
    created. A freeze of the namespace `own` applies to all namespaces.
    """

    def __init__(
        self,
        clock: Clock,
        behaviors: Mapping[str, Behavior] | None = None,
        pull: Callable[[ImageReference], str | None] | None = None,
        own: str = "watch-cluster",
        restart_pause: timedelta = RESTART_PAUSE,
    ) -> None:
        self._own = own
        self._clock = clock
        self._pull = pull or _pull_nothing
        self._restart_pause = restart_pause
        self._behaviors: dict[str, Behavior] = dict(behaviors or {})
        self._lock = RLock()
        self._running: dict[WorkloadKey, RunningWorkload] = {}
        self._changed: Callable[[WorkloadKey], None] | None = None
        self._started = False
        self._namespaces: dict[str, dict[str, str]] = {}
        self._created = 0

    def behave(self, image: str, behavior: Behavior) -> None:
        """Set the behavior of the image's containers."""
        with self._lock:
            self._behaviors[image] = behavior
            self._wake_all()

    def create(
        self,
        key: WorkloadKey,
        containers: Iterable[Container],
        annotations: Mapping[str, str] | None = None,
        *,
        replicas: int = 2,
        deadline: timedelta | None = DEFAULT_DEADLINE,
        unverifiable: str | None = None,
    ) -> None:
        """Create a workload whose replicas are ready. `unverifiable` is why its rollouts cannot be verified."""
        now = self._clock.now()
        with self._lock:
            self._created += 1
            uid = hashlib.sha256(f"{key}{self._created}".encode()).hexdigest()[:12]
            simulation = Simulation(
                key.name,
                Template(tuple(containers)),
                replicas,
                self._behaviors,
                self._pull,
                now,
                in_place=key.kind in _IN_PLACE,
                ordered=key.kind == "StatefulSet",
                restart_pause=self._restart_pause,
            )
            longest = deadline if key.kind == "Deployment" else None
            running = RunningWorkload.start(key, uid, simulation, longest, dict(annotations or {}), unverifiable)
            self._running[key] = running
        self.settle()

    def annotate_namespace(self, name: str, written: Mapping[str, str | None]) -> None:
        """Set annotations of a namespace; None removes one."""
        with self._lock:
            merged = {**self._namespaces.get(name, {}), **written}
            self._namespaces[name] = {key: value for key, value in merged.items() if value is not None}
            self._wake_all()
        self.settle()

    def freeze(self, namespace: str, reason: str | None) -> None:
        """Annotate the namespace."""
        self.annotate_namespace(namespace, {annotation.FREEZE: reason})

    def image_of(self, key: WorkloadKey, container: str) -> str:
        """Return the container's image. Raises `KeyError` if it does not exist."""
        with self._lock:
            images = {spec.name: spec.image for spec in self._running[key].workload.containers}
        return images[container]

    def settle(self) -> None:
        """Advance all rollouts to the current time, and report the workloads that have changed."""
        changed: list[WorkloadKey] = []
        now = self._clock.now()
        with self._lock:
            for key, running in self._running.items():
                if running.is_settled(now):
                    continue
                running.workload = replace(running.workload, progress=running.progress(now))
                shown = self._in_namespace(running.workload), running.simulation.replicas()
                if shown != running.shown:
                    running.shown = shown
                    changed.append(key)
                running.settled = running.workload if running.simulation.steady else None
        self._report(changed)

    def ports(self) -> Orchestrator:
        """Return this orchestrator as the implementation of each port."""
        return Orchestrator(self, self, self, self, self, self)

    def workloads(self) -> Iterable[Workload]:
        """Return all workloads with an annotation of Watch-Cluster."""
        with self._lock:
            workloads = [running.workload for running in self._running.values()]
            return [self._in_namespace(workload) for workload in workloads if _is_known(workload)]

    def find(self, key: WorkloadKey) -> Workload | None:
        """Return the current workload."""
        with self._lock:
            running = self._running.get(key)
            if running is None or not _is_known(running.workload):
                return None
            now, workload = self._clock.now(), self._in_namespace(running.workload)
            return workload if running.is_settled(now) else replace(workload, progress=running.progress(now))

    def apply(self, key: WorkloadKey, change: Change) -> None:
        """Apply the change atomically."""
        with self._lock:
            running = self._running.get(key)
            if running is None or running.workload.uid != change.uid:
                raise ChangeConflict(f"{key} is gone")
            running.apply(change, self._clock.now())
        self.settle()

    def nodes(self) -> tuple[Node, ...] | None:
        """Nodes are not simulated."""
        return None

    def load(self) -> None:
        """Do nothing: memory needs no preparation."""

    def start(self, changed: Callable[[WorkloadKey], None]) -> None:
        """Start reporting changes."""
        self._changed = changed
        self._started = True

    def synced(self) -> bool:
        """Whether `start` was called."""
        return self._started

    def staleness(self) -> float:
        """Return zero: memory is never stale."""
        return 0.0

    def close(self) -> None:
        """Stop reporting changes."""
        self._changed = None

    def replicas(self, key: WorkloadKey) -> tuple[Replica, ...] | None:
        """Return the current replicas."""
        self.settle()
        with self._lock:
            running = self._running.get(key)
            return () if running is None else running.simulation.replicas()

    def revision_annotations(self, key: WorkloadKey) -> tuple[Mapping[str, str], ...]:
        """Return the annotations of a Deployment's revisions."""
        with self._lock:
            running = self._running.get(key)
            if running is None:
                raise ChangeConflict(f"{key} is gone")
            return tuple(running.revisions.values()) if key.kind == "Deployment" else ()

    def last_changed_by(self, key: WorkloadKey, container: str) -> str | None:
        """Return the last author of the image."""
        with self._lock:
            running = self._running.get(key)
            return None if running is None else running.last_authors.get(container)

    def replace(self, key: WorkloadKey, replica: Replica) -> None:
        """Delete the replica; another one is created."""
        with self._lock:
            if key in self._running:
                self._running[key].simulation.remove(replica)
        self.settle()

    def _wake_all(self) -> None:
        """Report all workloads again at the next `settle`, if they have changed."""
        for running in self._running.values():
            running.settled = None

    def _in_namespace(self, workload: Workload) -> Workload:
        return with_namespace_settings(workload, self._namespaces, self._own)

    def _report(self, keys: Iterable[WorkloadKey]) -> None:
        for key in keys:
            if self._changed is not None:
                self._changed(key)


def _is_known(workload: Workload) -> bool:
    return any(annotation.is_watch_cluster_key(key) for key in workload.annotations)


def _pull_nothing(_image: ImageReference) -> None:
    return None
