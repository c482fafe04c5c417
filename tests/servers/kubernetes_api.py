"""A local HTTP server in the place of an API server, for what a real one does too rarely: it answers as it is told."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler
from queue import Queue, SimpleQueue
from threading import Event
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.servers.http_server import HttpServer, QuietHandler, QuietServer

OTHER_KINDS = ("/statefulsets", "/daemonsets", "/cronjobs")
"""Of which this server has none; their watches stay open and silent."""
_REFUSALS = (403, 404)
LIMIT_SECONDS = 5.0
"""How long a test waits for what must come."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole answer. `short_by` bytes are announced and never sent."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    short_by: int = 0

    @classmethod
    def of(cls, document: object) -> Reply:
        """Answer well, with this document."""
        return cls(body=json.dumps(document).encode())

    @classmethod
    def refusal(cls, code: int, reason: str = "Reason", message: str = "a message", **headers: str) -> Reply:
        """Refuse as an API server does (meta/v1 `Status`)."""
        return cls(code, json.dumps(status(code, reason, message)).encode(), headers)


@dataclass(frozen=True, slots=True)
class Request:
    """What the server was asked; names of headers are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """The JSON that was sent."""
        return json.loads(self.body)


class _End(Enum):
    CLEAN = auto()
    CUT = auto()


class OpenWatch:
    """A watch that is under way, in the hands of a test."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self.query = query
        self.steps: SimpleQueue[bytes | _End] = SimpleQueue()

    def send(self, kind: str, document: object) -> None:
        """Send an event: `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK`, `ERROR`."""
        self.send_bytes(json.dumps({"type": kind, "object": document}).encode() + b"\n")

    def send_bytes(self, data: bytes) -> None:
        """Send a piece of the stream as it is."""
        self.steps.put(data)

    def end(self) -> None:
        """End it as a server does when its time is over."""
        self.steps.put(_End.CLEAN)

    def cut(self) -> None:
        """Break the connection."""
        self.steps.put(_End.CUT)


class FakeKubernetesApi(HttpServer):
    """Answers lists, watches, lists of namespaces and the rest from scripts; the last answer of one is given for ever.

    A watch for which there is no answer stays open, and is handed to the test by `next_watch`.
    """

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.url = f"http://{self.host}"
        self.lists: deque[Reply] = deque([Reply.of(listing())])
        self.watches: deque[Reply] = deque()
        self.others: deque[Reply] = deque([Reply()])
        self.namespaces: deque[Reply] = deque([Reply.of(listing())])
        self.objects: dict[str, Reply] = {}
        """What GET gives at these paths, before any script."""
        self.discovery = {"/apis/batch/v1": Reply.of({"resources": [{"name": "jobs"}, {"name": "cronjobs"}]})}
        """What the server says of the versions that it serves; such requests are not noted."""
        self.requests: list[Request] = []
        self.answering = Event()
        """While cleared, requests are taken and not answered."""
        self.answering.set()
        self._open: Queue[OpenWatch] = Queue()
        self._open_of_namespaces: Queue[OpenWatch] = Queue()
        self._open_of_other_kinds: Queue[OpenWatch] = Queue()
        self._all: list[OpenWatch] = []

    def release(self) -> None:
        self.answering.set()
        for watch in self._all:
            watch.end()

    def next_watch(self) -> OpenWatch:
        """Wait for the next watch that stays open."""
        return self._open.get(timeout=LIMIT_SECONDS)

    def watches_of_other_kinds(self, scopes: int = 1) -> None:
        """Wait until those kinds are watched of which this server has none, in so many scopes."""
        for _ in range(scopes * len(OTHER_KINDS)):
            self._open_of_other_kinds.get(timeout=LIMIT_SECONDS)

    def next_watch_of_namespaces(self) -> OpenWatch:
        """Wait for the next watch of namespaces, which always stays open."""
        return self._open_of_namespaces.get(timeout=LIMIT_SECONDS)

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """Answer one request."""
        parts = urlsplit(handler.path)
        query = dict(parse_qsl(parts.query))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        if parts.path in self.discovery:
            _reply(handler, self.discovery[parts.path])
            return
        self.requests.append(Request(handler.command, parts.path, query, headers, body))
        self.answering.wait()
        if "watch" in query and parts.path.endswith(OTHER_KINDS):
            self._stream(handler, query, self._open_of_other_kinds)
        elif parts.path == "/api/v1/namespaces":
            if "watch" in query:
                self._stream(handler, query, self._open_of_namespaces)
            else:
                _reply(handler, _next(self.namespaces))
        elif "watch" in query and not self.watches:
            self._stream(handler, query, self._open)
        elif "watch" in query:
            _reply(handler, self.watches.popleft())
        elif handler.command == "GET" and parts.path in self.objects:
            _reply(handler, self.objects[parts.path])
        elif handler.command == "GET" and parts.path.endswith(OTHER_KINDS):
            _reply(handler, self.lists[0] if self.lists[0].status in _REFUSALS else Reply.of(listing()))
        elif handler.command == "GET" and parts.path.endswith("/deployments"):
            _reply(handler, _next(self.lists))
        else:
            _reply(handler, _next(self.others))

    def _stream(
        self,
        handler: BaseHTTPRequestHandler,
        query: Mapping[str, str],
        watches: Queue[OpenWatch],
    ) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        watch = OpenWatch(query)
        self._all.append(watch)
        watches.put(watch)
        while isinstance(step := watch.steps.get(), bytes):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(step), step))
        if step is _End.CLEAN:
            handler.wfile.write(b"0\r\n\r\n")
        else:
            handler.close_connection = True


class _Handler(QuietHandler):
    server: QuietServer[FakeKubernetesApi]

    def _answer(self) -> None:
        self.server.owner.answer(self, self.content())

    do_GET = do_PATCH = do_POST = _answer  # noqa: N815 - names of the library


def _next(script: deque[Reply]) -> Reply:
    return script.popleft() if len(script) > 1 else script[0]


def _reply(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    handler.send_response(reply.status)
    for name, value in {"Content-Length": str(len(reply.body) + reply.short_by), **reply.headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    with suppress(OSError):
        handler.wfile.write(reply.body)
    handler.close_connection = bool(reply.short_by)


def status(code: int, reason: str, message: str) -> dict[str, Any]:
    """A Status object (meta/v1) that says no."""
    return {"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message}


def listing(*items: object, version: str = "1", following: str = "") -> dict[str, Any]:
    """A page of a list."""
    metadata = {"resourceVersion": version, **({"continue": following} if following else {})}
    return {"kind": "DeploymentList", "metadata": metadata, "items": list(items)}


def deployment(name: str = "app", *, version: str = "1", image: str = "app:1", **parts: Any) -> dict[str, Any]:
    """A watched Deployment with one container `main`; `metadata`, `spec` and `status` add to it or replace."""
    metadata = {
        "name": name,
        "namespace": "team",
        "uid": f"uid-of-{name}",
        "resourceVersion": version,
        "generation": 1,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "annotations": {"watch-cluster.io/enabled": "true"},
    }
    spec = {"replicas": 1, "template": {"spec": {"containers": [{"name": "main", "image": image}]}}}
    return {
        "metadata": {**metadata, **parts.get("metadata", {})},
        "spec": {**spec, **parts.get("spec", {})},
        "status": parts.get("status", {}),
    }
