"""The port to the people and programs that want to know."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.domain.rollout.event import Event


class NotifierUnavailable(Exception):  # noqa: N818 - a kind of answer, not a defect
    """The event could not be delivered now and may be told again; one line for a person."""


class Notifier(Protocol):
    """Tells events. The same event (by its identity) may be told twice, and is one event to whoever reads it."""

    def notify(self, event: Event) -> None:
        """Tell the event.

        Raises `NotifierUnavailable`. What can never be delivered is the notifier's to log, not the caller's to retry.
        """
