"""The loop of the running process: what changed is looked at, what is due is checked, while this process leads."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Condition
from typing import Final

import structlog

from watch_cluster.application.check.act_on_check import ActOnCheck
from watch_cluster.application.check.answer_check_now import AnswerCheckNow
from watch_cluster.application.check.check_for_update import CheckForUpdate
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.metrics import Metrics
from watch_cluster.application.ports.notifier import NotifierUnavailable
from watch_cluster.application.ports.orchestrator import (
    ChangeConflict,
    ChangeRejected,
    Orchestrator,
    OrchestratorUnavailable,
)
from watch_cluster.application.ports.tracing import Tracing
from watch_cluster.application.reconcile.deliver_notifications import DeliverNotifications
from watch_cluster.application.reconcile.detect_deployment import DetectDeployment, Detection
from watch_cluster.application.reconcile.follow_rollout import FollowRollout
from watch_cluster.application.reconcile.manual_change import HandleManualChange
from watch_cluster.application.state.check_schedule import LATEST_MAKE_UP, CheckSchedule
from watch_cluster.application.state.clock_watch import ClockWatch
from watch_cluster.application.state.delay_queue import DelayQueue
from watch_cluster.application.state.fleet_state import FleetState
from watch_cluster.domain.rollout.evaluation import InProgress
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.rollout.transition import Transition
from watch_cluster.domain.update.decision import Decision, Held, HoldReason, UpToDate
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.controller.check_summary import CheckSummary
from watch_cluster.entrypoints.controller.executors import Executor
from watch_cluster.entrypoints.controller.rate_limited_logger import RateLimitedLogger
from watch_cluster.entrypoints.controller.work_queue import Task, WorkQueue

FIRST_RETRY: Final = timedelta(seconds=1)
LONGEST_RETRY: Final = timedelta(minutes=1)
REMINDER: Final = timedelta(hours=1)
"""How often an owner is told again that a workload cannot be updated as it is written."""
OLDEST_ANSWER: Final = timedelta(minutes=1)
"""How old what a registry has told others may be for a check that had to wait."""
LOOKING_ROUND: Final = timedelta(seconds=0.5)
"""How often the loop looks at the lead and the clock when nothing wakes it."""


@dataclass(frozen=True, slots=True)
class UseCases:
    """What the controller lets happen."""

    fleet: FleetState
    detect: DetectDeployment
    respect: HandleManualChange
    check: CheckForUpdate
    act: ActOnCheck
    answer: AnswerCheckNow
    follow: FollowRollout
    report: DeliverNotifications


class Controller:
    """Wakes the use cases. It decides nothing and may forget everything: all of it is found again by looking."""

    def __init__(
        self,
        orchestrator: Orchestrator,
        leadership: Leadership,
        check_schedule: CheckSchedule,
        use_cases: UseCases,
        clock: Clock,
        executors: dict[Task, Executor],
        metrics: Metrics,
        tracing: Tracing,
    ) -> None:
        self._orchestrator = orchestrator
        self._leadership = leadership
        self._timetable = check_schedule
        self._use_cases = use_cases
        self._clock = clock
        self._work = WorkQueue(self._perform, executors, self._party)
        self._wake = Condition()
        self._hints: set[WorkloadKey] = set()
        self._later: dict[Task, DelayQueue[float]] = {task: DelayQueue() for task in Task}
        self._attempts: dict[tuple[WorkloadKey, Task], int] = {}
        self._troubled: set[WorkloadKey] = set()
        """Those whose registry had trouble at their last check."""
        self._stopping = False
        self._acting = False
        self._turned = clock.monotonic()
        self._unseen: set[WorkloadKey] = set()
        self._clock_watch = ClockWatch(clock)
        self._metrics = metrics
        self._tracing = tracing
        self._tally = CheckSummary()
        self._log = structlog.get_logger()
        self._shared_log = RateLimitedLogger(clock.monotonic)

    def start(self) -> None:
        """Begin to observe and to seek the lead."""
        self._orchestrator.start(self._changed)
        self._leadership.start()

    def run(self) -> None:
        """Take turns until `stop`; then finish what is being done, for some seconds at most."""
        while not self._stopping:
            self.turn()
            with self._wake:
                if not self._hints and not self._stopping:
                    self._wake.wait(self._rest().total_seconds())

    def stop(self) -> None:
        """Have `run` come back. May be called from a signal handler's thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()

    def close(self, patience: timedelta = timedelta(seconds=5)) -> None:
        """Let running work end, give the lead back, stop observing."""
        self._work.clear()
        if not self._work.wait_idle(patience.total_seconds()):
            self._log.warning("stopped before all work had ended; it is taken up by whoever leads next")
        self._note_tick()
        self._leadership.close()
        self._orchestrator.close()

    def turn(self) -> None:
        """Do all that is to be done now, without waiting for it."""
        self._turned = self._clock.monotonic()
        self._heed_clock()
        if self._leadership.leads() and self._orchestrator.synced():
            if not self._acting:
                self._take_over()
            self._hand_out()
            self._note_tick()
            self._sum_up()
            return
        if self._acting:
            self._stand_by()
        with self._wake:
            # Whoever takes over looks at everything.
            self._hints.clear()

    def since_turn(self) -> float:
        """Count the seconds since the last turn began."""
        return self._clock.monotonic() - self._turned

    def measure(self) -> None:
        """Have what the process is at be measured."""
        gauge = self._metrics.gauge
        gauge("watch_cluster_leader", "1 while this process leads and acts", lambda: self.acting)
        gauge("watch_cluster_workloads", "Workloads that are watched, as the leader knows them", self._watched)
        gauge("watch_cluster_rollouts_in_flight", "Rollouts in flight", self._use_cases.fleet.slots.taken)
        gauge("watch_cluster_queue_depth", "Workloads for which something is to be done now", self._work.depth)
        gauge("watch_cluster_tick_lag_seconds", "How long the oldest check is due that is not done", self._lag)
        gauge("watch_cluster_unheard_seconds", "How long nothing was heard of some part of the cluster", self.staleness)

    def _watched(self) -> float:
        return len(self._timetable) if self._acting else 0

    def _lag(self) -> float:
        return self._timetable.lag(self._clock.now()).total_seconds() if self._acting else 0

    def staleness(self) -> float:
        """Count the seconds since the cluster was last heard of in all its parts."""
        return self._orchestrator.staleness()

    def ready(self) -> bool:
        """Whether the cluster was read once, so that this process could act if it led."""
        return self._orchestrator.synced()

    @property
    def acting(self) -> bool:
        """Whether this process leads, and has taken over."""
        return self._acting

    @property
    def idle(self) -> bool:
        """Whether nothing is being done or waits to be done now."""
        with self._wake:
            return not self._hints and self._work.idle()

    def _heed_clock(self) -> None:
        jump = self._clock_watch.jump()
        if jump is None:
            return
        back = jump < timedelta()
        if back:
            self._timetable.clock_was_set_back(self._clock.now())
        direction = "back" if back else "forward"
        self._log.warning(
            f"the system's clock was set {direction}: schedules go on from the new time", by=str(abs(jump))
        )

    def _take_over(self) -> None:
        now = self._clock.now()
        tick = self._leadership.finished_tick()
        self._timetable.begin(max(min(tick, now), now - LATEST_MAKE_UP) if tick is not None else now)
        workloads = self._use_cases.fleet.take()
        with self._wake:
            self._hints.update(workloads)
            self._unseen = set(workloads)
        self._acting = True
        self._log.info("leading", workloads=len(workloads), since=tick.isoformat() if tick else None)

    def _stand_by(self) -> None:
        self._acting = False
        self._work.clear()
        self._use_cases.fleet.drop()
        with self._wake:
            self._later = {task: DelayQueue() for task in Task}
            self._attempts.clear()
            self._troubled.clear()
        self._log.info("standing by")

    def _hand_out(self) -> None:
        now = self._clock.monotonic()
        with self._wake:
            looks, self._hints = self._hints, set()
            looks.update(key for key, _ in self._later[Task.RECONCILE].pop_until(now))
            checks = [key for key, _ in self._later[Task.CHECK].pop_until(now)]
        self._work.add(looks, Task.RECONCILE)
        self._work.add(checks, Task.CHECK)
        self._work.add(self._timetable.take_due(self._clock.now()), Task.CHECK)

    def _note_tick(self) -> None:
        """The tick moves once every workload of the take-over has its schedule, and not before."""
        if self._acting and not self._unseen:
            self._leadership.finish_tick(self._timetable.advance_tick(self._clock.now()))

    def _sum_up(self) -> None:
        """Tell in one line what the checks came to, once none of them is open."""
        if self._timetable.open_checks():
            return
        taken = self._tally.take()
        if taken is not None:
            self._log.info("checked", **taken)

    def _rest(self) -> timedelta:
        rests = [LOOKING_ROUND]
        due = self._timetable.next_due()
        if due is not None:
            rests.append(due - self._clock.now())
        for agenda in self._later.values():
            later = agenda.next()
            if later is not None:
                rests.append(timedelta(seconds=later - self._clock.monotonic()))
        return max(timedelta(), min(rests))

    def _changed(self, key: WorkloadKey) -> None:
        with self._wake:
            self._hints.add(key)
            self._wake.notify_all()

    def _party(self, key: WorkloadKey) -> Hashable:
        """Namespaces take turns, and in each those that wait for a registry in trouble with those that do not."""
        return key.namespace, key in self._troubled

    def _perform(self, key: WorkloadKey, task: Task) -> None:
        if not self._leadership.leads():
            return
        log = self._log.bind(workload=str(key))
        began = self._clock.now()
        try:
            with self._tracing.piece(task.name.lower(), key):
                if task is Task.RECONCILE:
                    self._look(key, log)
                else:
                    self._check(key, log)
        except (OrchestratorUnavailable, NotifierUnavailable, ChangeConflict, ChangeRejected) as error:
            again = self._put_off(key, task)
            # A change that is refused concerns its workload alone.
            trouble = (task, type(error), key if isinstance(error, ChangeRejected) else None)
            self._shared_log.warn(
                log, "put off", trouble, task=task.name.lower(), why=str(error), until=again.isoformat()
            )
        except Exception:
            # A defect of ours met by one workload must not stop the others.
            log.exception("failed", task=task.name.lower(), until=self._put_off(key, task).isoformat())
        else:
            self._attempts.pop((key, task), None)
        finally:
            if task is Task.CHECK:
                slots = self._use_cases.fleet.slots
                slots.finish(key)
                # Who waits for a slot has not been checked yet, for whoever leads after us.
                if not slots.waits(key):
                    self._timetable.finish(key, began)
            else:
                with self._wake:
                    self._unseen.discard(key)
            called = self._use_cases.fleet.slots.call()
            if called:
                self._work.add(called, Task.CHECK)

    def _look(self, key: WorkloadKey, log: structlog.stdlib.BoundLogger) -> None:
        self._use_cases.fleet.see(key)
        self._trace_rollout(key)
        followed = self._use_cases.follow(key)
        if isinstance(followed, Transition):
            record = followed.record
            if record.ended is not None:
                self._tracing.ended(record)
                seconds = max(0.0, (record.ended - record.started).total_seconds())
                self._metrics.rollout_ended(record.state.value, seconds)
            log.info(
                "rolling back" if record.running else "rollout ended", rollout=record.id, why=followed.event.message
            )
        pauses = [followed.pause] if isinstance(followed, InProgress) else []
        self._use_cases.respect(key)
        pause = self._use_cases.report(key)
        if pause is not None:
            pauses.append(pause)
        detection = self._use_cases.detect(key)
        if detection is Detection.MISCONFIGURED:
            pauses.append(REMINDER)
        with self._wake:
            if pauses:
                self._later[Task.RECONCILE].put(key, self._clock.monotonic() + min(pauses).total_seconds())
            else:
                self._later[Task.RECONCILE].drop(key)
        if detection is Detection.CHECK_DUE:
            self._work.add([key], Task.CHECK)
        elif detection is not Detection.WATCHED:
            self._troubled.discard(key)
            with self._wake:
                self._later[Task.CHECK].drop(key)

    def _trace_rollout(self, key: WorkloadKey) -> None:
        workload = self._orchestrator.find(key)
        record = None if workload is None else RolloutRecord.of(workload)
        if record is not None and record.running:
            self._tracing.belongs_to(record)

    def _check(self, key: WorkloadKey, log: structlog.stdlib.BoundLogger) -> None:
        check = self._use_cases.check(key, self._due(key))
        kinds = [_kind(each) for each in check.decisions]
        self._metrics.checked(kinds)
        self._tally.count(kinds)
        holds = {each.reason for each in check.decisions if isinstance(each, Held)}
        if any(each.is_registry_trouble for each in holds):
            self._troubled.add(key)
        else:
            self._troubled.discard(key)
        for decision in check.decisions:
            if isinstance(decision, UpToDate):
                log.debug("up to date", container=decision.container, image=str(decision.current))
            elif isinstance(decision, Held):
                # Its owner is told once, as an event; this is for whoever looks closely.
                log.debug("held back", reason=decision.reason.value, why=decision.message)
        record = self._use_cases.act(check)
        if record is not None:
            self._tracing.belongs_to(record)
            log.info("rollout started", change=record.change, rollout=record.id)
        self._use_cases.answer(check)
        self._timetable.hold_for_window(key, held=HoldReason.OUTSIDE_WINDOW in holds, now=self._clock.now())

    def _due(self, key: WorkloadKey) -> datetime | None:
        """Since when the workload is to be checked: no answer counts that is much older, however long it has waited."""
        since = self._timetable.open_since(key)
        return None if since is None else max(since, self._clock.now() - OLDEST_ANSWER)

    def _put_off(self, key: WorkloadKey, task: Task) -> datetime:
        with self._wake:
            attempts = self._attempts.get((key, task), 0)
            self._attempts[key, task] = attempts + 1
            pause: timedelta = min(FIRST_RETRY * 2 ** min(attempts, 16), LONGEST_RETRY)
            self._later[task].put(key, self._clock.monotonic() + pause.total_seconds())
        return self._clock.now() + pause


def _kind(decision: Decision) -> str:
    """Name a decision as metrics and sums do."""
    if isinstance(decision, Held):
        return decision.reason.value
    return "up to date" if isinstance(decision, UpToDate) else "update"
