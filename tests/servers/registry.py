"""Real HTTP servers that behave, or misbehave, as registries and token servers do."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.servers.http_server import HttpServer, QuietHandler, QuietServer


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived; header names are in lower case."""

    path: str
    query: str
    headers: dict[str, str]
    method: str = "GET"
    body: str = ""

    @property
    def authorization(self) -> str | None:
        return self.headers.get("authorization")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to send.

    `drip` goes on after its body, byte by byte and for ever, `drip_head` so sends a header; `cut` ends the connection
    without an answer.
    """

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    drip: bool = False
    drip_head: bool = False
    cut: bool = False


Handler = Callable[[Seen], Reply]


def json_reply(content: Any, *headers: tuple[str, str], status: int = 200) -> Reply:
    return Reply(status, json.dumps(content).encode(), (("Content-Type", "application/json"), *headers))


def tags_reply(tags: Iterable[str] | None, next_link: str | None = None) -> Reply:
    links = () if next_link is None else (("Link", f'<{next_link}>; rel="next"'),)
    return json_reply({"name": "app", "tags": None if tags is None else list(tags)}, *links)


def error_reply(status: int, code: str, *headers: tuple[str, str]) -> Reply:
    return json_reply({"errors": [{"code": code, "message": "no"}]}, *headers, status=status)


def challenge_reply(*challenges: str) -> Reply:
    return error_reply(401, "UNAUTHORIZED", *(("WWW-Authenticate", challenge) for challenge in challenges))


def scripted(*replies: Reply) -> Handler:
    """Answer in this order, and with the last one from then on."""
    left = list(replies)
    return lambda _seen: left.pop(0) if len(left) > 1 else left[0]


def paged(tags: Iterable[str], size: int) -> Handler:
    """Serve a tag list in pages, as the specification has it."""
    ordered = sorted(tags)

    def answer(seen: Seen) -> Reply:
        start = int(seen.query.partition("from=")[2] or 0)
        end = start + size
        link = f"{seen.path}?n={size}&from={end}" if end < len(ordered) else None
        return tags_reply(ordered[start:end], link)

    return answer


@dataclass
class RegistryServer(HttpServer):
    """A server on a loopback port of its own that answers each path by its handler, and remembers what it was asked."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        super().__init__(_RequestHandler, self.tls)
        self.seen: list[Seen] = []
        self.dripping = 0
        """How many bodies or heads have begun to drip."""

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def on(self, path: str, handler: Handler | Reply) -> None:
        self.handlers[path] = scripted(handler) if isinstance(handler, Reply) else handler

    def on_tags(self, handler: Handler | Reply, repository: str = "app") -> None:
        self.on(f"/v2/{repository}/tags/list", handler)

    def on_manifest(self, reference: str, handler: Handler | Reply, repository: str = "app") -> None:
        self.on(f"/v2/{repository}/manifests/{reference}", handler)

    def requests_for(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]

    def reply_to(self, seen: Seen) -> Reply:
        self.seen.append(seen)
        handler = self.handlers.get(seen.path)
        return error_reply(404, "NAME_UNKNOWN") if handler is None else handler(seen)

    def closes_within(self, seconds: float) -> bool:
        """Wait, as a slow server does, but no longer than until the end of the test."""
        return self.closing.wait(seconds)


class _RequestHandler(QuietHandler):
    server: QuietServer[RegistryServer]
    wbufsize = -1

    def do_GET(self) -> None:  # noqa: N802 - the name is the library's
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.content().decode()
        seen = Seen(path, query, headers, self.command, body)
        reply = self.server.owner.reply_to(seen)
        self.close_connection = reply.cut or reply.drip or reply.drip_head
        if reply.cut:
            return
        with suppress(OSError):
            if reply.drip_head:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
                self._drip()
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) + (1_000_000 if reply.drip else 0)))
            self.end_headers()
            if seen.method == "HEAD":
                return
            self.wfile.write(reply.body)
            if reply.drip:
                self._drip()

    do_HEAD = do_POST = do_GET  # noqa: N815 - the names are the library's

    def _drip(self) -> None:
        self.server.owner.dripping += 1
        while not self.server.owner.closes_within(0.01):
            self.wfile.write(b" ")
            self.wfile.flush()
