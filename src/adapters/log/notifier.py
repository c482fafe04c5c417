"""Tells events as log lines."""

from __future__ import annotations

import structlog

from watch_cluster.domain.rollout.event import Event


class LogNotifier:
    """Implements the port `Notifier`: one line for each event, which nothing can keep from being told."""

    def __init__(self) -> None:
        self._log = structlog.get_logger()

    def notify(self, event: Event) -> None:
        """Write the line, at level warning when somebody should look at it."""
        write = self._log.warning if event.reason.is_warning else self._log.info
        write(event.message, reason=event.reason.value, workload=str(event.workload))
