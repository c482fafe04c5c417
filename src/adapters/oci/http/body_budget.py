"""Reads bodies within limits in bytes: of each body, and of all bodies that are read at the same time."""

from __future__ import annotations

import threading
import zlib
from collections import Counter
from collections.abc import Iterable
from typing import Final, Protocol

from watch_cluster.adapters.oci.http.errors import Remedy, RequestError
from watch_cluster.tools.fair_turns import party

MAX_BYTES_AT_ONCE: Final = 32 * 1024 * 1024
"""The most bytes of large bodies in memory, so that many of them do not exhaust it."""
ASSURED_BYTES: Final = 256 * 1024
"""What each body may take beside the budget: most tag lists are smaller."""

_MIN_BYTES_PER_CHUNK: Final = 16
"""Decoding millions of smaller ones would take a whole core for as long as the request may last."""
_ASSURED_CHUNKS: Final = 4096
_GZIP: Final = 16 + zlib.MAX_WBITS


class UndecodableBody(Exception):  # noqa: N818 - never leaves the adapter
    """A body has an unknown encoding, or does not match its encoding."""


class Decoder(Protocol):
    """Decodes a body as it arrives."""

    def decode(self, chunk: bytes, limit: int) -> bytes:
        """Decode the chunk to at most `limit` bytes; raises `UndecodableBody`."""


class _Identity:
    def decode(self, chunk: bytes, limit: int) -> bytes:
        return chunk[:limit] if len(chunk) > limit else chunk


class _Gzip:
    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_GZIP)

    def decode(self, chunk: bytes, limit: int) -> bytes:
        try:
            return self._inflate.decompress(chunk, limit)
        except zlib.error:
            raise UndecodableBody("it is not gzip") from None


def decoder_for(encoding: str) -> Decoder:
    """Return a decoder for that Content-Encoding; raises `UndecodableBody`.

    Requests accept no encoding, but some proxies compress anyway.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return _Identity()
    if name in {"gzip", "x-gzip"}:
        return _Gzip()
    raise UndecodableBody("its Content-Encoding is neither identity nor gzip")


class BodyBudget:
    """Limits what all bodies that are being read take beyond `ASSURED_BYTES` each. Thread-safe.

    If it is `shared`, a party (`acting_for`) takes at most half of what the others leave. So something is left for
    whoever has nothing yet, however slowly the bodies of the others come. Threads that act for no party may take all.
    """

    def __init__(self, max_bytes: int = MAX_BYTES_AT_ONCE, *, shared: bool = False) -> None:
        self._max_bytes = max_bytes
        self._shared = shared
        self._lock = threading.Lock()
        self._held: Counter[str | None] = Counter()

    def read(self, chunks: Iterable[bytes], decoder: Decoder, limit: int) -> bytes:
        """Return the decoded body, or its first `limit` bytes.

        Raises `UndecodableBody`, and `RequestError` if the budget is used up.
        """
        body = bytearray()
        acting = party()
        try:
            for number, chunk in enumerate(chunks):
                if number > _ASSURED_CHUNKS + len(body) // _MIN_BYTES_PER_CHUNK:
                    raise UndecodableBody("it comes in thousands of chunks of a few bytes")
                part = decoder.decode(chunk, limit - len(body))
                self._take(acting, _counted(len(body) + len(part)) - _counted(len(body)))
                body += part
                if len(body) >= limit:
                    break
            return bytes(body)
        finally:
            self._give_back(acting, _counted(len(body)))

    def _take(self, party: str | None, size: int) -> None:
        with self._lock:
            if size and size > self._free(party):
                raise RequestError(
                    "too many large answers of registries are being read at this moment",
                    "check fewer workloads at once (CHECK_WORKERS)",
                    Remedy.RETRY,
                )
            self._held[party] += size

    def _free(self, party: str | None) -> int:
        """How many bytes more the party may take."""
        held = self._held[party]
        left_by_others = self._max_bytes - self._held.total() + held
        most = left_by_others // 2 if self._shared and party is not None else left_by_others
        return most - held

    def _give_back(self, party: str | None, size: int) -> None:
        with self._lock:
            self._held[party] -= size
            if not self._held[party]:
                del self._held[party]


def _counted(size: int) -> int:
    """What a body of that size takes of the budget."""
    return max(0, size - ASSURED_BYTES)
