"""The base of the HTTP servers of the tests."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

Owner = TypeVar("Owner")


class QuietServer(ThreadingHTTPServer, Generic[Owner]):
    """Answers on a free port of 127.0.0.1 for its owner, and says nothing of clients that go away in the middle."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, owner: Owner, handler: type[BaseHTTPRequestHandler]) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: connections are cut on purpose here."""


class QuietHandler(BaseHTTPRequestHandler):
    """Keeps connections open, and logs nothing: requests are kept by the server's owner."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement

    def content(self) -> bytes:
        """The body of the request."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def respond(self, status: int, body: bytes = b"", headers: Iterable[tuple[str, str]] = ()) -> None:
        """Send a whole response; its length is added."""
        self.send_response(status)
        for name, value in (("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""


class HttpServer:
    """A server on a port of its own, which is open from the start and answers within a `with` block.

    Handlers have it as `self.server.owner`.
    """

    def __init__(self, handler: type[QuietHandler], tls: ssl.SSLContext | None = None) -> None:
        self.closing = threading.Event()
        """Set when the block ends: slow answers end with it."""
        self._server = QuietServer(self, handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def release(self) -> None:
        """Let requests go on that wait for the test; called when the block ends."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
