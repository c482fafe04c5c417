"""A workload in memory, with what only its orchestrator knows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self

from watch_cluster.adapters.memory.behavior import Template
from watch_cluster.adapters.memory.simulation import Simulation
from watch_cluster.application.ports.orchestrator.rollout_observer import OUR_NAME
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict
from watch_cluster.domain.workload.replica import Replica
from watch_cluster.domain.workload.workload import Change, Progress, Workload, WorkloadKey

CREATOR: Final = "kubectl-create"
"""The program that sets the first images of a workload."""


@dataclass(slots=True)
class RunningWorkload:
    """A workload and its replicas.

    `shown` is what was last reported. `revisions` maps each template, in the order of its last use, to its annotations
    of that time. `last_authors` maps containers to the program that last set their image. `settled` is the workload as
    it was when it had become steady.
    """

    workload: Workload
    simulation: Simulation
    deadline: timedelta | None
    unverifiable: str | None = None
    shown: tuple[Workload, tuple[Replica, ...]] | None = None
    revisions: dict[Template, dict[str, str]] = field(default_factory=dict)
    revision: int = 0
    last_authors: dict[str, str] = field(default_factory=dict)
    settled: Workload | None = None

    @classmethod
    def start(
        cls,
        key: WorkloadKey,
        uid: str,
        simulation: Simulation,
        deadline: timedelta | None,
        annotations: dict[str, str],
        unverifiable: str | None,
    ) -> Self:
        """Create a workload whose replicas are ready."""
        simulation.begin()
        containers, progress = simulation.template.containers, simulation.progress(deadline)
        workload = Workload(key, uid, containers, progress, simulation.now, annotations, ordered=simulation.ordered)
        running = cls(workload, simulation, deadline, unverifiable)
        running.last_authors = dict.fromkeys((spec.name for spec in containers), CREATOR)
        running.record_revision()
        return running

    def is_settled(self, now: datetime) -> bool:
        """Whether it is steady and was reported as it is."""
        if self.settled is not self.workload or not self.simulation.steady:
            return False
        self.simulation.now = max(self.simulation.now, now)
        return True

    def record_revision(self) -> None:
        """Copy the annotations to the current revision, which never loses any."""
        template = self.simulation.template
        if next(reversed(self.revisions), None) != template:
            self.revision += 1
            if self.workload.key.kind == "Deployment":
                self.workload = replace(self.workload, revision=str(self.revision))
        known = self.revisions.pop(template, {})
        self.revisions[template] = known | dict(self.workload.annotations)

    def roll(self, now: datetime, images: dict[str, str], template_digest: str | None = None) -> None:
        """Set images and start the rollout of the new template, if it differs."""
        before = self.workload
        after = tuple(replace(spec, image=images.get(spec.name, spec.image)) for spec in before.containers)
        template = Template(after, template_digest or before.template_digest)
        if template != self.simulation.template:
            self.workload = replace(before, containers=after, template_digest=template.digest)
            self.simulation.advance(now)
            self.simulation.roll(template)

    def apply(self, change: Change, now: datetime) -> None:
        """Apply a change of Watch-Cluster. Raises `ChangeConflict` if it was decided for another state."""
        self._check(change)
        self.roll(now, {step.container: step.after for step in change.images}, change.template_digest)
        merged = {**self.workload.annotations, **change.annotations}
        kept = {name: value for name, value in merged.items() if value is not None}
        self.workload = replace(self.workload, annotations=kept)
        self.last_authors |= dict.fromkeys((step.container for step in change.images), OUR_NAME)
        self.record_revision()

    def _check(self, change: Change) -> None:
        workload = self.workload
        conflict = change.conflict(workload)
        if conflict is not None:
            raise ChangeConflict(conflict)
        for name, value in change.annotations.items():
            if value is None and name not in workload.annotations:
                raise ChangeConflict(f"{workload.key} no longer has annotation {name}")

    def progress(self, now: datetime) -> Progress:
        """Return the progress of the rollout at that time."""
        self.simulation.advance(now)
        unverifiable = self.unverifiable or (None if self.simulation.desired else "no replica is desired")
        return replace(self.simulation.progress(self.deadline), unverifiable=unverifiable)
