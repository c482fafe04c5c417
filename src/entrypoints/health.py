"""Tells Kubernetes whether the process is alive and ready."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final

STUCK_AFTER_SECONDS: Final = 60.0
"""The loop takes a turn at least twice a second."""
_REQUEST_SECONDS: Final = 5.0


class PortTaken(Exception):  # noqa: N818 - the name says what is wrong
    """Nothing can be answered on the port; one line for a person."""


class Health:
    """Answers `/healthz` and `/readyz` over HTTP.

    `since_turn` gives the seconds since the loop took its last turn, `ready` whether the cluster was read once.
    """

    def __init__(self, port: int, since_turn: Callable[[], float], ready: Callable[[], bool]) -> None:
        """Take the port. Raises `PortTaken`."""
        self._since_turn = since_turn
        self._ready = ready
        try:
            self._server = ThreadingHTTPServer(("", port), self._handler())
        except OSError as error:
            raise PortTaken(f"port {port} cannot be used ({error.strerror}): set HEALTH_PORT to a free one") from error
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, name="health", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str) -> tuple[int, str]:
        """Give the status and the line for a path."""
        if path == "/healthz":
            stuck = self._since_turn()
            if stuck >= STUCK_AFTER_SECONDS:
                return 503, f"the loop has not taken a turn for {stuck:.0f} s"
            return 200, "ok"
        if path == "/readyz":
            return (200, "ok") if self._ready() else (503, "the cluster is still being read")
        return 404, "there are /healthz and /readyz"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        health = self

        class Handler(BaseHTTPRequestHandler):
            timeout = _REQUEST_SECONDS

            def do_GET(self) -> None:
                status, line = health.answer(self.path.partition("?")[0])
                body = f"{line}\n".encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep quiet: a probe every few seconds is no news."""

        return Handler
