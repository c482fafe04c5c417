"""Reports the state of the whole fleet: what is behind and by how much, what is held and why, what is quarantined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from watch_cluster.application.check.check_all import CheckAll, CheckResult
from watch_cluster.application.commands.list_workloads import ListedWorkload, ListWorkloads
from watch_cluster.application.ports.clock import Clock
from watch_cluster.domain.update.decision import Held, Update
from watch_cluster.domain.update.distance import Distance
from watch_cluster.domain.workload.workload import WorkloadKey


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One container. `distance` is None if no candidate is known; `reason` and `message` are None unless it is held."""

    workload: WorkloadKey
    container: str | None
    image: str | None
    candidate: str | None
    distance: Distance | None
    reason: str | None
    message: str | None

    @classmethod
    def of(cls, result: CheckResult) -> ReportRow:
        """Make the row of one result."""
        decision = result.decision
        held = decision if isinstance(decision, Held) else None
        update = held.update if held is not None else decision
        return cls(
            result.workload,
            decision.container,
            result.image,
            result.candidate,
            Distance.of(update) if isinstance(update, Update) else None,
            None if held is None else held.reason.value,
            None if held is None else held.message,
        )

    @property
    def is_up_to_date(self) -> bool:
        """Whether there is nothing to report about it."""
        return self.candidate is None and self.reason is None


@dataclass(frozen=True, slots=True)
class FleetReport:
    """All watched containers at one moment, ordered by workload. `quarantined` are workloads with such images."""

    made: datetime
    rows: tuple[ReportRow, ...]
    quarantined: tuple[ListedWorkload, ...]

    @property
    def behind(self) -> tuple[ReportRow, ...]:
        """The containers with a candidate, held or not."""
        return tuple(row for row in self.rows if row.candidate is not None)

    @property
    def held(self) -> tuple[ReportRow, ...]:
        """The containers that are held."""
        return tuple(row for row in self.rows if row.reason is not None)

    @property
    def up_to_date(self) -> int:
        """How many containers are up to date."""
        return sum(1 for row in self.rows if row.is_up_to_date)


@dataclass(frozen=True, slots=True)
class ReportFleet:
    """Checks everything once, without changing anything, and puts the results together."""

    check_all: CheckAll
    list_workloads: ListWorkloads
    clock: Clock

    def __call__(self, namespace: str | None, progress: Callable[[int, int], None]) -> FleetReport:
        """Return the report of one namespace or of all. The orchestrator must be loaded."""
        results = self.check_all(namespace, progress)
        quarantined = tuple(each for each in self.list_workloads(namespace) if each.quarantined)
        return FleetReport(self.clock.now(), tuple(ReportRow.of(each) for each in results), quarantined)
