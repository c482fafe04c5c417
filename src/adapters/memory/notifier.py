"""A notifier that keeps what it was told."""

from __future__ import annotations

from threading import Lock

from watch_cluster.application.ports.notifier import NotifierUnavailable
from watch_cluster.domain.rollout.event import Event


class RecordingNotifier:
    """Implements the port `Notifier`: each fact once, in the words and the order in which it was first told.

    Safe for threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: dict[str, Event] = {}
        self.fault: NotifierUnavailable | None = None
        """While set, every call fails with it and nothing is kept."""

    @property
    def events(self) -> tuple[Event, ...]:
        """What was told so far."""
        with self._lock:
            return tuple(self._events.values())

    def notify(self, event: Event) -> None:
        """Keep the event, unless the same one was told before."""
        with self._lock:
            if self.fault is not None:
                raise self.fault
            self._events.setdefault(event.identity, event)
