"""Keeps a view of one collection true: lists it, watches it from there, and begins again when the server says so.

The library's own watch and informer are not used: they replay from the start, hang on dead peers, and
list without pages.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from http import HTTPStatus
from threading import Event, Lock, Thread
from typing import Final, Protocol

import msgspec
import structlog

from watch_cluster.adapters.kubernetes.api import ApiRefused, ApiUnreachable, KubernetesApi, Lines
from watch_cluster.adapters.kubernetes.kinds import Kind, read_event
from watch_cluster.adapters.kubernetes.objects import Bookmark, Status
from watch_cluster.domain.workload import Workload, WorkloadKey

PAGE: Final = 500
LIST_SECONDS: Final = 60.0
WATCH_SECONDS: Final = (240, 300)
SILENCE_SECONDS: Final = 30.0
"""How much longer than its own end a watch may be silent before its peer counts as dead."""
LIST_AGAIN_SECONDS: Final = 4 * 3600.0
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
LEFT_OUT_PAUSE: Final = 300.0
"""How long a kind that is not served, or that we may not list, is left alone."""


class View(Protocol):
    """What the watcher keeps true."""

    def replace(self, kind: Kind, namespace: str | None, workloads: list[Workload]) -> None:
        """These are all workloads of the collection."""

    def seen(self, workload: Workload) -> None:
        """The workload is like this now."""

    def gone(self, key: WorkloadKey) -> None:
        """The workload was deleted, or carries no annotation of ours any more."""


class _Expired(Exception):  # noqa: N818 - leads to a new list, is no error
    """The server no longer has the history that the watch would go on from (410)."""


def list_all(api: KubernetesApi, kind: Kind, namespace: str | None) -> tuple[list[Workload], str]:
    """Read the whole collection, page by page, and the version to watch it from.

    Raises `ApiRefused`, `ApiUnreachable`, `msgspec.DecodeError`.
    """
    workloads: list[Workload] = []
    query = [("limit", str(PAGE))]
    while True:
        page = kind.page(api.request("GET", kind.collection(namespace), query=query, timeout=LIST_SECONDS))
        workloads += page.workloads
        if not page.following:
            return workloads, page.resource_version
        query = [("limit", str(PAGE)), ("continue", page.following)]


class Watcher:
    """One thread for one collection. `listed` is true once the view was complete, or the kind was left out."""

    def __init__(
        self,
        api: KubernetesApi,
        kind: Kind,
        namespace: str | None,
        view: View,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._api = api
        self._kind = kind
        self._namespace = namespace
        self._view = view
        self._chance = chance
        self._stop = Event()
        self._lock = Lock()
        self._lines: Lines | None = None
        self._trouble: str | None = None
        self._pause = FIRST_PAUSE
        self._version: str | None = None
        self._list_again = 0.0
        self.listed = False
        where = "all namespaces" if namespace is None else f"namespace {namespace}"
        self._what = f"{kind.plural} in {where}"
        self._log = structlog.get_logger()
        self._thread = Thread(target=self._run, name=f"watch {self._what}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self, patience: float = 2.0) -> None:
        """End, also in the middle of a silent watch."""
        self._stop.set()
        with self._lock:
            lines = self._lines
        if lines is not None:
            try:
                lines.interrupt()
            except ApiUnreachable:
                self._log.debug("the watch had ended by itself", what=self._what)
        self._thread.join(patience)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if self._version is None or time.monotonic() >= self._list_again:
                    self._list()
                else:
                    self._watch(self._version)
            except _Expired:
                self._version = None
                self._log.info(f"listing {self._what} again: the server's history does not reach back far enough")
            except ApiRefused as error:
                if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}:
                    self._leave_out(error)
                else:
                    self._wait(str(error), error.retry_after)
            except (ApiUnreachable, msgspec.DecodeError) as error:
                self._wait(str(error))

    def _list(self) -> None:
        workloads, version = list_all(self._api, self._kind, self._namespace)
        self._view.replace(self._kind, self._namespace, workloads)
        self._version = version
        self._list_again = time.monotonic() + LIST_AGAIN_SECONDS
        self.listed = True
        self._recovered()

    def _watch(self, version: str) -> None:
        shortest, longest = WATCH_SECONDS
        seconds = round(shortest + (longest - shortest) * self._chance())
        query = [
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", version),
            ("timeoutSeconds", str(seconds)),
        ]
        path, began = self._kind.collection(self._namespace), time.monotonic()
        try:
            with self._api.stream(path, query=query, silence=seconds + SILENCE_SECONDS) as lines:
                self._set_lines(lines)
                for line in lines:
                    if self._stop.is_set():
                        return
                    self._version = self._take(line)
                    self._recovered()
        except ApiRefused as error:
            if error.status == HTTPStatus.GONE:
                raise _Expired from error
            raise
        finally:
            self._set_lines(None)
        # A watch that ends at once, and again, must not become a busy loop.
        if self._version == version and time.monotonic() - began < 1:
            self._wait("the watch ends as soon as it begins")

    def _set_lines(self, lines: Lines | None) -> None:
        with self._lock:
            self._lines = lines

    def _take(self, line: bytes) -> str:
        event = read_event(line)
        if event.type == "BOOKMARK":
            return msgspec.json.decode(event.object, type=Bookmark).metadata.resource_version
        if event.type == "ERROR":
            status = msgspec.json.decode(event.object, type=Status)
            if status.code == HTTPStatus.GONE:
                raise _Expired
            raise ApiRefused(status.code, status.reason, " ".join(status.message.split()))
        key, version, workload = self._kind.read(event.object)
        if event.type == "DELETED" or workload is None:
            self._view.gone(key)
        else:
            self._view.seen(workload)
        return version

    def _leave_out(self, error: ApiRefused) -> None:
        self._version = None
        self.listed = True
        self._view.replace(self._kind, self._namespace, [])
        cure = ": kubectl apply -f k8s/rbac.yaml gives the right" if error.status == HTTPStatus.FORBIDDEN else ""
        self._note(f"cannot list {self._what}, so they are left out: {error.message}{cure}")
        self._stop.wait(LEFT_OUT_PAUSE)

    def _wait(self, why: str, at_least: float = 0) -> None:
        pause = max(self._pause * (0.5 + self._chance()), at_least)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._note(f"cannot watch {self._what}: {why}")
        self._stop.wait(pause)

    def _note(self, trouble: str) -> None:
        if self._trouble is None and not self._stop.is_set():
            self._log.warning(trouble)
            self._trouble = trouble

    def _recovered(self) -> None:
        self._pause = FIRST_PAUSE
        if self._trouble is not None:
            self._trouble = None
            self._log.info(f"watching {self._what} again")
