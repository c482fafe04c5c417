"""A local HTTP server that gives scripted answers and records requests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.servers.http_server import HttpServer, QuietHandler, QuietServer


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
    """A request; `body` is the JSON that was sent, None without any."""

    method: str
    path: str
    content_type: str | None
    body: Any


class ScriptedServer(HttpServer):
    """Gives its answers in order, the last one again and again."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__(_Handler)
        self.answers = answers
        self.requests: list[Request] = []

    def answer_to(self, request: Request) -> Answer:
        """Record the request, and return the answer."""
        self.requests.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Handler(QuietHandler):
    server: QuietServer[ScriptedServer]

    def _answer(self) -> None:
        sent = self.content()
        body = json.loads(sent) if sent else None
        request = Request(self.command, self.path.split("?")[0], self.headers.get("Content-Type"), body)
        answer = self.server.owner.answer_to(request)
        text = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.respond(answer.status, text, answer.headers)

    do_GET = do_POST = do_PUT = do_PATCH = _answer  # noqa: N815 - names of the library
