"""Reads responses of the API server: whole ones within a limit, streams line by line, and refusals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Final, Protocol

import msgspec
import urllib3

from watch_cluster.adapters.kubernetes.client.errors import (
    ApiRefused,
    ApiSilent,
    ApiTooLarge,
    ApiUnreachable,
    translate_errors,
)

MAX_OBJECT_BYTES: Final = 16 * 1024 * 1024
"""More than any object has: etcd takes 1.5 MiB, and JSON escapes make at most six bytes of one."""
_CHUNK_BYTES: Final = 64 * 1024
_PIECE_BYTES: Final = 256 * 1024
_ERROR_BYTES: Final = 64 * 1024
_MAX_MESSAGE_CHARS: Final = 500


class Lines(Protocol):
    """Yield the lines of a stream as they arrive."""

    def __iter__(self) -> Iterator[bytes]:
        """Each line without its end. Raises `ApiSilent` when none comes for too long, `ApiUnreachable` for a break."""

    def interrupt(self) -> None:
        """End the stream, from another thread; one that has ended already is left alone."""


class ResponseLines:
    """The lines of one streamed response."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        """See `Lines`."""
        rest = bytearray()
        try:
            with translate_errors():
                for chunk in self._response.stream(_CHUNK_BYTES):
                    # Searched only in the new bytes: a long line comes in many chunks.
                    *lines, last = chunk.split(b"\n")
                    for line in lines:
                        rest += line
                        if rest:
                            yield bytes(rest)
                        rest.clear()
                    rest += last
                    if len(rest) > MAX_OBJECT_BYTES:
                        raise ApiTooLarge(f"a line of the watch is longer than {MAX_OBJECT_BYTES} bytes")
        except ApiUnreachable as error:
            if isinstance(error.__cause__, urllib3.exceptions.ReadTimeoutError | TimeoutError):
                raise ApiSilent(str(error)) from error
            raise

    def interrupt(self) -> None:
        """See `Lines`."""
        # RuntimeError and ValueError say that it has ended meanwhile, OSError that the peer has gone.
        with suppress(RuntimeError, ValueError, OSError):
            self._response.shutdown()


class _Status(msgspec.Struct):
    """The parts of a Status object (meta/v1) that are used."""

    reason: str = ""
    message: str = ""


def raise_refusal(response: urllib3.BaseHTTPResponse) -> None:
    """Raise `ApiRefused` unless the response is a good one."""
    if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        return
    body = response.read(_ERROR_BYTES, decode_content=True)
    try:
        status = msgspec.json.decode(body, type=_Status)
    except (msgspec.DecodeError, UnicodeDecodeError):
        status = _Status()
    delay = response.headers.get("Retry-After", "")
    raise ApiRefused(
        response.status,
        status.reason or (response.reason or ""),
        " ".join(status.message.split())[:_MAX_MESSAGE_CHARS] or "it gives no reason",
        float(delay) if delay.isascii() and delay.isdigit() else 0,
    )


def read_body(response: urllib3.BaseHTTPResponse, deadline: float, max_bytes: int) -> bytes:
    """Read the body piece by piece: the socket's own timeout restarts with each of them."""
    pieces: list[bytes] = []
    size = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        allow_silence(response, left)
        piece = response.read1(_PIECE_BYTES)
        if not piece:
            return b"".join(pieces)
        size += len(piece)
        if size > max_bytes:
            raise ApiTooLarge(f"the answer has more than {max_bytes} bytes")
        pieces.append(piece)


def allow_silence(response: urllib3.BaseHTTPResponse, seconds: float) -> None:
    """Set how long the connection may be silent."""
    socket = getattr(response.connection, "sock", None)
    if socket is not None:
        socket.settimeout(seconds)
