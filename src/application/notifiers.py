"""Several notifiers as one."""

from __future__ import annotations

from dataclasses import dataclass

from watch_cluster.application.ports.notifier import Notifier, NotifierUnavailable
from watch_cluster.domain.events import Event


@dataclass(frozen=True, slots=True)
class Notifiers:
    """Implements the port `Notifier` by telling each of the others, in order."""

    notifiers: tuple[Notifier, ...]

    def notify(self, event: Event) -> None:
        """Tell all of them, also after one that is unavailable; then raise what was raised first."""
        first: NotifierUnavailable | None = None
        for notifier in self.notifiers:
            try:
                notifier.notify(event)
            except NotifierUnavailable as error:
                first = first or error
        if first is not None:
            raise first
