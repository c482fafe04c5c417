"""One call at a time for each key: concurrent callers share its result instead of repeating it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from traceback import clear_frames
from typing import Generic, TypeVar

from watch_cluster.tools.time_limit import TimeLimitExceeded, seconds_left, shared_result

Key = TypeVar("Key")
Value = TypeVar("Value")


class SingleFlight(Generic[Key, Value]):
    """Shares calls in flight and keeps no results. Thread-safe.

    A caller whose time limit is up fails alone: the others make the call again.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._flights: dict[Key, Future[Value]] = {}

    def run(self, key: Key, call: Callable[[], Value]) -> Value:
        """Return the result of the call in flight for the key, or else of `call`. Raises what it raises, to all."""
        while True:
            with self._lock:
                flight = self._flights.get(key)
                mine = flight is None
                flight = flight or self._flights.setdefault(key, Future())
            if mine:
                _fulfil(flight, call)
                with self._lock:
                    del self._flights[key]
            try:
                return shared_result(flight)
            except TimeLimitExceeded:
                if mine:
                    raise
                seconds_left(0)


@dataclass(slots=True)
class _Entry(Generic[Value]):
    began: float
    outcome: Future[Value] = field(default_factory=Future)
    weight: int = 0


class SingleFlightCache(Generic[Key, Value]):
    """Keeps results for `seconds`, at most `max_entries` that weigh `max_weight` together. Thread-safe.

    The oldest go first. With `owner`, which returns the owner of a key, those of the owner with most entries, or most
    weight, go first: whoever keeps a lot displaces only its own. `weigh` returns the weight of a value. Failures are
    kept only with `keep_failures`. `now` is in seconds, of any clock: a clock that was set back makes no result last.
    """

    def __init__(
        self,
        seconds: float,
        max_entries: int,
        *,
        weigh: Callable[[Value], int] = lambda _value: 0,
        max_weight: int = 0,
        owner: Callable[[Key], Hashable] | None = None,
        keep_failures: bool = False,
    ) -> None:
        self._seconds = seconds
        self._max_entries = max_entries
        self._weigh = weigh
        self._max_weight = max_weight
        self._owner = owner
        self._keep_failures = keep_failures
        self._weight = 0
        self._lock = Lock()
        self._entries: dict[Key, _Entry[Value]] = {}
        """The oldest comes first."""

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key, now: float, call: Callable[[], Value], *, since: float = -math.inf) -> Value:
        """Return a result of which the call began at `since` or later, or else of `call`. Raises what it raises.

        Concurrent callers wait for the call in flight. A caller whose time limit is up fails alone: the others make
        the call again.
        """
        while True:
            entry, mine = self._join(key, now, since)
            if mine:
                _fulfil(entry.outcome, call)
                self._settle(key, entry)
            try:
                return shared_result(entry.outcome)
            except TimeLimitExceeded:
                if mine:
                    raise
                seconds_left(0)

    def _join(self, key: Key, now: float, since: float) -> tuple[_Entry[Value], bool]:
        with self._lock:
            self._expire(now)
            entry = self._entries.get(key)
            mine = entry is None or not since <= entry.began <= now
            if entry is None or mine:
                self._drop(key)
                if len(self._entries) >= self._max_entries:
                    self._displace(lambda _entry: 1)
                entry = self._entries[key] = _Entry(now)
            return entry, mine

    def _settle(self, key: Key, entry: _Entry[Value]) -> None:
        """Weigh the result if it is still cached, or drop a failure."""
        failure = entry.outcome.exception()
        with self._lock:
            if self._entries.get(key) is not entry:
                return
            if failure is not None:
                if not self._keep_failures or isinstance(failure, TimeLimitExceeded):
                    self._drop(key)
                return
            entry.weight = self._weigh(entry.outcome.result())
            self._weight += entry.weight
            while self._weight > self._max_weight:
                self._displace(lambda entry: entry.weight)

    def _expire(self, now: float) -> None:
        while self._entries:
            oldest = next(iter(self._entries.values()))
            if abs(now - oldest.began) < self._seconds:
                return
            self._drop_oldest()

    def _displace(self, size: Callable[[_Entry[Value]], int]) -> None:
        """Drop the oldest result of the owner whose results have the largest size together."""
        if self._owner is None:
            self._drop_oldest()
            return
        sizes: Counter[Hashable] = Counter()
        for key, entry in self._entries.items():
            sizes[self._owner(key)] += size(entry)
        [(largest, _)] = sizes.most_common(1)
        self._drop(next(key for key in self._entries if self._owner(key) == largest))

    def _drop_oldest(self) -> None:
        self._drop(next(iter(self._entries)))

    def _drop(self, key: Key) -> None:
        dropped = self._entries.pop(key, None)
        if dropped is not None:
            self._weight -= dropped.weight


def _fulfil(outcome: Future[Value], call: Callable[[], Value]) -> None:
    try:
        outcome.set_result(call())
    except BaseException as error:  # noqa: BLE001 - result() raises it again, here and to all who wait
        _let_go(error)
        outcome.set_exception(error)


def _let_go(error: BaseException) -> None:
    """Clear the variables of the frames that the error has passed: a kept failure must not keep what was read."""
    passed: BaseException | None = error
    while passed is not None:
        clear_frames(passed.__traceback__)
        passed = passed.__cause__ or passed.__context__
