"""A delay queue of workloads."""

from __future__ import annotations

import heapq
from datetime import datetime
from typing import Generic, TypeVar

from watch_cluster.domain.workload.workload import WorkloadKey

Moment = TypeVar("Moment", datetime, float)


class DelayQueue(Generic[Moment]):
    """At most one due time for each workload, the earliest first. Not thread-safe.

    Due times are either all dates, or all seconds of the monotonic clock.
    """

    def __init__(self) -> None:
        self._moments: dict[WorkloadKey, Moment] = {}
        self._heap: list[tuple[Moment, WorkloadKey]] = []

    def put(self, key: WorkloadKey, moment: Moment) -> None:
        """Set the workload's moment, in place of any other."""
        self._moments[key] = moment
        heapq.heappush(self._heap, (moment, key))
        if len(self._heap) > 2 * len(self._moments) + 16:
            self._heap = [(each, owner) for owner, each in self._moments.items()]
            heapq.heapify(self._heap)

    def drop(self, key: WorkloadKey) -> None:
        """Forget the workload."""
        self._moments.pop(key, None)

    def of(self, key: WorkloadKey) -> Moment | None:
        """The workload's moment, None if it has none."""
        return self._moments.get(key)

    def next(self) -> Moment | None:
        """The earliest moment of all, None if there is none."""
        self._discard_replaced()
        return self._heap[0][0] if self._heap else None

    def pop_until(self, now: Moment) -> list[tuple[WorkloadKey, Moment]]:
        """Take out every workload whose moment is not after `now`, earliest first, with that moment."""
        taken: list[tuple[WorkloadKey, Moment]] = []
        while (moment := self.next()) is not None and moment <= now:
            _, key = heapq.heappop(self._heap)
            del self._moments[key]
            taken.append((key, moment))
        return taken

    def _discard_replaced(self) -> None:
        while self._heap and self._moments.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
