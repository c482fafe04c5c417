"""Checks every workload once and starts the updates that are due, for commands that do not watch."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from watch_cluster.application.check.actions.rollout_image import RolloutImage
from watch_cluster.application.check.check_for_update import Check, CheckForUpdate
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError, WorkloadReader
from watch_cluster.application.ports.orchestrator.workload_writer import WorkloadWriter
from watch_cluster.domain.policy.policy import is_opted_in
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.update.decision import Update
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, Workload


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """A check, the rollout that was started after it, and why none could be started although one was due."""

    check: Check
    rollout: RolloutRecord | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateAll:
    """Checks up to `workers` workloads at a time, and updates them one after another."""

    reader: WorkloadReader
    writer: WorkloadWriter
    check: CheckForUpdate
    rollout: RolloutImage
    clock: Clock
    workers: int

    def __call__(self) -> tuple[UpdateResult, ...]:
        """Return the results ordered by workload. The orchestrator must be loaded."""
        keys = sorted(workload.key for workload in self.reader.workloads() if is_opted_in(workload))
        now = self.clock.now()
        with ThreadPoolExecutor(self.workers) as pool:
            checks = list(pool.map(lambda key: self.check(key, now), keys))
        return tuple(self._update(check) for check in checks)

    def _update(self, check: Check) -> UpdateResult:
        updates = [decision for decision in check.decisions if isinstance(decision, Update)]
        workload = check.workload
        if workload is None or check.policy is None:
            return UpdateResult(check)
        try:
            if updates:
                present = self.reader.find(workload.key) or workload
                return UpdateResult(check, self.rollout(present, check.policy, updates, check.notes))
            self._note(workload, check.notes)
        except OrchestratorError as error:
            return UpdateResult(check, failure=str(error))
        return UpdateResult(check)

    def _note(self, workload: Workload, notes: Mapping[str, str | None]) -> None:
        if notes:
            self.writer.apply(workload.key, Change(workload.uid, notes, {annotation.ENABLED: "true"}))
