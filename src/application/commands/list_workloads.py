"""Lists the watched workloads by their annotations, without querying registries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.policy import Policy, is_opted_in
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload, WorkloadKey


@dataclass(frozen=True, slots=True)
class ListedWorkload:
    """A watched workload.

    `images` are those of the watched containers, of all when the settings are invalid. `error` is what is wrong with
    the settings, and `policy` then None. `next_check` is in UTC, None for never. `pending` are the candidates that
    wait for a person, comma-separated.
    """

    key: WorkloadKey
    images: tuple[str, ...]
    policy: Policy | None
    error: str | None
    next_check: datetime | None
    last_rollout: RolloutRecord | None
    pending: str | None
    freeze: str | None

    @property
    def quarantined(self) -> tuple[str, ...]:
        """The images in quarantine."""
        return () if self.policy is None else tuple(str(entry) for entry in self.policy.quarantine.entries)


@dataclass(frozen=True, slots=True)
class ListWorkloads:
    """Lists all watched workloads, or those of one namespace."""

    reader: WorkloadReader
    read_policy: PolicyCache
    scheduler: Scheduler
    clock: Clock

    def __call__(self, namespace: str | None = None) -> tuple[ListedWorkload, ...]:
        """Return the workloads, ordered by key. The orchestrator must be loaded."""
        now = self.clock.now()
        watched = (each for each in self.reader.workloads() if is_opted_in(each))
        chosen = (each for each in watched if namespace in {None, each.key.namespace})
        return tuple(self._listed(each, now) for each in sorted(chosen, key=lambda workload: workload.key))

    def _listed(self, workload: Workload, now: datetime) -> ListedWorkload:
        policy, error = self._policy(workload)
        next_check = None if policy is None else self.scheduler.next_after(policy.schedule, policy.zone, now)
        images = tuple(str(target.image) for target in policy.targets) if policy is not None else ()
        return ListedWorkload(
            workload.key,
            images or tuple(container.image for container in workload.containers),
            policy,
            error,
            next_check,
            RolloutRecord.of(workload),
            workload.annotations.get(annotation.PENDING),
            None if workload.freeze is None else workload.freeze.reason,
        )

    def _policy(self, workload: Workload) -> tuple[Policy | None, str | None]:
        try:
            return self.read_policy(workload), None
        except InvalidConfiguration as error:
            return None, str(error)
