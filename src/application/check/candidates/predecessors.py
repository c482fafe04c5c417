"""The workloads on which an image must have run before: what they show, and whether they wait for each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watch_cluster.application.check.candidates.published_image import published_image
from watch_cluster.application.ports.orchestrator.rollout_observer import RolloutObserver
from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.application.registry_queries.queries import RegistryQueries
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.policy.values.predecessor import Predecessor
from watch_cluster.domain.update.decision import Held, HoldReason, Update
from watch_cluster.domain.update.proven import ImageRollout, last_rollout_of, not_proven, standing, why_not_proven
from watch_cluster.domain.update.rejections import Rejection
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.replica import digests_running_in
from watch_cluster.domain.workload.running_digests import DigestComparison, compare_digests
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

MOST_LINKS: Final = 50
"""How many workloads of a chain are read."""


@dataclass(frozen=True, slots=True)
class Link:
    """A predecessor in the chain of a workload, `depth` steps before it, and what it shows in one line."""

    predecessor: Predecessor
    depth: int
    standing: str


@dataclass(frozen=True, slots=True)
class Predecessors:
    """Compares candidates with what the workloads of the setting `after` have run."""

    reader: WorkloadReader
    observer: RolloutObserver
    read_policy: PolicyReader

    def rejection(self, policy: Policy, update: Update, registry: RegistryQueries, now: datetime) -> Rejection | None:
        """Reject a candidate that has not proven itself on each predecessor.

        Raises `RegistryError`, and `OrchestratorUnavailable` while it is not known what their replicas run.
        """
        if not policy.after:
            return None
        digest = update.image.digest or registry.digest(update.candidate)
        for predecessor in policy.after:
            workload = self.reader.find(predecessor.key)
            rollout = None if workload is None else last_rollout_of(workload, update.image.with_digest(digest))
            other = rollout is not None and self._runs_another(predecessor.key, rollout, update, digest, registry)
            why = why_not_proven(predecessor, workload, rollout, update.approval, now, runs_another=other)
            if why is not None:
                return not_proven(predecessor, rollout, why)
        return None

    def cycle(self, workload: Workload, policy: Policy) -> Held | None:
        """Hold a workload that waits for itself through others, which is an error of its settings."""
        for path in self._paths((workload.key,), policy):
            if path[-1].key == workload.key:
                names = " after ".join(str(each) for each in (workload.key, *(step.key for step in path)))
                message = f"{annotation.AFTER}: {names} is a cycle: remove one of them"
                return Held(HoldReason.INVALID_CONFIGURATION, message)
        return None

    def chain(self, key: WorkloadKey, policy: Policy, now: datetime) -> tuple[Link, ...]:
        """Return the predecessors, each followed by its own."""
        return tuple(
            Link(path[-1], len(path), standing(self.reader.find(path[-1].key), now))
            for path in self._paths((key,), policy)
        )

    def _paths(self, start: tuple[WorkloadKey, ...], policy: Policy) -> Iterator[tuple[Predecessor, ...]]:
        """Yield the path to each predecessor once, depth first; a cycle ends a path."""
        seen: set[WorkloadKey] = set()
        ways: list[tuple[Predecessor, ...]] = [(each,) for each in reversed(policy.after)]
        while ways and len(seen) < MOST_LINKS:
            way = ways.pop()
            key = way[-1].key
            if key in seen:
                continue
            seen.add(key)
            yield way
            if key not in start:
                ways += [(*way, each) for each in reversed(self._after(key))]

    def _after(self, key: WorkloadKey) -> tuple[Predecessor, ...]:
        """Return the predecessors of a workload, none if its settings are invalid."""
        workload = self.reader.find(key)
        if workload is None or annotation.AFTER not in workload.annotations:
            return ()
        try:
            return self.read_policy(workload).after
        except InvalidConfiguration:
            return ()

    def _runs_another(
        self, key: WorkloadKey, rollout: ImageRollout, update: Update, digest: str, registry: RegistryQueries
    ) -> bool:
        """Whether the replicas show that the tag, of which no digest is on record, stood for another image there."""
        if rollout.image.digest is not None or rollout.container is None:
            return False
        replicas = self.observer.replicas(key)
        running = () if replicas is None else digests_running_in(replicas, rollout.container)
        published = published_image(registry, update.candidate, digest, running)
        return compare_digests(running, published) is DigestComparison.CHANGED
