"""A door to the API server that tests may shut, slow down, falsify, and slam at any write."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

from tests.cluster.control_plane import ControlPlane
from tests.servers.http_server import HttpServer, QuietHandler, QuietServer

_WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_OWN_HEADERS: Final = frozenset({"connection", "transfer-encoding", "content-length", "date", "server"})


@dataclass(frozen=True, slots=True)
class Cut:
    """What happens at a write: `act`, before it takes effect or after, and nobody gets an answer."""

    at: int
    after: bool
    act: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer in the API server's place."""

    status: int
    reason: str
    retry_after: int | None = None


class Gate(HttpServer):
    """Carries HTTP on loopback to an API server, whose certificate it checks.

    `writes` has method and path of each request that changes something, but for those for the Lease, which come by the
    clock. `refuse` may answer in the API server's place. `delay` are seconds that each request takes more.
    """

    def __init__(self, plane: ControlPlane) -> None:
        super().__init__(_RequestHandler)
        self._upstream = urlsplit(plane.server)
        self._tls = plane.trust()
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        self._carrying = threading.Event()
        self._carrying.set()
        self._partitioned = False
        self._clients: set[socket.socket] = set()
        self.writes: list[str] = []
        self.cut: Cut | None = None
        self.delay = 0.0
        self.refuse: Callable[[str, str], Refusal | None] = lambda _method, _path: None

    def release(self) -> None:
        self._open.set()
        self._carrying.set()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self.hang_up()

    def kubeconfig(self, original: Path, folder: Path) -> Path:
        """Write a kubeconfig that leads through this door with the credentials of another one."""
        document = json.loads(original.read_text())
        for each in document["clusters"]:
            each["cluster"] = {"server": f"http://{self.host}"}
        path = folder / f"gate-{self.port}.kubeconfig"
        path.write_text(json.dumps(document))
        return path

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Take requests and answer none, and carry nothing of what is watched."""
        self._open.clear()
        self._carrying.clear()
        try:
            yield
        finally:
            self._open.set()
            self._carrying.set()

    @contextmanager
    def dead_watches(self) -> Iterator[None]:
        """Carry nothing of what is watched now: such connections stay open, and are silent for ever."""
        self._carrying.clear()
        dead, self._carrying = self._carrying, threading.Event()
        self._carrying.set()
        try:
            yield
        finally:
            dead.set()

    @contextmanager
    def partitioned(self) -> Iterator[None]:
        """Cut all connections, and take no new ones."""
        self._partitioned = True
        self.hang_up()
        try:
            yield
        finally:
            self._partitioned = False

    @contextmanager
    def refusing(self, status: int, reason: str, retry_after: int | None = None) -> Iterator[None]:
        """Answer everything like that."""
        before, self.refuse = self.refuse, lambda _method, _path: Refusal(status, reason, retry_after)
        try:
            yield
        finally:
            self.refuse = before

    def hang_up(self) -> None:
        """Cut all connections that there are, those of watches among them."""
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> http.client.HTTPSConnection:
        host, port = self._upstream.hostname or "", self._upstream.port
        connection = http.client.HTTPSConnection(host, port, context=self._tls, timeout=60)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _count(self, method: str, path: str) -> Cut | None:
        """Count a write; what is to happen at it."""
        with self._lock:
            self.writes.append(f"{method} {path}")
            return self.cut if self.cut is not None and len(self.writes) == self.cut.at else None


class _RequestHandler(QuietHandler):
    server: QuietServer[Gate]
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self._far: http.client.HTTPSConnection | None = None
        with self.server.owner._lock:
            self.server.owner._clients.add(self.connection)

    def finish(self) -> None:
        with self.server.owner._lock:
            self.server.owner._clients.discard(self.connection)
        if self._far is not None:
            self._far.close()
        with suppress(OSError):
            super().finish()

    def do_GET(self) -> None:  # noqa: N802 - the name is the library's
        gate = self.server.owner
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        gate._open.wait()
        gate.closing.wait(gate.delay)
        refusal = gate.refuse(self.command, self.path)
        if gate._partitioned or gate.closing.is_set():
            self.close_connection = True
            return
        if refusal is not None:
            self._refuse(refusal)
            return
        cut = gate._count(self.command, self.path) if self._writes() else None
        if cut is not None and not cut.after:
            cut.act()
            self.close_connection = True
            return
        try:
            answer = self._ask(body)
            self._carry(answer, cut)
        except (OSError, http.client.HTTPException):
            self.close_connection = True

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names are the library's

    def _writes(self) -> bool:
        return self.command in _WRITES and "/leases" not in self.path

    def _ask(self, body: bytes) -> http.client.HTTPResponse:
        if self._far is None:
            self._far = self.server.owner._connect()
        headers = {name: value for name, value in self.headers.items() if name.lower() not in {"host", "connection"}}
        self._far.request(self.command, self.path, body=body or None, headers=headers)
        return self._far.getresponse()

    def _carry(self, answer: http.client.HTTPResponse, cut: Cut | None) -> None:
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _OWN_HEADERS]
        if "watch=true" in self.path and answer.status == http.HTTPStatus.OK:
            self._stream(answer, headers)
            return
        body = answer.read()
        if cut is not None:
            cut.act()
            self.close_connection = True
            return
        self._send(answer.status, [*headers, ("Content-Length", str(len(body)))], body)

    def _stream(self, answer: http.client.HTTPResponse, headers: list[tuple[str, str]]) -> None:
        self.close_connection = True
        carrying = self.server.owner._carrying
        self._send(answer.status, [*headers, ("Transfer-Encoding", "chunked")], b"")
        assert self._far is not None
        self._far.sock.settimeout(None)
        while piece := answer.read1(65536):
            carrying.wait()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _refuse(self, refusal: Refusal) -> None:
        status = {"kind": "Status", "reason": refusal.reason, "message": "the tests have it so", "code": refusal.status}
        body = json.dumps(status).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        if refusal.retry_after is not None:
            headers.append(("Retry-After", str(refusal.retry_after)))
        self._send(refusal.status, headers, body)

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
