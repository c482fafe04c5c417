"""Checks every watched workload once, without changing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watch_cluster.application.check.check_for_update import Check, CheckForUpdate
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.domain.policy.policy import is_opted_in
from watch_cluster.domain.update.decision import Decision, Held, HoldReason, Update
from watch_cluster.domain.workload.workload import WorkloadKey

_FAILURES: Final = frozenset(
    {
        HoldReason.INVALID_CONFIGURATION,
        HoldReason.REGISTRY_REFUSED,
        HoldReason.REGISTRY_UNREACHABLE,
        HoldReason.REPOSITORY_NOT_FOUND,
        HoldReason.UNAUTHORIZED,
    }
)


def _ignore(_done: int, _total: int) -> None:
    """Do nothing."""


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

    @property
    def failed(self) -> bool:
        """Whether the workload could not be checked, because of its settings or a registry."""
        return isinstance(self.decision, Held) and self.decision.reason in _FAILURES


@dataclass(frozen=True, slots=True)
class CheckAll:
    """Checks all watched workloads, up to `workers` at a time."""

    reader: WorkloadReader
    check: CheckForUpdate
    scheduler: Scheduler
    clock: Clock
    workers: int

    def __call__(
        self, namespace: str | None = None, report: Callable[[int, int], None] = _ignore
    ) -> tuple[CheckResult, ...]:
        """Return the results, of one namespace or of all, ordered by workload. The orchestrator must be loaded.

        `report` is called with the number of workloads that are checked and the number of all.
        """
        watched = (workload.key for workload in self.reader.workloads() if is_opted_in(workload))
        keys = sorted(key for key in watched if namespace in {None, key.namespace})
        now = self.clock.now()
        results: list[CheckResult] = []
        with ThreadPoolExecutor(self.workers) as pool:
            report(0, len(keys))
            for done, check in enumerate(pool.map(lambda key: self.check(key, now), keys), 1):
                results.extend(self._results(check, now))
                report(done, len(keys))
        return tuple(results)

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
