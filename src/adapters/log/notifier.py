"""Writes events to the log."""

from __future__ import annotations

import structlog

from watch_cluster.domain.rollout.event import Event


class LogNotifier:
    """Implements the port `Notifier` with one log line per event; never fails."""

    def __init__(self) -> None:
        self._log = structlog.get_logger()

    def notify(self, event: Event) -> None:
        """Log the event, at level warning if it needs attention."""
        write = self._log.warning if event.reason.is_warning else self._log.info
        write(event.message, reason=event.reason.value, workload=str(event.workload))
