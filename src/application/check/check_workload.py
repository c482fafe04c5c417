"""The use case that checks one workload: query, decide, act, complete a requested check, and remember holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from watch_cluster.application.check.actions.act_on_check import Action, ActOnCheck, Outcome
from watch_cluster.application.check.actions.complete_check_now import CompleteCheckNow
from watch_cluster.application.check.actions.propose_image import ProposeImage
from watch_cluster.application.check.check_for_update import Check, CheckForUpdate
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.application.state.fleet_state import FleetState
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.update.decision import Held, HoldReason
from watch_cluster.domain.workload.workload import WorkloadKey

OLDEST_RESPONSE: Final = timedelta(minutes=1)
"""How old a registry's response to another workload's query may be for a check that had to wait."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a check, and the action taken."""

    check: Check
    action: Action


@dataclass(frozen=True, slots=True)
class CheckWorkload:
    """Checks a workload and acts on the result."""

    reader: WorkloadReader
    proposals: ProposeImage
    check: CheckForUpdate
    act: ActOnCheck
    complete: CompleteCheckNow
    check_schedule: CheckSchedule
    fleet: FleetState
    clock: Clock
    states: WorkloadStates

    def __call__(self, key: WorkloadKey) -> CheckResult:
        """Check the workload. Raises `OrchestratorUnavailable`, `ChangeConflict` or `NotifierUnavailable`."""
        workload = self.reader.find(key)
        if workload is not None and self.proposals.carry_on(workload):
            # What was read is out of date; the reconcile that follows says what is due.
            return CheckResult(Check(key, (), workload), Action(Outcome.PROPOSED))
        due = self.check_schedule.open_since(key)
        since = None if due is None else max(due, self.clock.now() - OLDEST_RESPONSE)
        check = self.check(key, since)
        if check.workload is None:
            self.fleet.update(key, None)
            return CheckResult(check, self.act(check))
        holds = {decision.reason for decision in check.decisions if isinstance(decision, Held)}
        state = self.states.find(key)
        if state is not None:
            state.registry_failed = any(reason.is_registry_problem for reason in holds)
        action = self.act(check)
        if action.held:
            held = (each for each in check.decisions if isinstance(each, Held))
            check = replace(check, decisions=(*held, *action.held))
        self.complete(check)
        held_for_window = HoldReason.OUTSIDE_WINDOW in holds
        self.check_schedule.hold_for_window(key, held=held_for_window, now=self.clock.now())
        return CheckResult(check, action)
