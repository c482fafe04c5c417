"""Several notifiers as one."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.reporting.notifier import Notifier
from watch_cluster.domain.rollout.event import Event


@dataclass(frozen=True, slots=True)
class CombinedNotifier:
    """Implements the port `Notifier` by telling each of the others, in order."""

    notifiers: tuple[Notifier, ...]

    def notify(self, event: Event) -> None:
        """Notify all of them, up to one that is unavailable; the others are notified when the event is emitted again.

        Raises `NotifierUnavailable`.
        """
        for notifier in self.notifiers:
            notifier.notify(event)
