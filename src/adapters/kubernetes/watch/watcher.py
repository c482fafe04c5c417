"""Keeps a view of one collection up to date: lists it, watches it, and lists it again when necessary.

The library's own watch and informer are not used: they replay from the start, hang on dead peers, and
list without pages.
"""

from __future__ import annotations

from collections.abc import Hashable
from http import HTTPStatus
from threading import Event, Lock, Thread
from typing import Final, Generic

import msgspec
import structlog

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiSilent, ApiUnreachable, KubernetesApi, Lines
from watch_cluster.adapters.kubernetes.resources.objects.collection import Collection, Item, Key, View
from watch_cluster.adapters.kubernetes.watch.backoff import BackOff, Timing
from watch_cluster.adapters.kubernetes.watch.event_reader import EventReader
from watch_cluster.adapters.kubernetes.watch.listing import describe_collection, list_all, remedy
from watch_cluster.adapters.kubernetes.watch.refusals import LEFT_OUT, LEFT_OUT_PAUSE, REFUSED_PAUSE, Refusals
from watch_cluster.adapters.kubernetes.watch.unreadable import UnreadableObjects
from watch_cluster.adapters.kubernetes.watch.watch_failures import WatchFailures
from watch_cluster.adapters.workers import Workers

WATCH_SECONDS: Final = (240.0, 300.0)
SILENCE_SECONDS: Final = 90.0
"""How long a watch may be silent before the collection is listed again, in case the peer is dead.

A watch that allows bookmarks gets one about every minute when nothing else happens. One of a collection of which
nothing has changed since the API server's start may get none (apiserver, storage/cacher: `dispatchEvents`).
"""
LIST_AGAIN_SECONDS: Final = 4 * 3600.0
GOOD_STRETCH_SECONDS: Final = 10.0
"""After a watch that lasted this long, earlier failures no longer count."""


class _Expired(Exception):  # noqa: N818 - leads to a new list, not an error
    """The server no longer has the history from which the watch would continue (410)."""


class Watcher(Generic[Key, Item]):
    """Watches one collection on a thread."""

    def __init__(
        self,
        api: KubernetesApi,
        resource: Collection[Key, Item],
        namespace: str | None,
        view: View[Key, Item],
        timing: Timing,
        failures: WatchFailures,
        unreadable: UnreadableObjects,
        workers: Workers | None = None,
    ) -> None:
        self._workers = workers or Workers()
        self._api = api
        self._resource = resource
        self._namespace = namespace
        self._view = view
        self._timing = timing
        self._failures = failures
        self._unreadable = unreadable
        self._events = EventReader(resource, view, unreadable)
        self._refusals = Refusals()
        self._last_event_at = timing.monotonic()
        self._back_off = BackOff(timing)
        self._stopping = Event()
        self._lock = Lock()
        self._lines: Lines | None = None
        self._version: str | None = None
        self._listed_at = -LIST_AGAIN_SECONDS
        self._has_events = False
        """Whether the watch has had an event yet."""
        self._listed = Event()
        self._what = describe_collection(resource, namespace)
        self._log = structlog.get_logger()
        self._thread: Thread | None = None

    @property
    def listed(self) -> bool:
        """Whether the view has been complete, or the collection is left out."""
        return self._listed.is_set()

    def wait_listed(self, seconds: float) -> bool:
        """Wait up to that many seconds until it is synced; return whether it is."""
        return self._listed.wait(seconds)

    @property
    def left_out(self) -> bool:
        """Whether the server does not serve the collection, or does not permit to read it."""
        return self._refusals.left_out

    @property
    def staleness(self) -> float:
        """Seconds since the last list, event or refusal."""
        return self._timing.monotonic() - self._last_event_at

    def start(self) -> None:
        """Begin."""
        self._last_event_at = self._timing.monotonic()
        self._thread = self._workers.start("watch", f"watch {self._what}", self._step)

    def stop(self) -> None:
        """Make the thread end soon, even during a silent watch."""
        self._stopping.set()
        with self._lock:
            if self._lines is not None:
                self._lines.interrupt()

    def join(self, timeout: float) -> None:
        """Wait up to that many seconds until the thread has ended."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _step(self) -> bool:
        if self._stopping.is_set():
            return False
        try:
            self._list_and_watch()
        except _Expired:
            self._version = None
            self._log.info(f"listing {self._what} again: the server's history does not reach back far enough")
            if self._timing.monotonic() - self._listed_at < GOOD_STRETCH_SECONDS:
                self._wait(self._back_off.next())
        except (ApiRefused, ApiUnreachable, msgspec.DecodeError) as error:
            self._failed(error)
        except Exception as error:  # noqa: BLE001 - a bug must not stop the watch
            self._version = None
            self._workers.failed("watch", error, f"failed to watch {self._what}")
            self._wait(self._back_off.next())
        return True

    def _failed(self, error: ApiRefused | ApiUnreachable | msgspec.DecodeError) -> None:
        match error:
            case ApiUnreachable():
                self._retry_later(ApiUnreachable, str(error))
                return
            case ApiRefused(status=status) if status in LEFT_OUT:
                self._refused(error)
            case ApiRefused():
                self._retry_later(error.status, f"{error}{remedy(error)}", error.retry_after)
            case _:
                self._retry_later(self._what, f"the API server's answer cannot be read ({error})")
        # A server may permanently refuse to watch from this version: a new list helps.
        self._version = None

    def _list_and_watch(self) -> None:
        if self._version is None or self._timing.monotonic() - self._listed_at >= LIST_AGAIN_SECONDS:
            self._list()
        self._watch()

    def _list(self) -> None:
        items, self._version = list_all(self._api, self._resource, self._namespace, self._unreadable.report)
        self._view.replace(self._namespace, items)
        self._listed_at = self._last_event_at = self._timing.monotonic()
        self._listed.set()

    def _watch(self) -> None:
        seconds = round(self._timing.between(*WATCH_SECONDS))
        query = [
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", self._version or ""),
            ("timeoutSeconds", str(seconds)),
        ]
        path = self._resource.collection(self._namespace)
        try:
            with self._api.stream(path, query=query, silence=SILENCE_SECONDS) as lines:
                self._follow(lines)
        except ApiSilent:
            self._version = None
            # A watch without any event is normal.
            log = self._log.info if self._has_events else self._log.debug
            log(f"listing {self._what} again: their watch has been silent for {SILENCE_SECONDS:g} s")
        except ApiRefused as error:
            if error.status == HTTPStatus.GONE:
                raise _Expired from error
            raise

    def _follow(self, lines: Lines) -> None:
        self._refusals.note_watched()
        self._has_events = False
        began = self._timing.monotonic()
        try:
            self._set_lines(lines)
            for line in lines:
                if self._stopping.is_set():
                    return
                self._last_event_at = self._timing.monotonic()
                self._has_events = True
                self._version = self._events.apply(line)
                self._recovered()
        finally:
            self._set_lines(None)
            lasted = self._timing.monotonic() - began
            if lasted >= GOOD_STRETCH_SECONDS:
                self._back_off.reset()
        if lasted < GOOD_STRETCH_SECONDS:
            # Such watches in a row must not become a busy loop.
            raise ApiUnreachable("the watch ends as soon as it begins")

    def _set_lines(self, lines: Lines | None) -> None:
        """Let `stop` interrupt these, even if it was called before."""
        with self._lock:
            self._lines = lines
            if lines is not None and self._stopping.is_set():
                lines.interrupt()

    def _refused(self, error: ApiRefused) -> None:
        self._last_event_at = now = self._timing.monotonic()
        if not self._refusals.is_final(now):
            self._wait(REFUSED_PAUSE)
            return
        if not self._refusals.left_out:
            self._refusals.left_out = True
            self._log.warning(f"cannot list {self._what}, so they are left out: {error}{remedy(error)}")
        self._view.left_out(self._namespace)
        self._listed.set()
        self._wait(LEFT_OUT_PAUSE)

    def _retry_later(self, kind: Hashable, why: str, retry_after: float = 0) -> None:
        self._refusals.note_other_failure()
        if not self._stopping.is_set():
            self._failures.begins(self._what, kind, why)
        self._wait(self._back_off.next(retry_after))

    def _wait(self, seconds: float) -> None:
        self._timing.wait(self._stopping, seconds)

    def _recovered(self) -> None:
        self._failures.ends(self._what)
        if self._refusals.left_out:
            self._refusals.left_out = False
            self._log.info(f"watching {self._what} again")
