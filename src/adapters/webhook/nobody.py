"""The outbox of whoever named no receiver."""

from __future__ import annotations

from watch_cluster.application.ports.outbox import Fate
from watch_cluster.domain.announcement import Announcement, Occasion


class NoOutbox:
    """Implements the port `Outbox`: nobody wants anything."""

    def wants(self, occasion: Occasion) -> bool:  # noqa: ARG002 - nobody wants any
        """Want nothing."""
        return False

    def put(self, announcement: Announcement) -> None:
        """Drop it."""

    def fate(self, announcement_id: str) -> Fate:  # noqa: ARG002 - the same for all
        """Nothing is left to do."""
        return Fate.SETTLED

    def close(self, patience: float) -> None:
        """Nothing waits."""
