"""An outbox that keeps what it was given."""

from __future__ import annotations

from watch_cluster.application.ports.outbox import Fate
from watch_cluster.domain.announcement import Announcement, Occasion


class RecordingOutbox:
    """Implements the port `Outbox`: everybody wants everything, and all of it arrives at once while `open`."""

    def __init__(self) -> None:
        self.delivered: list[Announcement] = []
        self.open = True
        """Whether the receiver is there; while it is not, every attempt fails."""
        self._fates: dict[str, Fate] = {}

    def wants(self, occasion: Occasion) -> bool:  # noqa: ARG002 - everything is wanted
        """Want it."""
        return True

    def put(self, announcement: Announcement) -> None:
        """Deliver it, or fail."""
        if self.open:
            self.delivered.append(announcement)
        self._fates[announcement.id] = Fate.SETTLED if self.open else Fate.FAILED

    def fate(self, announcement_id: str) -> Fate:
        """Tell what became of it."""
        return self._fates.get(announcement_id, Fate.UNKNOWN)

    def forget(self) -> None:
        """Forget what became of everything, as a process that ends does."""
        self._fates.clear()

    def close(self, patience: float) -> None:
        """Keep nothing waiting: nothing waits."""
