"""HTTP requests with an overall deadline: a timeout per read never ends a response that trickles in."""

from __future__ import annotations

import math
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import httpcore

from watch_cluster.tools.deadline import Deadline

_deadline: Final[ContextVar[Deadline]] = ContextVar("deadline")
_bytes_left: Final[ContextVar[float]] = ContextVar("bytes_left", default=math.inf)


class TooManyBytes(httpcore.RemoteProtocolError):
    """The other side sends more than any response has: interim responses, headers, or framing without end."""


@contextmanager
def deadline_scope(deadline: Deadline, max_bytes: float = math.inf) -> Iterator[None]:
    """Apply the deadline, and a limit of all bytes read, to the I/O of this thread on `DeadlineBackend` connections."""
    token, limit = _deadline.set(deadline), _bytes_left.set(max_bytes)
    try:
        yield
    finally:
        _deadline.reset(token)
        _bytes_left.reset(limit)


def remaining_seconds() -> float:
    """Return the remaining seconds of this thread's deadline. Raises `httpcore.TimeoutException` after it."""
    remaining = _deadline.get().remaining()
    if remaining <= 0:
        raise httpcore.TimeoutException
    return remaining


def allow_bytes(number: float) -> None:
    """Let so many bytes more be read in this scope."""
    _bytes_left.set(_bytes_left.get() + number)


class DeadlineStream(httpcore.NetworkStream):
    """A network stream whose operations time out at the current deadline."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline decides
        """Read up to `max_bytes` bytes. Raises `TooManyBytes` when the limit of the scope is exceeded."""
        read = self._inner.read(max_bytes, remaining_seconds())
        left = _bytes_left.get() - len(read)
        _bytes_left.set(left)
        if left < 0:
            raise TooManyBytes("it sends more than a response may have")
        return read

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Write the whole buffer."""
        self._inner.write(buffer, remaining_seconds())

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Start TLS on the connection."""
        return DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, remaining_seconds()))

    def get_extra_info(self, info: str) -> Any:
        """Return information about the connection."""
        return self._inner.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens TCP connections that respect the current deadline."""

    def __init__(self) -> None:
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline decides
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection. Raises httpcore's errors."""
        stream = self._system.connect_tcp(host, port, remaining_seconds(), local_address, socket_options)
        return DeadlineStream(stream)
