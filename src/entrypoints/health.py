"""The HTTP server for Kubernetes probes and Prometheus metrics."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Final, Protocol

from watch_cluster.adapters.workers import Workers

STUCK_AFTER_SECONDS: Final = 60.0
"""The loop runs at least twice a second."""
STALE_AFTER_SECONDS: Final = 120.0
"""Watches receive a bookmark about every minute even if nothing changes."""
UNHEALTHY_AFTER_SECONDS: Final = 600.0
"""Then a restart can help, because it reloads certificates and tokens."""
_REQUEST_TIMEOUT_SECONDS: Final = 5.0
_MAX_CLIENTS: Final = 32


class PortUnavailable(Exception):  # noqa: N818 - the name says what is wrong
    """The port cannot be bound. The message is one line."""


class ProcessStatus(Protocol):
    """The status of the process."""

    def since_last_run(self) -> float:
        """Return the seconds since the last iteration of the loop."""

    def staleness(self) -> float:
        """Return the seconds since the last event of the least recently updated watch."""

    def ready(self) -> bool:
        """Whether the cluster state has been loaded."""


class MetricsRenderer(Protocol):
    """Renders metrics."""

    def render(self) -> bytes:
        """Return all metrics in the Prometheus text format."""


class HealthServer:
    """Serves `/healthz`, `/readyz` and `/metrics` with a limited number of clients and a request timeout."""

    def __init__(
        self, port: int, process: ProcessStatus, metrics: MetricsRenderer, workers: Workers | None = None
    ) -> None:
        """Bind the port. Raises `PortUnavailable`."""
        self._workers = workers or Workers()
        self._process = process
        self._metrics = metrics
        try:
            self._server = _Server(port, _handler(self))
        except OSError as error:
            raise PortUnavailable(
                f"port {port} is not available ({error.strerror}): set HEALTH_PORT to a free port"
            ) from error
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, name="health", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def respond(self, path: str) -> tuple[int, bytes]:
        """Return status and body for a path."""
        try:
            return self._respond(path)
        except Exception as error:  # noqa: BLE001 - a defect must not look like a silent process
            self._workers.failed("health", error)
            return 500, b"failed on a defect, see the log\n"

    def _respond(self, path: str) -> tuple[int, bytes]:
        if path == "/metrics":
            return 200, self._metrics.render()
        status, line = self._probe(path)
        return status, f"{line}\n".encode()

    def _probe(self, path: str) -> tuple[int, str]:
        if path == "/healthz":
            return self._health()
        if path == "/readyz":
            return (200, "ok") if self._process.ready() else (503, "still loading the cluster state")
        return 404, "not found: use /healthz, /readyz or /metrics"

    def _health(self) -> tuple[int, str]:
        stuck, staleness = self._process.since_last_run(), self._process.staleness()
        if stuck >= STUCK_AFTER_SECONDS:
            return 503, f"the control loop is stuck for {stuck:.0f} s"
        dead = self._workers.dead()
        if dead is not None:
            return 503, dead
        workers = self._workers.stuck()
        lost = next((kind for kind, (count, every) in workers.items() if count == every), None)
        if lost is not None:
            return 503, f"all {lost} workers are stuck"
        message = f"no event on at least one watch for {staleness:.0f} s"
        if staleness >= UNHEALTHY_AFTER_SECONDS:
            return 503, message
        remarks = [f"{count} of {every} {kind} workers are stuck" for kind, (count, every) in workers.items()]
        remarks += [message] if staleness >= STALE_AFTER_SECONDS else []
        return 200, f"ok, but {', and '.join(remarks)}" if remarks else "ok"


class _Server(ThreadingHTTPServer):
    """Disconnects slow clients, and the oldest client if there are too many."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self._lock = Lock()
        self._deadlines: dict[socket.socket, float] = {}
        super().__init__(("", port), handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - the names are the library's
        """Accept the client; disconnect the oldest one if necessary, so that probes always get a connection."""
        with self._lock:
            oldest = next(iter(self._deadlines)) if len(self._deadlines) >= _MAX_CLIENTS else None
            self._deadlines[request] = time.monotonic() + _REQUEST_TIMEOUT_SECONDS
        if oldest is not None:
            self._disconnect(oldest)
        return True

    def service_actions(self) -> None:
        """Disconnect clients whose requests timed out; called twice a second."""
        with self._lock:
            expired = [client for client, deadline in self._deadlines.items() if deadline < time.monotonic()]
        for client in expired:
            self._disconnect(client)

    def _disconnect(self, client: socket.socket) -> None:
        with self._lock:
            self._deadlines.pop(client, None)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        """Remove the client after its response."""
        with self._lock:
            self._deadlines.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors of connections that clients close."""


def _handler(health: HealthServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _REQUEST_TIMEOUT_SECONDS

        def do_GET(self) -> None:
            status, body = health.respond(self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Do not log requests: probes arrive every few seconds."""

    return Handler
