"""The use case that acts on a check: it starts the rollout that is due, then emits events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from watch_cluster.application.check.actions.notify_holds import EMITTED_AS, NotifyHolds, subject_of
from watch_cluster.application.check.actions.propose_image import ProposeImage
from watch_cluster.application.check.actions.rollout_image import RolloutImage
from watch_cluster.application.check.check_for_update import Check
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.orchestrator.proposer import ProposalRejected
from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeConflict, ChangeRejected, WorkloadWriter
from watch_cluster.application.ports.reporting.outbox import Outbox
from watch_cluster.application.reconcile.emit_events import EmitEvents
from watch_cluster.application.reconcile.manual_change import HandleManualChange
from watch_cluster.application.state.rollout_limiter import RolloutLimiter
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.policy.values.write_back import WriteBack
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.rollout.notification import Notification
from watch_cluster.domain.rollout.record.image_changes import with_origins
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.update.decision import Decision, Held, HoldReason, Update, UpToDate
from watch_cluster.domain.update.holds import hold_for_slot, hold_unproposed
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Change, Workload

_EMITTED_ONCE: Final = frozenset({HoldReason.NOTIFY_ONLY, HoldReason.WAITING_FOR_APPROVAL})
"""Emitted again only when the annotation `pending` changes."""
_TRANSIENT: Final = frozenset({EventReason.REGISTRY_ERROR, EventReason.UPDATE_AVAILABLE, EventReason.UPDATE_HELD})


_UNWANTED: Final = frozenset({HoldReason.FAILING_ELSEWHERE, HoldReason.NOTIFY_ONLY, HoldReason.QUARANTINED})
"""The holds for which an open proposal is taken back; the others pass by themselves."""


class Outcome(Enum):
    """The outcome of acting on a check."""

    NOT_WATCHED = auto()
    """The workload is gone, opted out or misconfigured."""
    ROLLOUT_IN_PROGRESS = auto()
    """Its last rollout has not ended."""
    NOT_LEADING = auto()
    """Another process may lead by now, so nothing was written."""
    MANUAL_CHANGE = auto()
    """Somebody changed the workload manually; it will be checked again."""
    NO_UPDATE = auto()
    """There is nothing to roll out; the notes of the check were written."""
    WAITING_FOR_SLOT = auto()
    """Too many rollouts are in flight; it is checked again when one of them ends."""
    REJECTED = auto()
    """The orchestrator rejected the update."""
    STARTED = auto()
    """A rollout was started."""
    PROPOSED = auto()
    """The update is proposed, or what has become of its proposal was written."""


@dataclass(frozen=True, slots=True)
class Action:
    """The outcome of acting on a check.

    `rollout` is the record of the rollout that was started or proposed, `held` the updates that wait for a slot or
    cannot be proposed, `not_written` why the orchestrator rejects the notes of the check.
    """

    outcome: Outcome
    rollout: RolloutRecord | None = None
    held: tuple[Held, ...] = ()
    not_written: str | None = None


@dataclass(frozen=True, slots=True)
class ActOnCheck:
    """Turns the decisions for one workload into at most one rollout, and events."""

    reader: WorkloadReader
    writer: WorkloadWriter
    rollout: RolloutImage
    proposals: ProposeImage
    limiter: RolloutLimiter
    manual_changes: HandleManualChange
    emit: EmitEvents
    leadership: Leadership
    outbox: Outbox
    notify: NotifyHolds
    states: WorkloadStates

    def __call__(self, check: Check) -> Action:
        """Act on a check.

        Raises `OrchestratorUnavailable`, `ChangeConflict` or `NotifierUnavailable`: check again later.
        """
        workload, policy = check.workload, check.policy
        if workload is None or policy is None:
            return Action(Outcome.NOT_WATCHED)
        holds = [decision for decision in check.decisions if isinstance(decision, Held)]
        if any(hold.reason is HoldReason.ROLLOUT_IN_PROGRESS for hold in holds):
            return Action(Outcome.ROLLOUT_IN_PROGRESS)
        action = self._act(check, workload, policy)
        holds += action.held
        pending_changes = annotation.PENDING in check.notes
        emitted = [hold for hold in holds if pending_changes or hold.reason not in _EMITTED_ONCE]
        self.notify(workload, holds)
        self._emit(workload, emitted, action.not_written)
        self._emit_unverified(workload, check.unverified)
        return action

    def _act(self, check: Check, workload: Workload, policy: Policy) -> Action:
        # The registry may have been slow.
        if not self.leadership.leads():
            return Action(Outcome.NOT_LEADING)
        updates = [decision for decision in check.decisions if isinstance(decision, Update)]
        return self._update(check, workload, policy, updates) if updates else self._leave(check, workload)

    def _leave(self, check: Check, workload: Workload) -> Action:
        """There is nothing to update, so neither is there anything to propose."""
        unwanted = all(_is_unwanted(decision) for decision in check.decisions)
        if unwanted and self.proposals.withdraw(workload, "there is nothing to update any more"):
            return Action(Outcome.PROPOSED)
        return Action(Outcome.NO_UPDATE, not_written=self._write_notes(workload, check.notes))

    def _update(self, check: Check, workload: Workload, policy: Policy, updates: list[Update]) -> Action:
        present = self.reader.find(workload.key)
        if present is None:
            return Action(Outcome.NOT_WATCHED)
        if self.manual_changes(present):
            return Action(Outcome.MANUAL_CHANGE)
        if policy.write_back is not None:
            return self._propose(workload, policy, policy.write_back, updates, check.notes)
        if not self.limiter.acquire(workload.key):
            why = self.limiter.why_full(workload.key) or "other workloads have waited longer"
            waiting = tuple(hold_for_slot(update, why) for update in updates)
            return Action(Outcome.WAITING_FOR_SLOT, None, waiting, self._write_notes(workload, check.notes))
        return self._start(workload, policy, updates, check.notes)

    def _start(
        self, workload: Workload, policy: Policy, updates: list[Update], notes: Mapping[str, str | None]
    ) -> Action:
        try:
            if self.manual_changes.check_history(workload):
                self.limiter.release(workload.key)
                return Action(Outcome.MANUAL_CHANGE)
            record = self.rollout(workload, policy, updates, notes)
        except ChangeConflict:
            self.limiter.release(workload.key)
            raise
        except ChangeRejected as error:
            self.limiter.release(workload.key)
            images = ", ".join(update.target for update in updates)
            message = f"Could not update to {images}: {error}"
            self.emit.if_new(Event(EventReason.IMAGE_UPDATE_FAILED, workload.key, workload.uid, message, images))
            return Action(Outcome.REJECTED)
        self.states.of(workload.key).started = record.id
        self.emit.resolve(workload.key, EventReason.IMAGE_UPDATE_FAILED)
        self.outbox.put(Notification.of_start(workload.key, record))
        return Action(Outcome.STARTED, record)

    def _propose(
        self,
        workload: Workload,
        policy: Policy,
        place: WriteBack,
        updates: list[Update],
        notes: Mapping[str, str | None],
    ) -> Action:
        if self.manual_changes.check_history(workload):
            return Action(Outcome.MANUAL_CHANGE)
        try:
            record = self.proposals(workload, policy, place, updates, notes)
        except ProposalRejected as error:
            held = tuple(hold_unproposed(update, str(error)) for update in updates)
            return Action(Outcome.REJECTED, None, held, self._write_notes(workload, notes))
        return Action(Outcome.PROPOSED, record)

    def _write_notes(self, workload: Workload, notes: Mapping[str, str | None]) -> str | None:
        """Write the notes of the check. Returns why the orchestrator rejects them, None if it does not."""
        if not notes:
            return None
        try:
            self.writer.apply(workload.key, Change(workload.uid, notes, {annotation.ENABLED: "true"}))
        except ChangeRejected as error:
            return f"Could not write the result of the check: {error}"
        return None

    def _emit_unverified(self, workload: Workload, unverified: tuple[str, ...]) -> None:
        if not unverified:
            self.emit.resolve(workload.key, EventReason.IMAGE_NOT_VERIFIED)
            return
        message = "; ".join(unverified)
        self.emit.if_new(Event(EventReason.IMAGE_NOT_VERIFIED, workload.key, workload.uid, message, message))

    def _emit(self, workload: Workload, holds: list[Held], not_written: str | None) -> None:
        """Emit one event for each reason, and resolve the reasons that no longer apply."""
        facts: dict[EventReason, list[tuple[str, str]]] = {}
        for hold in holds:
            if hold.reason in EMITTED_AS:
                facts.setdefault(EMITTED_AS[hold.reason], []).append((_message(hold), subject_of(workload, hold)))
        if not_written is not None:
            facts.setdefault(EventReason.UPDATE_HELD, []).append((not_written, "notes"))
        self.emit.resolve(workload.key, *(_TRANSIENT - facts.keys()))
        for reason, together in facts.items():
            message = "; ".join(message for message, _ in together)
            subject = ",".join(subject for _, subject in together)
            self.emit.if_new(Event(reason, workload.key, workload.uid, message, subject))


def _message(hold: Held) -> str:
    """Why it is held, and where an image comes from that somebody may have to decide about."""
    if hold.update is None or EMITTED_AS[hold.reason] is not EventReason.UPDATE_AVAILABLE:
        return hold.message
    return with_origins(hold.message, (hold.update.change,))


def _is_unwanted(decision: Decision) -> bool:
    """Whether a proposal of this update has lost its purpose."""
    return isinstance(decision, UpToDate) or (isinstance(decision, Held) and decision.reason in _UNWANTED)
