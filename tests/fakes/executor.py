"""An executor without threads."""

from __future__ import annotations

from collections.abc import Iterable

from watch_cluster.entrypoints.controller.executors import Piece


class InlineExecutor:
    """Runs work at once, where it is submitted."""

    def submit(self, pieces: Iterable[Piece]) -> None:
        """Run the work."""
        for work, _ in pieces:
            work()
