"""A real HTTP server that receives webhooks, and answers as it is told."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from queue import Queue
from typing import Final

from tests.servers.http_server import HttpServer, QuietHandler, QuietServer

LIMIT_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Received:
    """A webhook as it arrived; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to give. `drip` sends header bytes for ever, `cut` ends the connection without an answer."""

    status: int = 204
    headers: tuple[tuple[str, str], ...] = ()
    drip: bool = False
    cut: bool = False


class WebhookReceiver(HttpServer):
    """Answers in the order of `answers`, then well; `receive` waits for the next webhook."""

    def __init__(self, answers: Iterable[Answer] = ()) -> None:
        super().__init__(_Handler)
        self.answers = deque(answers)
        self.received: list[Received] = []
        self.open = threading.Event()
        """While cleared, requests are taken and not answered."""
        self.open.set()
        self._arrived: Queue[Received] = Queue()
        self.url = f"http://{self.host}/hook?token=hidden"

    def receive(self) -> Received:
        """Wait for the next webhook."""
        return self._arrived.get(timeout=LIMIT_SECONDS)

    def take(self, received: Received) -> Answer:
        """Note the webhook and say what to answer."""
        self.received.append(received)
        self._arrived.put(received)
        self.open.wait()
        return self.answers.popleft() if self.answers else Answer()

    def release(self) -> None:
        self.open.set()


class _Handler(QuietHandler):
    server: QuietServer[WebhookReceiver]

    def do_POST(self) -> None:  # noqa: N802 - the name is the library's
        body = self.content()
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.owner.take(Received(self.path, headers, body))
        self.close_connection = answer.cut or answer.drip
        if answer.cut:
            return
        with suppress(OSError):
            if answer.drip:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
                while not self.server.owner.closing.wait(0.01):
                    self.wfile.write(b"x")
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", "0")
            self.end_headers()
