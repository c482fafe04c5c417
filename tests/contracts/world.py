"""An orchestrator with the people and programs that use it, for the contracts of its ports."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict
from watch_cluster.domain.workload.annotation import CHANGE
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload, WorkloadKey

USER: Final = "kubectl-set"
"""The program with which `set_image` changes an image of a Deployment."""


class World(ABC):
    """One namespace of an orchestrator. Its workloads have two replicas, and one container."""

    kind = "Deployment"
    user = USER
    """The program with which `set_image` changes an image."""

    def __init__(self, orchestrator: Orchestrator, namespace: str) -> None:
        self.orchestrator = orchestrator
        self.namespace = namespace
        self.reported: list[WorkloadKey] = []
        """What the change feed has reported."""

    @abstractmethod
    def image(self, tag: str) -> str:
        """The image of the tag `1`, `2` or `3`; all of them work."""

    @abstractmethod
    def create(self, name: str, *, enabled: bool = True) -> None:
        """Create a workload with the tag `1`."""

    @abstractmethod
    def set_image(self, name: str, tag: str) -> None:
        """Set the image with the program `USER`."""

    @abstractmethod
    def delete(self, name: str) -> None: ...

    @abstractmethod
    def permit_replacement(self) -> None:
        """Give Watch-Cluster the right to replace replicas."""

    @abstractmethod
    def eventually(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for the condition; fail with the message if it does not become true in time."""

    def start(self) -> None:
        self.orchestrator.feed.start(self.reported.append)
        self.eventually(self.orchestrator.feed.synced, "the feed is synced")

    def key(self, name: str) -> WorkloadKey:
        return WorkloadKey(self.namespace, self.kind, name)

    def container(self, name: str) -> str:  # noqa: ARG002 - other orchestrators name it after the workload
        """The name of the workload's container."""
        return "app"

    def find(self, name: str) -> Workload | None:
        return self.orchestrator.reader.find(self.key(name))

    def known(self, name: str) -> Workload:
        self.eventually(lambda: self.find(name) is not None, f"{name} is found")
        workload = self.find(name)
        assert workload is not None
        return workload

    def names(self) -> set[str]:
        found = self.orchestrator.reader.workloads()
        return {each.key.name for each in found if each.key.namespace == self.namespace}

    def started(self, name: str) -> Workload:
        """Create a workload and start the feed."""
        self.create(name)
        self.start()
        return self.known(name)

    def roll(self, name: str, before: str, after: str, change: str) -> None:
        """Change the image and the annotation `CHANGE`, for the workload as it is."""
        step = ImageChange(self.container(name), self.image(before), self.image(after))
        self.orchestrator.writer.apply(self.key(name), Change(self.known(name).uid, {CHANGE: change}, {}, (step,)))
        self.eventually(lambda: self.known(name).annotations.get(CHANGE) == change, "the change is seen")

    def roll_out(self, name: str, before: str, after: str, change: str) -> None:
        """Change the image of all replicas."""
        self.roll(name, before, after, change)

    def complete(self, name: str) -> None:
        self.eventually(lambda: self.known(name).progress.complete, f"{name} is complete")

    def replicas(self, name: str) -> tuple[Replica, ...]:
        found = self.orchestrator.observer.replicas(self.key(name))
        assert found is not None
        return found

    def recorded(self, name: str) -> set[str | None]:
        """The annotation `CHANGE` of each revision."""
        try:
            found = self.orchestrator.observer.revision_annotations(self.key(name))
        except (ChangeConflict, OrchestratorUnavailable):
            return set()
        return {each.get(CHANGE) for each in found}
