"""A local HTTP server that answers as it is told and keeps what it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says: the body is sent as JSON, bytes as they are."""

    status: int
    body: object = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def refusal(cls, status: int, reason: str, message: str, *headers: tuple[str, str]) -> Answer:
        """Refuse as an API server does (meta/v1 `Status`)."""
        body = {"kind": "Status", "status": "Failure", "code": status, "reason": reason, "message": message}
        return cls(status, body, headers)


@dataclass(frozen=True, slots=True)
class Request:
    """What the server was asked; `body` is the JSON that was sent, None without any."""

    method: str
    path: str
    content_type: str | None
    body: Any


@dataclass(slots=True)
class ScriptedServer:
    """Gives its answers in order, the last one again and again."""

    answers: list[Answer]
    requests: list[Request] = field(default_factory=list)
    port: int = 0

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Answer on a free port of 127.0.0.1 within the block."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        script = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                content_type = self.headers.get("Content-Type")
                body = json.loads(sent) if sent else None
                script.requests.append(Request(self.command, self.path.split("?")[0], content_type, body))
                answer = script.answers.pop(0) if len(script.answers) > 1 else script.answers[0]
                text = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                for name, value in (("Content-Length", str(len(text))), *answer.headers):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = do_PATCH = _answer  # noqa: N815 - names of the library

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        return Handler
