"""Tells Kubernetes whether the process is alive and ready, and Prometheus what it does."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Final, Protocol

STUCK_AFTER_SECONDS: Final = 60.0
"""The loop takes a turn at least twice a second."""
SILENT_AFTER_SECONDS: Final = 120.0
"""What watches the cluster hears of it about every minute, also when nothing happens."""
DEAD_AFTER_SECONDS: Final = 600.0
"""By then a new process is worth a try: its certificates and its tokens are new."""
_REQUEST_SECONDS: Final = 5.0
_MOST_CLIENTS: Final = 32


class PortTaken(Exception):  # noqa: N818 - the name says what is wrong
    """Nothing can be answered on the port; one line for a person."""


class Probed(Protocol):
    """What is told of the process."""

    def since_turn(self) -> float:
        """Count the seconds since the loop took its last turn."""

    def staleness(self) -> float:
        """Count the seconds since the cluster was last heard of in all its parts."""

    def ready(self) -> bool:
        """Whether the cluster was read once."""


class Rendered(Protocol):
    """Metrics that can be shown."""

    def render(self) -> bytes:
        """Write all of them."""


class Health:
    """Answers `/healthz`, `/readyz` and `/metrics` over HTTP, a few at once, and none for longer than some seconds."""

    def __init__(self, port: int, process: Probed, metrics: Rendered) -> None:
        """Take the port. Raises `PortTaken`."""
        self._process = process
        self._metrics = metrics
        try:
            self._server = _Server(port, _handler(self))
        except OSError as error:
            raise PortTaken(f"port {port} cannot be used ({error.strerror}): set HEALTH_PORT to a free one") from error
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, name="health", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str) -> tuple[int, bytes]:
        """Give the status and the text for a path."""
        if path == "/metrics":
            return 200, self._metrics.render()
        status, line = self._line(path)
        return status, f"{line}\n".encode()

    def _line(self, path: str) -> tuple[int, str]:
        if path == "/healthz":
            return self._health()
        if path == "/readyz":
            return (200, "ok") if self._process.ready() else (503, "the cluster is still being read")
        return 404, "there are /healthz, /readyz and /metrics"

    def _health(self) -> tuple[int, str]:
        stuck, staleness = self._process.since_turn(), self._process.staleness()
        if stuck >= STUCK_AFTER_SECONDS:
            return 503, f"the loop has not taken a turn for {stuck:.0f} s"
        silence = f"nothing was heard of some part of the cluster for {staleness:.0f} s"
        if staleness >= DEAD_AFTER_SECONDS:
            return 503, silence
        return 200, "ok" if staleness < SILENT_AFTER_SECONDS else f"ok, but {silence}"


class _Server(ThreadingHTTPServer):
    """Hangs up on clients that take their time, and takes no more of them at once than it has room for."""

    daemon_threads = True

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self._lock = Lock()
        self._clients: dict[socket.socket, float] = {}
        super().__init__(("", port), handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - the names are the library's
        """Make room for a client: a probe must be answered, whoever else holds connections open."""
        with self._lock:
            oldest = next(iter(self._clients)) if len(self._clients) >= _MOST_CLIENTS else None
            self._clients[request] = time.monotonic() + _REQUEST_SECONDS
        if oldest is not None:
            self._hang_up(oldest)
        return True

    def service_actions(self) -> None:
        """Hang up on whoever is late; called twice a second."""
        with self._lock:
            late = [client for client, until in self._clients.items() if until < time.monotonic()]
        for client in late:
            self._hang_up(client)

    def _hang_up(self, client: socket.socket) -> None:
        with self._lock:
            self._clients.pop(client, None)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        """Forget a client that was answered."""
        with self._lock:
            self._clients.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up is no news."""


def _handler(health: Health) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _REQUEST_SECONDS

        def do_GET(self) -> None:
            status, body = health.answer(self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet: a probe every few seconds is no news."""

    return Handler
