"""A bounded LRU map: untrusted input must not be able to grow a cache."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Lru(Generic[Key, Value]):
    """At most `max_entries` entries that weigh at most `max_weight` together; the least recently used go first.

    `weigh` returns the weight of a value. An entry that is too heavy on its own is not kept. Not thread-safe.
    """

    def __init__(
        self, max_entries: int, *, weigh: Callable[[Value], int] = lambda _value: 0, max_weight: int = 0
    ) -> None:
        self._max_entries = max_entries
        self._weigh = weigh
        self._max_weight = max_weight
        self._weight = 0
        self._entries: OrderedDict[Key, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Value | None:
        """Return the value and mark it as used; None if there is none."""
        if key in self._entries:
            self._entries.move_to_end(key)
        return self._entries.get(key)

    def put(self, key: Key, value: Value) -> None:
        """Set the value, and drop what exceeds the limits."""
        self.pop(key)
        self._entries[key] = value
        self._weight += self._weigh(value)
        while len(self._entries) > self._max_entries or self._weight > self._max_weight:
            _, dropped = self._entries.popitem(last=False)
            self._weight -= self._weigh(dropped)

    def pop(self, key: Key) -> Value | None:
        """Remove and return the value; None if there is none."""
        value = self._entries.pop(key, None)
        if value is not None:
            self._weight -= self._weigh(value)
        return value

    def clear(self) -> None:
        """Remove all entries."""
        self._entries.clear()
        self._weight = 0
