"""The HTTP server for Kubernetes probes and Prometheus metrics."""

from __future__ import annotations

from typing import Final, Protocol

from watch_cluster.adapters.http.server import BoundedHandler, BoundedServer, PortUnavailable, close_server, serve
from watch_cluster.adapters.workers import Workers

STUCK_AFTER_SECONDS: Final = 60.0
"""The loop runs at least twice a second."""
STALE_AFTER_SECONDS: Final = 120.0
"""Watches receive a bookmark about every minute even if nothing changes."""
UNHEALTHY_AFTER_SECONDS: Final = 600.0
"""Then a restart can help, because it reloads certificates and tokens."""
_CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


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
            self._server = BoundedServer(port, _handler(self))
        except OSError as error:
            raise PortUnavailable("HEALTH_PORT", port, error) from error
        self.port: int = self._server.server_address[1]
        self._thread = serve(self._server, "health")

    def close(self) -> None:
        """Stop the server."""
        close_server(self._server, self._thread)

    def respond(self, path: str) -> tuple[int, bytes]:
        """Return status and body for a path."""
        try:
            return self._respond(path)
        except Exception as error:  # noqa: BLE001 - a bug must not look like a silent process
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


def _handler(health: HealthServer) -> type[BoundedHandler]:
    class Handler(BoundedHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name is the library's
            status, body = health.respond(self.path.partition("?")[0])
            self.respond(status, body, _CONTENT_TYPE)

    return Handler
