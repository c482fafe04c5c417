"""The port that shows events to users."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.domain.rollout.event import Event


class NotifierUnavailable(Exception):  # noqa: N818 - an expected outcome
    """The event could not be emitted now: retry later. The message is one line for a person."""


class Notifier(Protocol):
    """Emits events. An event that is emitted twice (by its identity) appears once."""

    def notify(self, event: Event) -> None:
        """Emit the event.

        Raises `NotifierUnavailable`. An event that can never be emitted is logged here, and not retried by the caller.
        """
