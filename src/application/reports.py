"""Tells an event when it is news, and not again while it stays the same."""

from __future__ import annotations

from threading import Lock

from watch_cluster.application.ports.notifier import Notifier
from watch_cluster.domain.events import Event, Reason
from watch_cluster.domain.workload import WorkloadKey


class Reports:
    """Remembers, for each workload and reason, what was told last. Safe for threads."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._lock = Lock()
        self._told: dict[WorkloadKey, dict[Reason, str]] = {}

    def tell(self, event: Event) -> bool:
        """Tell the event unless the same was told last; whether it was told.

        Raises `NotifierUnavailable`; the event then counts as untold.
        """
        with self._lock:
            if self._told.get(event.workload, {}).get(event.reason) == event.identity:
                return False
        self._notifier.notify(event)
        with self._lock:
            self._told.setdefault(event.workload, {})[event.reason] = event.identity
        return True

    def settle(self, key: WorkloadKey, *reasons: Reason) -> None:
        """These troubles are over: when they come back, they are news."""
        with self._lock:
            told = self._told.get(key)
            if told is None:
                return
            for reason in reasons:
                told.pop(reason, None)
            if not told:
                del self._told[key]

    def forget(self, key: WorkloadKey) -> None:
        """The workload is gone or is no longer watched."""
        with self._lock:
            self._told.pop(key, None)
