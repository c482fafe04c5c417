"""A notifier that records events."""

from __future__ import annotations

from threading import Lock

from watch_cluster.application.ports.reporting.notifier import NotifierUnavailable
from watch_cluster.domain.rollout.event import Event


class RecordingNotifier:
    """Implements the port `Notifier`: keeps the first event of each identity, in order. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: dict[str, Event] = {}
        self.fault: NotifierUnavailable | None = None
        """While set, every call raises it and records nothing."""

    @property
    def events(self) -> tuple[Event, ...]:
        """The recorded events."""
        with self._lock:
            return tuple(self._events.values())

    def notify(self, event: Event) -> None:
        """Record the event unless one with the same identity is recorded."""
        with self._lock:
            if self.fault is not None:
                raise self.fault
            self._events.setdefault(event.identity, event)
