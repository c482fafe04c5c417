"""Sends digests while this process leads, on a thread of its own: a channel may be slow."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Final

import structlog

from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.reporting.digests import DigestLogUnavailable
from watch_cluster.application.reconcile.send_digests import DigestResult, SendDigests
from watch_cluster.tools.ongoing import Ongoing

INTERVAL_SECONDS: Final = 5.0
_UNAVAILABLE: Final = "unavailable"


class DigestWatch:
    """Runs `SendDigests` every few seconds while `leading` says so."""

    def __init__(self, leading: Callable[[], bool], send_digests: SendDigests, workers: Workers) -> None:
        self._leading = leading
        self._send_digests = send_digests
        self._workers = workers
        self._stop = Event()
        self._conditions = Ongoing()
        self._log = structlog.get_logger()

    def start(self) -> None:
        """Start, if there is a channel with a digest."""
        if self._send_digests.channels:
            self._workers.start("digests", "digests", self._step)

    def close(self) -> None:
        """Stop; a message that is being sent is not waited for."""
        self._stop.set()

    def send(self) -> None:
        """Send what is due now, as long as this process leads."""
        while self._leading() and not self._stop.is_set():
            with self._workers.busy():
                result = self._send_one()
            if result is None:
                return
            self._tell(result)

    def _send_one(self) -> DigestResult | None:
        try:
            result = self._send_digests()
        except DigestLogUnavailable as error:
            if self._conditions.begins(_UNAVAILABLE):
                self._log.warning("digests cannot be sent; retrying", why=str(error))
            return None
        self._conditions.ends(_UNAVAILABLE)
        return result

    def _step(self) -> bool:
        if self._stop.wait(INTERVAL_SECONDS):
            return False
        self.send()
        return True

    def _tell(self, result: DigestResult) -> None:
        error = result.error
        if error is None:
            self._conditions.ends(result.channel)
            self._log.info("digest sent", receiver=result.channel, entries=result.entries)
        elif not error.transient:
            self._log.warning("digest rejected by a channel, not retrying", receiver=result.channel, error=str(error))
        elif self._conditions.begins(result.channel):
            self._log.warning("digest not delivered; retrying", receiver=result.channel, error=str(error))
