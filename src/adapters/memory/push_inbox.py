"""An inbox for a single process."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from threading import Lock
from typing import Final

from watch_cluster.domain.images.pushed import PushedRepository

_MAX_PUSHES: Final = 256


class MemoryPushInbox:
    """Implements the port `PushInbox`: pushes are forgotten when the process ends, and schedules continue."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._marks = itertools.count()
        self._pushes: dict[PushedRepository, str] = {}

    def put(self, pushed: Collection[PushedRepository]) -> None:
        """Keep pushes."""
        with self._lock:
            for each in pushed:
                self._pushes.pop(each, None)
                self._pushes[each] = str(next(self._marks))
            for oldest in list(self._pushes)[:-_MAX_PUSHES]:
                del self._pushes[oldest]

    def pushes(self) -> Mapping[PushedRepository, str]:
        """Return all pushes with their marks."""
        with self._lock:
            return dict(self._pushes)

    def remove(self, handled: Mapping[PushedRepository, str]) -> None:
        """Remove these, except those that were pushed to again."""
        with self._lock:
            self._pushes = {each: mark for each, mark in self._pushes.items() if handled.get(each) != mark}
