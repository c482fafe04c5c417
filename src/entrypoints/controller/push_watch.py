"""Handles pushes while this process leads, on a thread of its own: the inbox may be slow."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Final

import structlog

from watch_cluster.adapters.workers import Workers
from watch_cluster.application.check.check_pushed import CheckPushed
from watch_cluster.application.ports.push_inbox import InboxUnavailable
from watch_cluster.tools.ongoing import Ongoing

INTERVAL_SECONDS: Final = 1.0
"""How soon the leader learns of a push that another replica has received."""
_UNAVAILABLE: Final = "unavailable"


class PushWatch:
    """Runs `CheckPushed` every second, and at once after `wake`, while `leading` says so."""

    def __init__(self, leading: Callable[[], bool], check_pushed: CheckPushed, workers: Workers) -> None:
        self._leading = leading
        self._check_pushed = check_pushed
        self._workers = workers
        self._wake = Event()
        self._stopped = False
        self._conditions = Ongoing()
        self._log = structlog.get_logger()

    def start(self) -> None:
        """Start the thread."""
        self._workers.start("pushes", "pushes", self._step)

    def wake(self) -> None:
        """Run at once."""
        self._wake.set()

    def close(self) -> None:
        """Stop the thread."""
        self._stopped = True
        self._wake.set()

    def _step(self) -> bool:
        self._wake.wait(INTERVAL_SECONDS)
        self._wake.clear()
        if self._stopped:
            return False
        if not self._leading():
            self._check_pushed.forget()
            return True
        with self._workers.busy():
            self._handle_pushes()
        return True

    def _handle_pushes(self) -> None:
        try:
            pushed = self._check_pushed()
        except InboxUnavailable as error:
            if self._conditions.begins(_UNAVAILABLE):
                self._log.warning("pushes cannot be read; retrying", why=str(error))
            return
        self._conditions.ends(_UNAVAILABLE)
        if pushed:
            self._log.info("checks are due after a push", repositories=[str(each) for each in pushed][:10])
