"""The orchestrator in memory, with users who change workloads and faults that a test injects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from watch_cluster.adapters.memory.orchestrator import InMemoryOrchestrator
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeRejected
from watch_cluster.domain.images.platform import Node
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Change, ManagedFromGit, WorkloadKey


class FakeOrchestrator(InMemoryOrchestrator):
    """Adds what users do, and what the ports of the orchestrator refuse."""

    machines: tuple[Node, ...] | None = None
    """The nodes; None if they are unknown."""
    fault: OrchestratorError | None = None
    """While set, every change fails with it."""
    may_remove = True
    """Whether Watch-Cluster has the permission to replace replicas."""

    def nodes(self) -> tuple[Node, ...] | None:
        return self.machines

    def apply(self, key: WorkloadKey, change: Change) -> None:
        if self.fault is not None:
            raise self.fault
        super().apply(key, change)

    def replace(self, key: WorkloadKey, replica: Replica) -> None:
        if not self.may_remove:
            raise ChangeRejected("no permission to replace replicas")
        super().replace(key, replica)

    def annotate(self, key: WorkloadKey, written: Mapping[str, str | None]) -> None:
        """Set annotations; None removes one."""
        with self._lock:
            workload = self._running[key].workload
            kept = {name: value for name, value in {**workload.annotations, **written}.items() if value is not None}
            self._running[key].workload = replace(workload, annotations=kept, last_modified_by_others=self._clock.now())
            self._running[key].record_revision()
        self.settle()

    def pause(self, key: WorkloadKey, *, paused: bool) -> None:
        """Pause or resume the workload."""
        with self._lock:
            self._running[key].workload = replace(self._running[key].workload, paused=paused)
            self._running[key].simulation.paused = paused
        self.settle()

    def set_owner(self, key: WorkloadKey, owner: str | None) -> None:
        """Set the object that controls the workload."""
        with self._lock:
            self._running[key].workload = replace(self._running[key].workload, owner=owner)
        self.settle()

    def set_manager(self, key: WorkloadKey, manager: ManagedFromGit | None) -> None:
        """Have another tool apply the workload from Git."""
        with self._lock:
            self._running[key].workload = replace(self._running[key].workload, managed_from_git=manager)
        self.settle()

    def set_pull_secrets(self, key: WorkloadKey, names: tuple[str, ...]) -> None:
        """Set the workload's pull secrets."""
        with self._lock:
            self._running[key].workload = replace(self._running[key].workload, pull_secrets=names)
        self.settle()

    def set_image(self, key: WorkloadKey, container: str, image: str, author: str = "kubectl-set") -> None:
        """Set an image as another program, which rolls it out."""
        with self._lock:
            running = self._running[key]
            running.roll(self._clock.now(), {container: image})
            running.last_authors[container] = author
            running.workload = replace(running.workload, last_modified_by_others=self._clock.now())
            running.record_revision()
        self.settle()

    def undo(self, key: WorkloadKey) -> None:
        """Restore the previous template as `kubectl rollout undo` does; for a Deployment also its annotations."""
        with self._lock:
            running = self._running[key]
            before = list(running.revisions)[-2]
            running.simulation.advance(self._clock.now())
            running.simulation.roll(before)
            old = running.revisions[before]
            annotations = old if key.kind == "Deployment" else running.workload.annotations
            running.last_authors = {each.name: "kubectl-rollout" for each in before.containers}
            running.workload = replace(
                running.workload,
                containers=before.containers,
                template_digest=before.digest,
                annotations=dict(annotations),
                last_modified_by_others=self._clock.now(),
            )
            running.record_revision()
        self.settle()

    def scale(self, key: WorkloadKey, replicas: int) -> None:
        """Scale the workload at once."""
        with self._lock:
            self._running[key].simulation.scale(replicas)
            self._running[key].settled = None
        self.settle()

    def limit(self, namespace: str, most: int | None) -> None:
        """Limit the replicas of each workload in the namespace; None removes the limit."""
        with self._lock:
            for key, running in self._running.items():
                if key.namespace == namespace:
                    running.simulation.advance(self._clock.now())
                    running.simulation.max_replicas = most
        self.settle()

    def is_steady(self) -> bool:
        """Whether no workload will change by itself, and all were reported as they are."""
        with self._lock:
            return all(running.is_settled(self._clock.now()) for running in self._running.values())

    def delete(self, key: WorkloadKey) -> None:
        """Delete the workload."""
        with self._lock:
            del self._running[key]
        self._report([key])
