"""An executor without threads."""

from __future__ import annotations

from collections.abc import Iterable

from watch_cluster.entrypoints.controller.executors import Job


class InlineExecutor:
    """Runs work at once, where it is submitted."""

    def submit(self, jobs: Iterable[Job]) -> None:
        """Run the work."""
        for work, _ in jobs:
            work()
