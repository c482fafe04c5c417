"""Turns that parties share fairly: whoever wants many of them delays itself, not the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from threading import TIMEOUT_MAX, Condition
from typing import Final

from watch_cluster.tools.time_limit import seconds_left

_PARTY: Final[ContextVar[str | None]] = ContextVar("party", default=None)


@contextmanager
def acting_for(party: str) -> Iterator[None]:
    """Take all turns in this context for that party."""
    token = _PARTY.set(party)
    try:
        yield
    finally:
        _PARTY.reset(token)


def party() -> str | None:
    """Return the party that this thread acts for."""
    return _PARTY.get()


class FairTurns:
    """So many threads may do something at once, and `reserved` of them only for parties that do not do it yet.

    A free turn goes to the party with the fewest, then to the one that has not been served for longest, then to whoever
    has waited longest. Threads that act for no party count as one party, which nothing is reserved from. Thread-safe.
    """

    def __init__(self, most: int, reserved: int = 0) -> None:
        self._most = most
        self._reserved = reserved
        self._changed = Condition()
        self._numbers = count(1)
        self._waiting: dict[int, str | None] = {}
        """The party of each thread that waits, the one that has waited longest first."""
        self._held: Counter[str | None] = Counter()
        self._served: dict[str | None, int] = {}
        """When each party that waits or holds a turn was served last."""

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a turn; raises `TimeLimitExceeded` when the time of this thread is up before it comes."""
        acting = party()
        self._acquire(acting)
        try:
            yield
        finally:
            with self._changed:
                self._held[acting] -= 1
                self._leave(acting)

    def waiting(self) -> int:
        """How many threads wait."""
        with self._changed:
            return len(self._waiting)

    def _acquire(self, party: str | None) -> None:
        with self._changed:
            number = next(self._numbers)
            self._waiting[number] = party
            try:
                while self._next() != number:
                    self._changed.wait(seconds_left(TIMEOUT_MAX))
                self._held[party] += 1
                self._served[party] = next(self._numbers)
            finally:
                del self._waiting[number]
                self._leave(party)

    def _next(self) -> int | None:
        """The thread whose turn it is."""
        if self._held.total() >= self._most:
            return None
        allowed = [(number, party) for number, party in self._waiting.items() if self._may(party)]
        order = [(self._held[party], self._served.get(party, 0), number) for number, party in allowed]
        return min(order)[-1] if order else None

    def _may(self, party: str | None) -> bool:
        return party is None or self._held[party] < max(1, self._most - self._reserved)

    def _leave(self, party: str | None) -> None:
        """Let the others look again, and forget a party that neither waits nor holds a turn."""
        if not self._held[party]:
            del self._held[party]
            if party not in self._waiting.values():
                self._served.pop(party, None)
        self._changed.notify_all()
