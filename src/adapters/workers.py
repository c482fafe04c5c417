"""Supervises the threads of the process, and detects dead and stuck ones."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Thread, current_thread
from typing import Final

import structlog

from watch_cluster.tools.backoff import exponential_backoff
from watch_cluster.tools.lru import Lru

STUCK_AFTER_SECONDS: Final = 900.0
"""Longer than any work may take: checks, requests and plugins have their own timeouts."""
QUIET_SECONDS: Final = 300.0
"""How long the same error is only counted after it was logged."""
_MAX_LOGGED: Final = 1000
_INITIAL_PAUSE_SECONDS: Final = 0.1
_MAX_PAUSE_SECONDS: Final = 10.0


def _ignore(_worker: str) -> None:
    """Count nothing."""


@dataclass(eq=False, slots=True)
class _Worker:
    """A thread, and since when it has been busy, None while it is idle."""

    kind: str
    thread: Thread
    busy_since: float | None = None
    failures: int = field(default=0)


class Workers:
    """The threads that must not die. Thread-safe.

    `on_error` gets the kind of the worker for each defect that reached the last resort of a thread.
    """

    def __init__(
        self,
        on_error: Callable[[str], None] = _ignore,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._on_error = on_error
        self._monotonic = monotonic
        self._pause = pause
        self._lock = Lock()
        self._workers: dict[Thread, _Worker] = {}
        self._logged: Lru[tuple[str, str], float] = Lru(_MAX_LOGGED)
        self._log = structlog.get_logger()

    def start(self, kind: str, name: str, step: Callable[[], bool]) -> Thread:
        """Start a daemon thread that takes steps until one returns False.

        A step that raises is logged and counted, and the next one follows after a pause.
        """
        thread = Thread(target=lambda: self._run(thread, step), name=name, daemon=True)
        with self._lock:
            self._workers[thread] = _Worker(kind, thread)
        thread.start()
        return thread

    def run(self, kind: str, step: Callable[[], bool]) -> None:
        """Take steps on this thread until one returns False, and handle errors in the same way."""
        thread = current_thread()
        with self._lock:
            self._workers[thread] = _Worker(kind, thread)
        self._run(thread, step)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Mark this thread as busy in this context; it is stuck if that takes too long."""
        worker = self._workers.get(current_thread())
        if worker is None:
            yield
            return
        worker.busy_since = self._monotonic()
        try:
            yield
        finally:
            worker.busy_since = None

    def failed(self, kind: str, error: BaseException, event: str = "a worker failed on a defect and continues") -> None:
        """Count an unexpected error of a worker, and log it unless the same one was logged recently."""
        self._on_error(kind)
        defect, now = (kind, _place(error)), self._monotonic()
        with self._lock:
            logged = self._logged.get(defect)
            if logged is not None and now - logged < QUIET_SECONDS:
                return
            self._logged.put(defect, now)
        self._log.error(event, worker=kind, exc_info=error)

    def dead(self) -> str | None:
        """Describe a worker that has died, None if there is none."""
        with self._lock:
            workers = list(self._workers.values())
        dead = (each for each in workers if each.thread.ident is not None and not each.thread.is_alive())
        return next((f"a {each.kind} worker is dead" for each in dead), None)

    def stuck(self) -> dict[str, tuple[int, int]]:
        """Return the number of stuck workers and of all, by kind, for kinds with a stuck one."""
        latest = self._monotonic() - STUCK_AFTER_SECONDS
        with self._lock:
            workers = list(self._workers.values())
        stuck = Counter(each.kind for each in workers if each.busy_since is not None and each.busy_since <= latest)
        every = Counter(each.kind for each in workers)
        return {kind: (count, every[kind]) for kind, count in stuck.items()}

    def _run(self, thread: Thread, step: Callable[[], bool]) -> None:
        worker = self._workers[thread]
        goes_on = True
        while goes_on:
            try:
                goes_on = step()
                worker.failures = 0
            except Exception as error:  # noqa: BLE001 - the last resort
                worker.busy_since = None
                self.failed(worker.kind, error)
                self._pause(exponential_backoff(worker.failures, _INITIAL_PAUSE_SECONDS, _MAX_PAUSE_SECONDS))
                worker.failures += 1
        with self._lock:
            del self._workers[worker.thread]


def _place(error: BaseException) -> str:
    """Return the type of an error and the line that raised it, which identify a bug."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    return f"{type(error).__name__} {where}"
