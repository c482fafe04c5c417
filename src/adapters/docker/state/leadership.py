"""Leadership among processes that share a state folder: the holder of its lock leads."""

from __future__ import annotations

import fcntl
import os
import threading
from datetime import datetime
from typing import Final

import structlog

from watch_cluster.adapters.docker.state.store import Store
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable

LOCK: Final = "watch-cluster.lock"
RETRY_SECONDS: Final = 1.0


class FileLeadership:
    """Implements the port `Leadership`. The kernel releases the lock of a process that is killed.

    In memory there is no other process, and it leads from `start` to `close`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._initial_tick: datetime | None = None
        self._leading = threading.Event()
        self._closed = threading.Event()
        self._file: int | None = None
        self._thread: threading.Thread | None = None

    def leads(self) -> bool:
        """Whether this process holds the lock."""
        return self._leading.is_set() and not self._closed.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until this process leads, at most so long; return whether it does."""
        return self._leading.wait(seconds)

    def finished_tick(self) -> datetime | None:
        """Return the last finished tick at the time when the lock was taken."""
        return self._initial_tick

    def finish_tick(self, moment: datetime) -> None:
        """Keep the tick; what cannot be kept now is kept with the next one."""
        try:
            self._store.finish_tick(moment)
        except OrchestratorUnavailable as error:
            structlog.get_logger().warning("cannot keep the last tick", error=str(error))

    def start(self) -> None:
        """Take the lock, or wait for it."""
        if not self._try():
            structlog.get_logger().info("another process leads; standing by", folder=str(self._store.folder))
            self._thread = threading.Thread(target=self._wait, name="leadership", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Release the lock."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _wait(self) -> None:
        while not self._closed.wait(RETRY_SECONDS) and not self._try():
            pass

    def _try(self) -> bool:
        if self._store.lasting:
            file = os.open(self._store.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                return False
            self._file = file
        self._initial_tick = self._store.tick()
        self._leading.set()
        structlog.get_logger().info("started leading", folder=str(self._store.folder))
        return True
