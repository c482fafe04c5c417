"""Runs one task for one workload, and decides what is run for it next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from watch_cluster.application.check.check_workload import CheckWorkload
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected
from watch_cluster.application.ports.reporting.notifier import NotifierUnavailable
from watch_cluster.application.reconcile.detect_deployment import Detection
from watch_cluster.application.reconcile.reconcile import Reconcile
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.application.state.rollout_limiter import RolloutLimiter
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.controller.requeues import Requeues
from watch_cluster.entrypoints.controller.task_log import TaskLog
from watch_cluster.entrypoints.controller.work_queue import Task

_EXPECTED: Final = (OrchestratorUnavailable, NotifierUnavailable, ChangeConflict, ChangeRejected)


@dataclass(frozen=True, slots=True)
class TaskRunner:
    """Runs tasks while this process leads. It decides nothing about workloads: that is the use cases' part.

    `unreconciled` are the workloads that have not been reconciled since this process started leading.
    """

    leadership: Leadership
    reconcile: Reconcile
    check: CheckWorkload
    check_schedule: CheckSchedule
    limiter: RolloutLimiter
    requeues: Requeues
    clock: Clock
    log: TaskLog
    unreconciled: set[WorkloadKey] = field(default_factory=set)

    def __call__(self, key: WorkloadKey, task: Task) -> Collection[WorkloadKey]:
        """Run the task. Returns the workloads that are to be checked now, since a rollout slot became free for them.

        Never raises: a failure of one workload must not stop the others.
        """
        if not self.leadership.leads():
            return ()
        began = self.clock.now()
        checks: list[WorkloadKey] = []
        try:
            with self.log.task(key, task):
                if task is Task.CHECK:
                    self._check(key)
                elif self._reconcile(key):
                    checks.append(key)
        except _EXPECTED as error:
            self.log.requeued(key, task, error, self.requeues.back_off(key, task))
        except Exception:  # noqa: BLE001 - logged with its traceback, and tried again
            self.log.failed(key, task, self.requeues.back_off(key, task))
        if task is Task.CHECK:
            self.limiter.finish_check(key)
            # A workload that waits for a slot has not been checked yet, if another process leads after this one.
            if not self.limiter.is_waiting(key):
                self.check_schedule.finish(key, began)
        else:
            self.unreconciled.discard(key)
        return (*checks, *self.limiter.admit())

    def _reconcile(self, key: WorkloadKey) -> bool:
        """Reconcile the workload. Whether it is to be checked at once."""
        result = self.reconcile(key)
        self.log.reconciled(key, result)
        if result.detection is not Detection.WATCHED and result.detection is not Detection.CHECK_DUE:
            self.requeues.drop(key, Task.CHECK)
        if result.undelivered is not None:
            pause = self.requeues.back_off(key, Task.RECONCILE, result.requeue_after)
            self.log.requeued(key, Task.RECONCILE, result.undelivered, pause)
        else:
            self.requeues.succeeded(key, Task.RECONCILE)
            if result.requeue_after is None:
                self.requeues.drop(key, Task.RECONCILE)
            elif result.requeue_after:
                self.requeues.after(key, Task.RECONCILE, result.requeue_after)
            else:
                self.requeues.hint(key)
        return result.detection is Detection.CHECK_DUE

    def _check(self, key: WorkloadKey) -> None:
        result = self.check(key)
        self.log.checked(key, result)
        self.requeues.succeeded(key, Task.CHECK)
