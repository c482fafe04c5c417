"""Reports objects that cannot be read, without letting their owners flood the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from queue import Full, Queue
from threading import Lock, Thread
from typing import Final

import structlog

from watch_cluster.adapters.kubernetes.resources.objects.collection import UnreadableObject
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.reporting.notifier import NotifierUnavailable
from watch_cluster.domain.rollout.event import Event, EventReason
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.tools.ongoing import Ongoing

MAX_REMEMBERED: Final = 4096
"""Of so many objects it is remembered that they were reported."""
MAX_LINES_PER_NAMESPACE: Final = 10
REPORT_AGAIN_SECONDS: Final = 3600.0
"""After that time the objects of a namespace may be reported again."""
_MAX_WAITING_EVENTS: Final = 256


class UnreadableObjects:
    """Counts and logs objects that cannot be read, and emits Events about them. Thread-safe; never blocks."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        count: Callable[[str], None] = lambda _resource: None,
        notify: Callable[[Event], None] | None = None,
        workers: Workers | None = None,
    ) -> None:
        """Call `count` with the resource of each, and `notify`, on a thread of its own, for the owner of a workload."""
        self._workers = workers or Workers()
        self._monotonic = monotonic
        self._count = count
        self._notify = notify
        self._log = structlog.get_logger()
        self._lock = Lock()
        self._reported = Ongoing(MAX_REMEMBERED)
        self._lines: Counter[str] = Counter()
        self._since = monotonic()
        self._events: Queue[Event] = Queue(_MAX_WAITING_EVENTS)
        self._thread: Thread | None = None

    def report(self, resource: str, error: UnreadableObject) -> None:
        """Take one object of the resource that was left out."""
        self._count(resource)
        if error.defect is not None:
            self._workers.failed("watch", error.defect, "a defect left out an object, and the watch continues")
        namespace, name, why = error.metadata.namespace, error.metadata.name, str(error)
        with self._lock:
            lines = self._lines_after((resource, namespace, name), why)
        if lines is None:
            return
        self._log.warning(
            f"left out one of the {resource}: it cannot be read"
            + ("; not reporting further ones of the namespace for an hour" if lines == MAX_LINES_PER_NAMESPACE else ""),
            namespace=namespace,
            name=name,
            why=why,
        )
        if isinstance(error.key, WorkloadKey):
            self._notify_owner(error.key, error.metadata.uid, why)

    def _lines_after(self, about: tuple[str, str, str], why: str) -> int | None:
        """How many lines the namespace has with this one, None when it gets none."""
        if self._monotonic() - self._since >= REPORT_AGAIN_SECONDS:
            self._since = self._monotonic()
            self._lines.clear()
            self._reported.clear()
        if self._lines[about[1]] >= MAX_LINES_PER_NAMESPACE or not self._reported.begins(about, why):
            return None
        self._lines[about[1]] += 1
        return self._lines[about[1]]

    def _notify_owner(self, key: WorkloadKey, uid: str, why: str) -> None:
        if self._notify is None:
            return
        message = f"Watch-Cluster leaves this {key.kind} alone, since it cannot be read: {why}"
        try:
            self._events.put_nowait(Event(EventReason.INVALID_CONFIGURATION, key, uid, message, "unreadable"))
        except Full:
            return
        with self._lock:
            if self._thread is None:
                self._thread = self._workers.start("events", "unreadable objects", self._deliver)

    def _deliver(self) -> bool:
        event = self._events.get()
        try:
            if self._notify is not None:
                self._notify(event)
        except NotifierUnavailable as error:
            self._log.info(
                "cannot notify the owner of an unreadable object", workload=str(event.workload), why=str(error)
            )
        return True
