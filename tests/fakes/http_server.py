"""What the HTTP servers of the tests share."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Generic, TypeVar

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
    """Keeps connections open, and logs nothing: what was asked is kept by the server's owner."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""
