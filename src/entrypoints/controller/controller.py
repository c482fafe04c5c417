"""The controller: a loop that runs what is due while this process leads."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.failure_memory import FailureMemoryUnavailable
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.orchestrator.change_feed import ChangeFeed
from watch_cluster.application.ports.reporting.metrics import Metrics
from watch_cluster.application.state.check_schedule import LATEST_MAKE_UP, CheckSchedule
from watch_cluster.application.state.clock_watch import ClockWatch
from watch_cluster.application.state.fleet_state import FleetState
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.controller.executors import Executor, FairnessKey
from watch_cluster.entrypoints.controller.requeues import Requeues, shortest
from watch_cluster.entrypoints.controller.task_runner import TaskRunner
from watch_cluster.entrypoints.controller.work_queue import Task, WorkQueue

LOOP_INTERVAL: Final = timedelta(seconds=0.5)
"""How often the loop checks leadership and the clock when nothing wakes it."""


class Controller:
    """The loop. All that it knows can be lost: it is found again by reading the workloads."""

    def __init__(
        self,
        feed: ChangeFeed,
        leadership: Leadership,
        check_schedule: CheckSchedule,
        fleet: FleetState,
        requeues: Requeues,
        run_task: TaskRunner,
        clock: Clock,
        executors: dict[Task, Executor],
        workers: Workers | None = None,
    ) -> None:
        self._workers = workers or Workers()
        self._feed = feed
        self._leadership = leadership
        self._check_schedule = check_schedule
        self._fleet = fleet
        self._requeues = requeues
        self._run_task = run_task
        self._clock = clock
        self._queue = WorkQueue(self._run, executors, self._fairness_key)
        self._clock_watch = ClockWatch(clock)
        self._stopping = False
        self._leading = False
        self._last_run = clock.monotonic()
        self._log = structlog.get_logger()

    def start(self) -> None:
        """Start watching workloads and start leader election."""
        self._feed.start(self._requeues.hint)
        self._leadership.start()

    def run(self) -> None:
        """Run the loop until `stop`."""
        self._workers.run("loop", self._step)

    def _step(self) -> bool:
        if self._stopping:
            return False
        self.run_once()
        self._requeues.wait(self._pause())
        return True

    def stop(self) -> None:
        """Have `run` return. May be called from a signal handler's thread."""
        self._stopping = True
        self._requeues.stop()

    def close(self, grace_period: timedelta = timedelta(seconds=5)) -> None:
        """Let running tasks finish, release leadership, and stop watching."""
        self._queue.clear()
        if not self._queue.wait_idle(grace_period.total_seconds()):
            self._log.warning("stopped before all tasks had finished; the next leader runs them again")
        self._finish_tick()
        self._leadership.close()
        self._feed.close()

    def run_once(self) -> None:
        """Start everything that is due now, without waiting for it."""
        self._run_due()
        self._last_run = self._clock.monotonic()

    def _run_due(self) -> None:
        self._watch_clock()
        if self._leadership.leads() and self._feed.synced():
            if not self._leading:
                self._start_leading()
            self._enqueue_due()
            self._finish_tick()
            if not self._check_schedule.open_checks():
                self._run_task.log.summarize()
            return
        if self._leading:
            self._stop_leading()
        # A process that starts leading reconciles everything.
        self._requeues.clear_hints()

    def since_last_run(self) -> float:
        """Seconds since the loop last ran without a defect."""
        return self._clock.monotonic() - self._last_run

    def staleness(self) -> float:
        """Seconds since the last watch event of the collection that has been silent longest."""
        return self._feed.staleness()

    def ready(self) -> bool:
        """Whether all workloads have been read once, so that this process could act if it led."""
        return self._feed.synced()

    def leading(self) -> bool:
        """Whether this process leads and acts."""
        return self._leading

    @property
    def idle(self) -> bool:
        """Whether nothing runs or waits to be run now."""
        return not self._requeues.has_hints() and self._queue.idle()

    def measure(self, metrics: Metrics) -> None:
        """Register the gauges of the loop."""
        gauge = metrics.gauge
        gauge("watch_cluster_leader", "1 if this replica is the leader", lambda: self._leading)
        gauge("watch_cluster_workloads", "Watched workloads, as known to the leader", self._watched)
        gauge(
            "watch_cluster_rollouts_in_flight", "Rollouts in progress that have a slot", self._fleet.limiter.in_flight
        )
        gauge("watch_cluster_rollouts_waiting", "Workloads that wait for a rollout slot", self._fleet.limiter.waiting)
        gauge("watch_cluster_queue_depth", "Workloads in the work queue", self._queue.depth)
        gauge("watch_cluster_tick_lag_seconds", "Seconds since the oldest unfinished check was due", self._lag)
        gauge(
            "watch_cluster_unheard_seconds",
            "Seconds since the last event on the quietest watch; up to a minute is normal",
            self.staleness,
        )

    def _watched(self) -> float:
        return len(self._check_schedule) if self._leading else 0

    def _lag(self) -> float:
        return self._check_schedule.lag(self._clock.now()).total_seconds() if self._leading else 0

    def _run(self, key: WorkloadKey, task: Task) -> None:
        checks = self._run_task(key, task)
        if checks:
            self._queue.add(checks, Task.CHECK)

    def _fairness_key(self, key: WorkloadKey) -> FairnessKey:
        """Namespaces take turns; within one, workloads whose registry failed take turns with the others."""
        state = self._fleet.states.find(key)
        return FairnessKey(key.namespace, state is not None and state.registry_failed)

    def _watch_clock(self) -> None:
        jump = self._clock_watch.jump()
        if jump is None:
            return
        back = jump < timedelta()
        if back:
            self._check_schedule.clock_was_set_back(self._clock.now())
        direction = "back" if back else "forward"
        self._log.warning(
            f"the system clock was set {direction}; schedules continue from the new time", by=str(abs(jump))
        )

    def _start_leading(self) -> None:
        now = self._clock.now()
        tick = self._leadership.finished_tick()
        self._check_schedule.begin(max(min(tick, now), now - LATEST_MAKE_UP) if tick is not None else now)
        workloads = self._fleet.load()
        with suppress(FailureMemoryUnavailable):  # it is tried again, and logged, by `FailureWatch`
            self._fleet.recall()
        self._run_task.unreconciled.clear()
        self._run_task.unreconciled.update(workloads)
        self._requeues.hint(*workloads)
        self._leading = True
        self._log.info("reconciling all workloads", workloads=len(workloads), since=tick.isoformat() if tick else None)

    def _stop_leading(self) -> None:
        self._leading = False
        self._queue.clear()
        self._fleet.stop_leading()
        self._requeues.clear()
        self._log.info("stopped reconciling")

    def _enqueue_due(self) -> None:
        due = self._requeues.take_due()
        self._queue.add(due[Task.RECONCILE], Task.RECONCILE)
        self._queue.add(due[Task.CHECK], Task.CHECK)
        self._queue.add(self._check_schedule.take_due(self._clock.now()), Task.CHECK)

    def _finish_tick(self) -> None:
        """Advance the tick, once every workload has been reconciled since this process started leading."""
        if self._leading and not self._run_task.unreconciled:
            self._leadership.finish_tick(self._check_schedule.advance_tick(self._clock.now()))

    def _pause(self) -> timedelta:
        due = self._check_schedule.next_due()
        return shortest([self._requeues.next_after(), None if due is None else due - self._clock.now()], LOOP_INTERVAL)
