"""Emits events: each fact once, problems again every hour while they last, and what is owed until it is emitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.reporting.notifier import Notifier, NotifierUnavailable
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.workload.workload import WorkloadKey

REPEAT_AFTER_SECONDS: Final = 3600.0
MOST_OWED: Final = 16
"""How many events a workload may owe; when there are more, the oldest are dropped."""


@dataclass(frozen=True, slots=True)
class EmitEvents:
    """Emits events, and remembers in the workload's state which were emitted and which are owed."""

    notifier: Notifier
    clock: Clock
    states: WorkloadStates

    def if_new(self, event: Event) -> bool:
        """Emit the event unless it was the last one with its reason; a warning again after an hour. Say whether.

        Raises `NotifierUnavailable`; the event then counts as not emitted.
        """
        state = self.states.of(event.workload)
        now = self.clock.monotonic()
        identity, emitted_at = state.emitted.get(event.reason, ("", now))
        recent = now - emitted_at < REPEAT_AFTER_SECONDS or not event.reason.is_warning
        if identity == event.identity and recent:
            return False
        self.notifier.notify(event)
        state.emitted[event.reason] = (event.identity, now)
        return True

    def resolve(self, key: WorkloadKey, *reasons: EventReason) -> None:
        """These problems are over: when they come back, they are emitted again."""
        state = self.states.find(key)
        if state is not None:
            for reason in reasons:
                state.emitted.pop(reason, None)

    def after(self, *events: Event) -> None:
        """Emit events about something that has already been done. They are owed until the notifier takes them.

        Never raises: an action does not depend on whether it can be reported.
        """
        for event in events:
            owed = self.states.of(event.workload).owed
            if event not in owed:
                owed.append(event)
            del owed[:-MOST_OWED]
        for key in dict.fromkeys(event.workload for event in events):
            try:
                self.owed(key)
            except NotifierUnavailable:
                continue

    def owed(self, key: WorkloadKey) -> None:
        """Emit what the workload owes, in order. Raises `NotifierUnavailable`; the rest is still owed."""
        state = self.states.find(key)
        while state is not None and state.owed:
            event = state.owed[0]
            self.notifier.notify(event)
            state.sent = (*state.sent, event.identity)[-MOST_OWED:]
            del state.owed[0]
