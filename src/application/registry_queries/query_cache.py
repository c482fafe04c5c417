"""Queries of registries that many workloads need at one tick, sent once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from watch_cluster.application.ports.clock import Clock
from watch_cluster.tools.single_flight import SingleFlightCache

KEPT: Final = timedelta(minutes=5)
"""How long a response may be used by the checks of the same tick."""
MOST_KEPT: Final = 4096
MOST_ITEMS_KEPT: Final = 500_000
"""How many tags, digests and the like all responses together may hold: about 50 MB."""

Response = TypeVar("Response")


class QueryCache:
    """The last response to each query, or its failure. Thread-safe.

    A check gets a response only if the query was sent when the check was due, or later.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._responses: SingleFlightCache[Hashable, Any] = SingleFlightCache(
            KEPT.total_seconds(), MOST_KEPT, weigh=_items, max_weight=MOST_ITEMS_KEPT, keep_failures=True
        )

    def get(self, query: Hashable, due: datetime, send: Callable[[], Response]) -> Response:
        """Return a response of `due` or later, sending the query if there is none. Raises what `send` raises."""
        now = self._clock.now().timestamp()
        response: Response = self._responses.get(query, now, send, since=due.timestamp())
        return response


def _items(response: object) -> int:
    return len(response) if isinstance(response, tuple | frozenset) else 1
