"""An HTTP server for few and small requests, which slow, large and numerous ones cannot exhaust."""

from __future__ import annotations

import io
import socket
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Final

from watch_cluster.tools.token_bucket import TokenBucket

REQUEST_TIMEOUT_SECONDS: Final = 5.0
MAX_REQUEST_BYTES: Final = 96 * 1024
"""Of a whole request, with its headers."""
_MAX_CLIENTS: Final = 32
_CONNECTIONS_PER_SECOND: Final = 200.0


class PortUnavailable(Exception):  # noqa: N818 - the name says what is wrong
    """The port that the variable names cannot be bound. The message is one line."""

    def __init__(self, variable: str, port: int, error: OSError) -> None:
        super().__init__(f"port {port} is not available ({error.strerror}): set {variable} to a free port")


class BoundedServer(ThreadingHTTPServer):
    """Disconnects slow clients, the oldest client if there are too many, and new ones if they come too often."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, handler: type[BoundedHandler]) -> None:
        """Bind the port. Raises `OSError`."""
        self._lock = Lock()
        self._deadlines: dict[socket.socket, float] = {}
        self._accepted = TokenBucket(_CONNECTIONS_PER_SECOND, int(_CONNECTIONS_PER_SECOND), time.monotonic)
        super().__init__(("", port), handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - the names are the library's
        """Accept the client; disconnect the oldest one if necessary, so that others always get a connection."""
        if not self._accepted.take():
            return False
        with self._lock:
            oldest = next(iter(self._deadlines)) if len(self._deadlines) >= _MAX_CLIENTS else None
            self._deadlines[request] = time.monotonic() + REQUEST_TIMEOUT_SECONDS
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


class BoundedHandler(BaseHTTPRequestHandler):
    """Reads at most `MAX_REQUEST_BYTES` of a request: http.client allows 6 MiB of headers."""

    timeout = REQUEST_TIMEOUT_SECONDS

    def setup(self) -> None:
        """Take the connection, with a limit on what is read of it."""
        super().setup()
        self.rfile = _Limited(self.rfile)

    def respond(self, status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None) -> None:
        """Send a whole response."""
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        """Name the program; the version of Python stays private."""
        return "watch-cluster"

    def log_message(self, *_: object) -> None:
        """Do not log requests: probes arrive every few seconds."""


class _Limited(io.BufferedIOBase):
    """A stream that ends after `MAX_REQUEST_BYTES`."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self._left = MAX_REQUEST_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        return self._taken(self._stream.read(self._size(size)))

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._taken(self._stream.readline(self._size(size)))

    def close(self) -> None:
        self._stream.close()

    def _size(self, size: int | None) -> int:
        return self._left if size is None or size < 0 else min(size, self._left)

    def _taken(self, content: bytes) -> bytes:
        self._left -= len(content)
        return content


def serve(server: BoundedServer, name: str) -> Thread:
    """Serve on a daemon thread until `close_server`."""
    thread = Thread(target=server.serve_forever, name=name, daemon=True)
    thread.start()
    return thread


def close_server(server: BoundedServer, thread: Thread) -> None:
    """Stop serving and free the port."""
    server.shutdown()
    server.server_close()
    thread.join()
