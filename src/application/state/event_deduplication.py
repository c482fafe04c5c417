"""Tells an event when it is news, and again each hour while it stays the same and somebody should look at it."""

from __future__ import annotations

from threading import Lock
from typing import Final

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.notifier import Notifier
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.workload.workload import WorkloadKey

REPEAT_AFTER_SECONDS: Final = 3600.0


class EventDeduplicator:
    """Remembers, for each workload and reason, what was told last, and when. Safe for threads."""

    def __init__(self, notifier: Notifier, clock: Clock) -> None:
        self._notifier = notifier
        self._clock = clock
        self._lock = Lock()
        self._told: dict[WorkloadKey, dict[EventReason, tuple[str, float]]] = {}

    def tell(self, event: Event) -> bool:
        """Tell the event unless the same was told last, a warning less than an hour ago; whether it was told.

        Raises `NotifierUnavailable`; the event then counts as untold.
        """
        now = self._clock.monotonic()
        with self._lock:
            identity, told_at = self._told.get(event.workload, {}).get(event.reason, ("", now))
            lately = now - told_at < REPEAT_AFTER_SECONDS or not event.reason.is_warning
            if identity == event.identity and lately:
                return False
        self._notifier.notify(event)
        with self._lock:
            self._told.setdefault(event.workload, {})[event.reason] = (event.identity, now)
        return True

    def settle(self, key: WorkloadKey, *reasons: EventReason) -> None:
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
