"""HTTP exchanges that end by a deadline: a time-out for each read lets a slow drip go on for ever."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import httpcore

_deadline: Final[ContextVar[Deadline]] = ContextVar("deadline")


class Deadline:
    """A moment on the monotonic clock by which a whole exchange must have ended."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Count the seconds that are left; zero or less when the time is over."""
        return self._end - self._monotonic()


@contextmanager
def ending_by(deadline: Deadline) -> Iterator[None]:
    """Hold everything that this thread does on connections of ours to the deadline."""
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left() -> float:
    """Count the seconds that are left of this thread's deadline. Raises `httpcore.TimeoutException` when none is."""
    left = _deadline.get().left()
    if left <= 0:
        raise httpcore.TimeoutException
    return left


class DeadlineStream(httpcore.NetworkStream):
    """A stream on which each step gets only what is left of the current deadline."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline decides
        """Read what is there, at most so many bytes."""
        return self._inner.read(max_bytes, seconds_left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Write all of it."""
        self._inner.write(buffer, seconds_left())

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Go on over TLS."""
        return DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, seconds_left()))

    def get_extra_info(self, info: str) -> Any:
        """Tell what the pool wants to know of the connection."""
        return self._inner.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Connects as the system does."""

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
        """Connect; raises httpcore's errors."""
        return DeadlineStream(self._system.connect_tcp(host, port, seconds_left(), local_address, socket_options))
