"""Logs, counts and traces tasks, so that their code does not have to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import structlog

from watch_cluster.application.check.check_workload import CheckResult
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeRejected
from watch_cluster.application.ports.reporting.metrics import Metrics
from watch_cluster.application.ports.reporting.tracing import Tracing
from watch_cluster.application.reconcile.reconcile import ReconcileResult
from watch_cluster.domain.rollout.transition import Transition
from watch_cluster.domain.update.decision import Decision, Held, UpToDate
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.controller.check_summary import CheckSummary
from watch_cluster.entrypoints.controller.rate_limited_logger import RateLimitedLogger
from watch_cluster.entrypoints.controller.work_queue import Task

SUMMARY_SECONDS: Final = 1.0
"""Schedules fire once a second at most; only requests for checks at once make more summaries than that."""


class TaskLog:
    """Observes tasks. Safe for threads."""

    def __init__(self, metrics: Metrics, tracing: Tracing, clock: Clock) -> None:
        self._metrics = metrics
        self._tracing = tracing
        self._clock = clock
        self._summary = CheckSummary()
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger()
        self._shared = RateLimitedLogger(clock.monotonic)
        self._summarized = -math.inf

    @contextmanager
    def task(self, key: WorkloadKey, task: Task) -> Iterator[None]:
        """A task runs in this context."""
        with self._tracing.operation(task.name.lower(), key):
            yield

    def reconciled(self, key: WorkloadKey, result: ReconcileResult) -> None:
        """A workload was reconciled."""
        if result.rollout is not None:
            self._tracing.assign_to(result.rollout)
        if result.transition is not None:
            self._moved(key, result.transition)

    def _moved(self, key: WorkloadKey, transition: Transition) -> None:
        record = transition.record
        if record.ended is not None:
            self._tracing.end_rollout(record)
            seconds = max(0.0, (record.ended - record.started).total_seconds())
            self._metrics.observe_rollout(record.state.value, seconds)
        self._log.info(
            "rolling back" if record.is_open else "rollout ended",
            workload=str(key),
            rollout=record.id,
            why=transition.event.message,
        )

    def checked(self, key: WorkloadKey, result: CheckResult) -> None:
        """A workload was checked."""
        decisions = result.check.decisions
        kinds = [_kind(decision) for decision in decisions]
        self._metrics.count_check(kinds)
        self._summary.count(kinds)
        for decision in decisions:
            self._decided(key, decision)
        rollout = result.action.rollout
        if rollout is not None:
            self._tracing.assign_to(rollout)
            event = "update proposed" if rollout.proposal is not None else "rollout started"
            self._log.info(event, workload=str(key), change=rollout.change, rollout=rollout.id)

    def _decided(self, key: WorkloadKey, decision: Decision) -> None:
        # The owner gets an Event; this is for debugging.
        if isinstance(decision, UpToDate):
            self._log.debug("up to date", workload=str(key), container=decision.container, image=str(decision.current))
        elif isinstance(decision, Held):
            self._log.debug("held", workload=str(key), reason=decision.reason.value, why=decision.message)

    def requeued(self, key: WorkloadKey, task: Task, error: Exception, pause: timedelta) -> None:
        """A task could not be finished and is run again after the pause."""
        # A change that is refused concerns its workload alone; other problems may be met by many at once.
        problem = (task, type(error), key if isinstance(error, ChangeRejected) else None)
        self._shared.warning(
            self._log,
            "requeued",
            problem,
            workload=str(key),
            task=task.name.lower(),
            why=str(error),
            until=(self._clock.now() + pause).isoformat(),
        )

    def failed(self, key: WorkloadKey, task: Task, pause: timedelta) -> None:
        """A task failed on a bug; called while the exception is handled."""
        self._metrics.count_worker_error(task.name.lower())
        until = (self._clock.now() + pause).isoformat()
        self._log.exception("failed", workload=str(key), task=task.name.lower(), until=until)

    def summarize(self) -> None:
        """Log in one line what was checked since the last time, at most once a second."""
        now = self._clock.monotonic()
        if now - self._summarized < SUMMARY_SECONDS:
            return
        summary = self._summary.take()
        if summary is not None:
            self._summarized = now
            self._log.info("checked", **summary)


def _kind(decision: Decision) -> str:
    """The kind of a decision, as a metric label and a log field: `update`, `up_to_date`, or the hold reason."""
    if isinstance(decision, Held):
        return decision.reason.value.replace(" ", "_")
    return "up_to_date" if isinstance(decision, UpToDate) else "update"
