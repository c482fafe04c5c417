"""A real HTTP proxy on loopback that takes every host for this machine."""

from __future__ import annotations

import http.client
import select
import socket
from contextlib import closing, suppress
from urllib.parse import urlsplit

from tests.servers.http_server import HttpServer, QuietHandler, QuietServer
from tests.servers.registry import Seen


class ProxyServer(HttpServer):
    """Tunnels by `CONNECT` and forwards plain HTTP, to 127.0.0.1 at whatever port was asked for.

    `refusal` is a status to answer with instead. `seen` has the requests, with the target as their path.
    """

    def __init__(self) -> None:
        super().__init__(_RequestHandler)
        self.refusal: int | None = None
        self.seen: list[Seen] = []

    @property
    def targets(self) -> list[tuple[str, str]]:
        """Method and target of each request."""
        return [(seen.method, seen.path) for seen in self.seen]


class _RequestHandler(QuietHandler):
    server: QuietServer[ProxyServer]

    def do_CONNECT(self) -> None:  # noqa: N802 - the name is the library's
        if self._refused():
            return
        port = int(self.path.rpartition(":")[2])
        with closing(socket.create_connection(("127.0.0.1", port))) as far:
            self.send_response(200, "Connection established")
            self.end_headers()
            self.close_connection = True
            with suppress(OSError):
                _join(self.connection, far)

    def do_GET(self) -> None:  # noqa: N802 - the name is the library's
        if self._refused():
            return
        sent = self.content()
        target = urlsplit(self.path)
        with closing(http.client.HTTPConnection("127.0.0.1", target.port or 80)) as far:
            headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
            far.request(self.command, f"{target.path}?{target.query}".removesuffix("?"), sent or None, headers)
            answer = far.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - the name is the library's
    do_POST = do_GET  # noqa: N815

    def _refused(self) -> bool:
        proxy = self.server.owner
        headers = {name.lower(): value for name, value in self.headers.items()}
        proxy.seen.append(Seen(self.path, "", headers, self.command))
        if proxy.refusal is None:
            return False
        self.respond(proxy.refusal)
        return True


def _join(near: socket.socket, far: socket.socket) -> None:
    """Carry bytes both ways until one side ends."""
    other = {near: far, far: near}
    while True:
        for ready in select.select(list(other), [], [])[0]:
            chunk = ready.recv(65536)
            if not chunk:
                return
            other[ready].sendall(chunk)
