"""A gate in front of the engine's socket that closes for good at the n-th change, as when a process is killed."""

from __future__ import annotations

import contextlib
import socket
import threading
from enum import Enum, auto
from pathlib import Path
from types import TracebackType
from typing import Self

_CHANGES = (b"POST ", b"DELETE ")


class Decision(Enum):
    """What becomes of a request."""

    OPEN = auto()
    LATE = auto()
    CUT = auto()


class EngineGate:
    """Forwards requests, each over a connection of its own, until the change with number `shut_at`.

    That change is not forwarded, or if `late`, it is and its response is not. Everything after it is cut off.
    """

    def __init__(self, path: Path, engine: Path, shut_at: int | None = None, *, late: bool = False) -> None:
        self.path = path
        self.changes: list[str] = []
        """The changes that came to the gate, the one that closed it included."""
        self._engine = engine
        self._shut_at = shut_at
        self._late = late
        self._shut = False
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shut = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    @property
    def shut(self) -> bool:
        """Whether it has closed."""
        return self._shut

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as engine, contextlib.suppress(OSError):
            head, body = _request(client)
            decision = self._decide(head)
            if decision is Decision.CUT:
                return
            engine.connect(str(self._engine))
            engine.sendall(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) + body)
            while chunk := engine.recv(65_536):
                if decision is Decision.OPEN and not self._shut:
                    client.sendall(chunk)
            if decision is Decision.LATE:
                self._shut = True

    def _decide(self, head: bytes) -> Decision:
        line = head.partition(b"\r\n")[0].decode()
        with self._lock:
            if self._shut:
                return Decision.CUT
            if not head.startswith(_CHANGES) or "/images/" in line:
                return Decision.OPEN
            self.changes.append(line)
            if len(self.changes) - 1 != self._shut_at:
                return Decision.OPEN
            self._shut = not self._late
            return Decision.LATE if self._late else Decision.CUT


def _request(client: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = client.recv(65_536)
        if not chunk:
            raise OSError("the client has gone")
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += client.recv(65_536)
    return head + b"\r\n\r\n", body
