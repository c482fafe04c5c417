"""The deliveries that wait: in order per workload, round-robin across namespaces, and within a capacity."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.workload.workload import WorkloadKey

_DROPPED_FIRST: Final = (NotificationType.DEPLOYMENT_DETECTED, NotificationType.IMAGE_ROLLOUT_STARTED)


@dataclass(slots=True)
class Delivery:
    """A notification, with its number in the order of arrival and the number of attempts so far."""

    number: int
    notification: Notification
    attempts: int = 0

    @property
    def workload(self) -> WorkloadKey:
        """The workload that the notification is about."""
        return self.notification.workload


class DeliveryQueue:
    """Offers the oldest delivery of each workload when it is due. Not thread-safe.

    `now` is the monotonic time in seconds. A delivery that `take` has returned is in progress until `retry` or
    `remove`, and is not dropped.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._queues: dict[WorkloadKey, deque[Delivery]] = {}
        self._schedule: list[tuple[float, int, WorkloadKey]] = []
        """A heap of due time, entry number and workload."""
        self._current_entry: dict[WorkloadKey, int] = {}
        self._due: OrderedDict[str, deque[tuple[int, WorkloadKey]]] = OrderedDict()
        """By namespace, the entries that are due; the namespace that was served last is at the end."""
        self._size_of: Counter[str] = Counter()
        """The number of deliveries of each namespace."""
        self._numbers = itertools.count()
        self._in_progress: set[int] = set()

    def __len__(self) -> int:
        return self._size_of.total()

    def put(self, notification: Notification, now: float) -> None:
        """Append a notification to the deliveries of its workload."""
        key = notification.workload
        queue = self._queues.setdefault(key, deque())
        queue.append(Delivery(next(self._numbers), notification))
        self._size_of[key.namespace] += 1
        if len(queue) == 1:
            self._enqueue(key, now)

    def take(self, now: float) -> Delivery | None:
        """Return a delivery that is due, round-robin across namespaces; None if none is due."""
        while self._schedule and self._schedule[0][0] <= now:
            _, number, key = heapq.heappop(self._schedule)
            self._due.setdefault(key.namespace, deque()).append((number, key))
        while self._due:
            namespace, entries = next(iter(self._due.items()))
            number, key = entries.popleft()
            self._due.move_to_end(namespace)
            if not entries:
                del self._due[namespace]
            # Entries of dropped deliveries are stale.
            if self._current_entry.get(key) == number:
                delivery = self._queues[key][0]
                self._in_progress.add(delivery.number)
                return delivery
        return None

    def next_due(self) -> float | None:
        """Return the time at which the next delivery is due; None if none is scheduled."""
        return self._schedule[0][0] if self._schedule else None

    def retry(self, delivery: Delivery, due: float) -> None:
        """Offer the delivery again at that time."""
        self._in_progress.discard(delivery.number)
        self._enqueue(delivery.workload, due)

    def remove(self, delivery: Delivery, now: float) -> None:
        """Remove a delivery that has ended, and offer the next one of its workload."""
        self._in_progress.discard(delivery.number)
        self._discard(delivery)
        if delivery.workload in self._queues:
            self._enqueue(delivery.workload, now)

    def has_room_for(self, notification: Notification) -> bool:
        """Whether the queue may take the notification, even if another one has to be dropped for it.

        It may not if it is full of ends of rollouts, and no namespace has more of them than that of the notification.
        """
        if len(self) < self._capacity or notification.type in _DROPPED_FIRST:
            return True
        if any(self._oldest(notification_type) is not None for notification_type in _DROPPED_FIRST):
            return True
        return self._size_of[notification.workload.namespace] < max(self._size_of.values())

    def is_over_capacity(self) -> bool:
        """Whether there are more deliveries than the capacity."""
        return len(self) > self._capacity

    def drop_one(self) -> Delivery | None:
        """Drop and return a delivery of the namespace with the most; None if all are in progress.

        The oldest detection is dropped first, then the oldest start, then the newest end, which stays on its record.
        """
        dropped = next(filter(None, map(self._oldest, _DROPPED_FIRST)), None) or self._newest()
        if dropped is not None:
            self._discard(dropped)
        return dropped

    def _discard(self, delivery: Delivery) -> None:
        key = delivery.workload
        self._queues[key].remove(delivery)
        self._size_of[key.namespace] -= 1
        if not self._size_of[key.namespace]:
            del self._size_of[key.namespace]
        if not self._queues[key]:
            del self._queues[key], self._current_entry[key]

    def _enqueue(self, key: WorkloadKey, due: float) -> None:
        number = self._current_entry[key] = next(self._numbers)
        heapq.heappush(self._schedule, (due, number, key))

    def _oldest(self, notification_type: NotificationType) -> Delivery | None:
        """Return the oldest waiting delivery of the type, of the namespace with the most deliveries."""
        waiting = (delivery for delivery in self._waiting() if delivery.notification.type is notification_type)
        return min(waiting, key=lambda delivery: (-self._rank(delivery), delivery.number), default=None)

    def _newest(self) -> Delivery | None:
        return max(self._waiting(), key=lambda delivery: (self._rank(delivery), delivery.number), default=None)

    def _waiting(self) -> Iterator[Delivery]:
        for queue in self._queues.values():
            yield from (delivery for delivery in queue if delivery.number not in self._in_progress)

    def _rank(self, delivery: Delivery) -> int:
        return self._size_of[delivery.workload.namespace]
