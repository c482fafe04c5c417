"""Checks every watched workload once, without changing anything."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from watch_cluster.application.check.check_for_update import Check, CheckForUpdate
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.domain.policy.policy import is_opted_in
from watch_cluster.domain.update.decision import Decision, Held, Update
from watch_cluster.domain.workload.workload import WorkloadKey


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The decision for one container. `image` is its current image; `next_check` is in UTC, None for never."""

    workload: WorkloadKey
    image: str | None
    decision: Decision
    next_check: datetime | None

    @property
    def candidate(self) -> str | None:
        """The target of the update, also if the update is held."""
        update = self.decision.update if isinstance(self.decision, Held) else self.decision
        return update.target if isinstance(update, Update) else None

    @property
    def hold_message(self) -> str | None:
        """Why the update is held, None if it is not."""
        return self.decision.message if isinstance(self.decision, Held) else None


@dataclass(frozen=True, slots=True)
class CheckAll:
    """Checks all watched workloads, up to `workers` at a time."""

    reader: WorkloadReader
    check: CheckForUpdate
    scheduler: Scheduler
    clock: Clock
    workers: int

    def __call__(self) -> tuple[CheckResult, ...]:
        """Return the results ordered by workload. The orchestrator must be loaded."""
        keys = sorted(workload.key for workload in self.reader.workloads() if is_opted_in(workload))
        now = self.clock.now()
        with ThreadPoolExecutor(self.workers) as pool:
            checks = pool.map(lambda key: self.check(key, now), keys)
            return tuple(result for check in checks for result in self._results(check, now))

    def _results(self, check: Check, now: datetime) -> Iterator[CheckResult]:
        policy = check.policy
        next_check = None if policy is None else self.scheduler.next_after(policy.schedule, policy.zone, now)
        for decision in check.decisions:
            yield CheckResult(check.key, _image(check, decision), decision, next_check)


def _image(check: Check, decision: Decision) -> str | None:
    """Return the image of the decision's container, of the first container for a decision about the workload."""
    if check.workload is None:
        return None
    image = check.workload.image_of(decision.container or "")
    if image is None and check.workload.containers:
        return check.workload.containers[0].image
    return image
