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
        """Tell all of them, up to one that is unavailable: those after it hear of it when it is told again, and once.

        Raises `NotifierUnavailable`.
        """
        for notifier in self.notifiers:
            notifier.notify(event)
