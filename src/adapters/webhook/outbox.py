"""Delivers notifications as webhooks in the background, so that a slow receiver delays no update."""

from __future__ import annotations

import heapq
import itertools
import random
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Condition
from typing import Final

import structlog

from watch_cluster.adapters.webhook.client import SendResult, WebhookClient, WebhookEndpoint
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.reporting.outbox import DeliveryStatus
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.tools.backoff import exponential_backoff, jittered
from watch_cluster.tools.lru import Lru
from watch_cluster.tools.ongoing import Ongoing

CAPACITY: Final = 1000
_THREADS: Final = 4
_MAX_STATUSES: Final = 10_000
_INITIAL_BACKOFF_SECONDS: Final = 0.5
_MAX_BACKOFF_SECONDS: Final = 30.0
_DROPPED_FIRST: Final = (NotificationType.DEPLOYMENT_DETECTED, NotificationType.IMAGE_ROLLOUT_STARTED)


@dataclass(slots=True)
class _Delivery:
    number: int
    notification: Notification
    attempts: int = 0


class WebhookOutbox:
    """Implements the port `Outbox` over HTTP.

    `retries` is the maximum number of retries, with exponential back-off from `initial_backoff` seconds. It delivers
    one notification per workload at a time to preserve their order. Waiting for a retry occupies no thread.
    """

    def __init__(
        self,
        endpoint: WebhookEndpoint,
        enabled_types: frozenset[NotificationType],
        retries: int,
        *,
        capacity: int = CAPACITY,
        initial_backoff: float = _INITIAL_BACKOFF_SECONDS,
        jitter: Callable[[], float] = random.random,
        on_result: Callable[[str], None] = lambda _result: None,
        workers: Workers | None = None,
    ) -> None:
        """Start the delivery threads. `on_result` gets the result of each request: delivered, failed or refused."""
        self._endpoint = endpoint
        self._client = WebhookClient(endpoint)
        self._enabled_types = enabled_types
        self._retries = retries
        self._capacity = capacity
        self._initial_backoff = initial_backoff
        self._jitter = jitter
        self._on_result = on_result
        self._log = structlog.get_logger()
        self._condition = Condition()
        self._queues: dict[WorkloadKey, deque[_Delivery]] = {}
        self._schedule: list[tuple[float, int, WorkloadKey]] = []
        """A heap of due time, entry number and workload."""
        self._current_entry: dict[WorkloadKey, int] = {}
        self._due: OrderedDict[str, deque[tuple[int, WorkloadKey]]] = OrderedDict()
        """By namespace, the entries that are due; the namespace that was served last is at the end."""
        self._queued: Counter[str] = Counter()
        """The number of queued notifications of each namespace."""
        self._numbers = itertools.count()
        self._in_progress: set[int] = set()
        self._statuses: Lru[str, DeliveryStatus] = Lru(_MAX_STATUSES)
        self._conditions = Ongoing()
        self._closed = False
        self._workers = workers or Workers()
        for number in range(_THREADS):
            self._workers.start("webhook", f"webhook-{number}", self._step)

    def wants(self, notification_type: NotificationType) -> bool:
        """Whether webhooks of this type are enabled."""
        return notification_type in self._enabled_types

    def put(self, notification: Notification) -> None:
        """Queue a notification for delivery."""
        with self._condition:
            if not self.wants(notification.type):
                self._statuses.put(notification.id, DeliveryStatus.SETTLED)
                return
            if self._closed or self._statuses.get(notification.id) is DeliveryStatus.WAITING:
                return
            if self._is_full_for(notification):
                return
            self._statuses.put(notification.id, DeliveryStatus.WAITING)
            self._queued[notification.workload.namespace] += 1
            queue = self._queues.setdefault(notification.workload, deque())
            queue.append(_Delivery(next(self._numbers), notification))
            if len(queue) == 1:
                self._enqueue(notification.workload, 0)
            self._enforce_capacity()

    def status_of(self, notification_id: str) -> DeliveryStatus:
        """Return the delivery status of a notification."""
        with self._condition:
            return self._statuses.get(notification_id) or DeliveryStatus.UNKNOWN

    def close(self, patience: float) -> None:
        """Wait up to `patience` seconds for queued deliveries, then stop."""
        with self._condition:
            self._condition.wait_for(lambda: not self._queues, timeout=patience)
            undelivered = sum(len(queue) for queue in self._queues.values())
            self._closed = True
            self._condition.notify_all()
        if undelivered:
            self._log.warning("webhooks not delivered before shutdown", count=undelivered)
        self._client.close()

    def _step(self) -> bool:
        due = self._next_due()
        if due is None:
            return False
        key, delivery = due
        with self._workers.busy():
            result = self._send(delivery.notification)
        delivery.attempts += 1
        with self._condition:
            self._in_progress.discard(delivery.number)
            self._handle_result(key, delivery, result)
            self._condition.notify_all()
        self._on_result("delivered" if result.error is None else "failed" if result.transient else "refused")
        return True

    def _send(self, notification: Notification) -> SendResult:
        try:
            return self._client.send(notification)
        except Exception as error:  # noqa: BLE001 - what one notification contains must not stop the others
            self._workers.failed("webhook", error)
            return SendResult("it cannot be sent, on a defect")

    def _next_due(self) -> tuple[WorkloadKey, _Delivery] | None:
        """Wait for the next due delivery, of namespaces in turn; None after `close`."""
        with self._condition:
            while not self._closed:
                now = time.monotonic()
                while self._schedule and self._schedule[0][0] <= now:
                    _, number, key = heapq.heappop(self._schedule)
                    self._due.setdefault(key.namespace, deque()).append((number, key))
                taken = self._take_due()
                if taken is not None:
                    delivery = self._queues[taken][0]
                    self._in_progress.add(delivery.number)
                    return taken, delivery
                self._condition.wait(self._schedule[0][0] - now if self._schedule else None)
        return None

    def _take_due(self) -> WorkloadKey | None:
        while self._due:
            namespace, entries = next(iter(self._due.items()))
            number, key = entries.popleft()
            self._due.move_to_end(namespace)
            if not entries:
                del self._due[namespace]
            # Entries of dropped deliveries are stale.
            if self._current_entry.get(key) == number:
                return key
        return None

    def _handle_result(self, key: WorkloadKey, delivery: _Delivery, result: SendResult) -> None:
        if result.transient and delivery.attempts <= self._retries:
            backoff = exponential_backoff(delivery.attempts - 1, self._initial_backoff, _MAX_BACKOFF_SECONDS)
            self._enqueue(key, max(jittered(backoff, self._jitter()), result.retry_after))
            return
        status = DeliveryStatus.FAILED if result.transient else DeliveryStatus.SETTLED
        self._statuses.put(delivery.notification.id, status)
        if result.error is not None:
            self._log.warning(
                "webhook delivery failed" if result.transient else "webhook rejected, not retrying",
                receiver=self._endpoint.host,
                notification_type=delivery.notification.type.value,
                workload=str(key),
                attempts=delivery.attempts,
                error=result.error,
            )
        self._remove(key, delivery)
        if key in self._queues:
            self._enqueue(key, 0)

    def _remove(self, key: WorkloadKey, delivery: _Delivery) -> None:
        self._queues[key].remove(delivery)
        self._queued[key.namespace] -= 1
        if not self._queued[key.namespace]:
            del self._queued[key.namespace]
        if not self._queues[key]:
            del self._queues[key], self._current_entry[key]

    def _enqueue(self, key: WorkloadKey, delay: float) -> None:
        number = self._current_entry[key] = next(self._numbers)
        heapq.heappush(self._schedule, (time.monotonic() + delay, number, key))
        self._condition.notify_all()

    def _is_full_for(self, notification: Notification) -> bool:
        """Whether the queue is full of ends of rollouts, and the namespace has as many in it as any other.

        What is not taken stays on its record, and is put again later.
        """
        if self._queued.total() < self._capacity or notification.type in _DROPPED_FIRST:
            return False
        if any(self._oldest(notification_type) is not None for notification_type in _DROPPED_FIRST):
            return False
        self._warn_full()
        return self._queued[notification.workload.namespace] >= max(self._queued.values())

    def _enforce_capacity(self) -> None:
        """Drop a notification if there are too many, of the namespace with the most.

        The oldest detection goes first, then the oldest start, then the newest end, which stays on its record.
        """
        if self._queued.total() <= self._capacity:
            self._conditions.ends("full")
            return
        dropped = next(filter(None, map(self._oldest, _DROPPED_FIRST)), None) or self._newest_end()
        if dropped is not None:
            self._remove(dropped.notification.workload, dropped)
            self._statuses.pop(dropped.notification.id)
        self._warn_full()

    def _warn_full(self) -> None:
        if self._conditions.begins("full"):
            self._log.warning("webhook queue full, dropping notifications", receiver=self._endpoint.host)

    def _oldest(self, notification_type: NotificationType) -> _Delivery | None:
        """Return the oldest waiting delivery of the type, of the namespace with the most deliveries."""
        waiting = (each for each in self._waiting() if each.notification.type is notification_type)
        return min(waiting, key=lambda each: (-self._rank(each), each.number), default=None)

    def _newest_end(self) -> _Delivery | None:
        return max(self._waiting(), key=lambda each: (self._rank(each), each.number), default=None)

    def _waiting(self) -> Iterator[_Delivery]:
        return (each for queue in self._queues.values() for each in queue if each.number not in self._in_progress)

    def _rank(self, delivery: _Delivery) -> int:
        return self._queued[delivery.notification.workload.namespace]
