"""Queries of registries that many workloads need at one tick, sent once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from watch_cluster.application.ports.clock import Clock
from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.images.statement import SignedStatement
from watch_cluster.tools.single_flight import SingleFlightCache

KEPT: Final = timedelta(minutes=5)
"""How long a response may be used by the checks of the same tick."""
MOST_KEPT: Final = 4096
MOST_BYTES_KEPT: Final = 40 * 1024 * 1024
"""How much memory all responses together may take, roughly."""
_BYTES_PER_OBJECT: Final = 64
"""What a text takes beyond its characters."""
_BYTES_PER_STATEMENT: Final = 512
"""What a statement takes beyond its bytes and texts."""

Response = TypeVar("Response")


class QueryCache:
    """The last response to each query, or its failure. Thread-safe.

    A check gets a response only if the query was sent when the check was due, or later.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._responses: SingleFlightCache[Hashable, Any] = SingleFlightCache(
            KEPT.total_seconds(), MOST_KEPT, weigh=_bytes_in, max_weight=MOST_BYTES_KEPT, keep_failures=True
        )

    def get(self, query: Hashable, due: datetime, send: Callable[[], Response]) -> Response:
        """Return a response of `due` or later, sending the query if there is none. Raises what `send` raises."""
        now = self._clock.now().timestamp()
        response: Response = self._responses.get(query, now, send, since=due.timestamp())
        return response


def _bytes_in(response: object) -> int:
    parts = response if isinstance(response, tuple | frozenset) else (response,)
    if isinstance(next(iter(parts), None), str):
        # Hundreds of thousands of tags.
        return _BYTES_PER_OBJECT * len(parts) + sum(map(len, parts))
    contents = {id(part.signed): len(part.signed) for part in parts if isinstance(part, SignedStatement)}
    return sum(map(_bytes_of, parts)) + sum(contents.values())


def _bytes_of(part: object) -> int:
    """Return the bytes of a part without the content that is signed, which several statements share."""
    if isinstance(part, str):
        return _BYTES_PER_OBJECT + len(part)
    if isinstance(part, Platform):
        return sum(map(_bytes_of, (part.os, part.architecture, part.variant)))
    if isinstance(part, SignedStatement):
        texts = (*part.digests, part.predicate_type)
        return _BYTES_PER_STATEMENT + len(part.signature) + sum(map(_bytes_of, texts))
    return _BYTES_PER_OBJECT
