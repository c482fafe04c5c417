"""The HTTP server for `POST /hooks/{source}`."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

from watch_cluster.adapters.hooks.proofs import HookRequest
from watch_cluster.adapters.hooks.receiver import HookReceiver, HookResponse
from watch_cluster.adapters.http.server import BoundedHandler, BoundedServer, close_server, serve
from watch_cluster.adapters.workers import Workers

MAX_BODY_BYTES: Final = 64 * 1024
_PREFIX: Final = "/hooks/"
_CONTENT_TYPE: Final = "text/plain; charset=utf-8"
_MAX_FIELDS: Final = 16


class HookServer:
    """Serves hooks, with limits on the number, the size and the duration of requests."""

    def __init__(self, port: int, receiver: HookReceiver, workers: Workers) -> None:
        """Bind the port. Raises `OSError`."""
        self._receiver = receiver
        self._workers = workers
        self._server = BoundedServer(port, _handler(self))
        self.port: int = self._server.server_address[1]
        self._thread = serve(self._server, "hooks")

    def close(self) -> None:
        """Stop the server."""
        close_server(self._server, self._thread)

    def receive(self, request: HookRequest) -> HookResponse:
        """Answer a request."""
        try:
            return self._receiver.receive(request)
        except Exception as error:  # noqa: BLE001 - a defect must not look like a silent process
            self._workers.failed("hooks", error)
            return HookResponse(500, "failed on a defect, see the log")


def _handler(server: HookServer) -> type[BoundedHandler]:
    class Handler(BoundedHandler):
        def do_POST(self) -> None:  # noqa: N802 - the name is the library's
            response = self._received()
            self.respond(response.status, f"{response.line}\n".encode(), _CONTENT_TYPE, response.headers)

        def _received(self) -> HookResponse:
            lengths = self.headers.get_all("Content-Length", [])
            length = lengths[0] if len(lengths) == 1 else ""
            if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
                return HookResponse(411, "send one Content-Length")
            if len(length) > len(str(MAX_BODY_BYTES)) or int(length) > MAX_BODY_BYTES:
                return HookResponse(413, f"send at most {MAX_BODY_BYTES} bytes")
            target = urlsplit(self.path)
            if not target.path.startswith(_PREFIX):
                return HookResponse(404, "send pushes to /hooks/SOURCE")
            body = self.rfile.read(int(length))
            if len(body) < int(length):
                return HookResponse(400, "the body is incomplete")
            headers = {name.lower(): value for name, value in self.headers.items()}
            return server.receive(HookRequest(target.path.removeprefix(_PREFIX), headers, body, _token(target.query)))

    return Handler


def _token(query: str) -> str:
    try:
        return parse_qs(query, max_num_fields=_MAX_FIELDS).get("token", [""])[0]
    except ValueError:
        return ""
