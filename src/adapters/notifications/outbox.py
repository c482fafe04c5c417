"""Delivers notifications in the background, so that a slow receiver delays no update."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import Final

import structlog

from watch_cluster.adapters.notifications.delivery_queue import Delivery, DeliveryQueue
from watch_cluster.adapters.notifications.sender import Sender, SendResult
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.reporting.outbox import DeliveryStatus
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.tools.backoff import exponential_backoff, jittered
from watch_cluster.tools.lru import Lru
from watch_cluster.tools.ongoing import Ongoing

CAPACITY: Final = 1000
_THREADS: Final = 4
_MAX_STATUSES: Final = 10_000
_INITIAL_BACKOFF_SECONDS: Final = 0.5
_MAX_BACKOFF_SECONDS: Final = 30.0


WEBHOOK: Final = "webhook"
CHANNEL: Final = "channel"


@dataclass(frozen=True, slots=True)
class _Texts:
    """What the log says about a kind of receiver."""

    failed: str
    rejected: str
    full: str
    undelivered: str


_TEXTS: Final = {
    WEBHOOK: _Texts(
        "webhook delivery failed",
        "webhook rejected, not retrying",
        "webhook queue full, dropping notifications",
        "webhooks not delivered before shutdown",
    ),
    CHANNEL: _Texts(
        "delivery to a channel failed",
        "message rejected by a channel, not retrying",
        "queue of a channel full, dropping notifications",
        "messages not delivered before shutdown",
    ),
}


class QueuedOutbox:
    """Implements the port `Outbox` for one receiver.

    `retries` is the maximum number of retries, with exponential back-off from `initial_backoff` seconds. It delivers
    one notification per workload at a time to preserve their order. Waiting for a retry occupies no thread.
    """

    def __init__(
        self,
        sender: Sender,
        enabled_types: frozenset[NotificationType],
        retries: int,
        *,
        capacity: int = CAPACITY,
        initial_backoff: float = _INITIAL_BACKOFF_SECONDS,
        jitter: Callable[[], float] = random.random,
        on_result: Callable[[str], None] = lambda _result: None,
        workers: Workers | None = None,
        threads: int = _THREADS,
        kind: str = WEBHOOK,
    ) -> None:
        """Start the delivery threads. `on_result` gets the result of each request: delivered, failed or refused."""
        self._sender = sender
        self._texts = _TEXTS[kind]
        self._enabled_types = enabled_types
        self._retries = retries
        self._initial_backoff = initial_backoff
        self._jitter = jitter
        self._on_result = on_result
        self._log = structlog.get_logger()
        self._condition = Condition()
        self._queue = DeliveryQueue(capacity)
        self._statuses: Lru[str, DeliveryStatus] = Lru(_MAX_STATUSES)
        self._conditions = Ongoing()
        self._closed = False
        self._workers = workers or Workers()
        for number in range(threads):
            self._workers.start("webhook", f"webhook-{number}", self._step)

    def wants(self, notification_type: NotificationType) -> bool:
        """Whether this type is enabled."""
        return notification_type in self._enabled_types

    def put(self, notification: Notification) -> None:
        """Queue a notification for delivery."""
        with self._condition:
            if not self.wants(notification.type):
                self._statuses.put(notification.id, DeliveryStatus.SETTLED)
                return
            if self._closed or self._statuses.get(notification.id) is DeliveryStatus.WAITING:
                return
            if not self._queue.has_room_for(notification):
                # It stays on its record, and is put again later.
                self._warn_full()
                return
            self._statuses.put(notification.id, DeliveryStatus.WAITING)
            self._queue.put(notification, time.monotonic())
            self._enforce_capacity()
            self._condition.notify_all()

    def status_of(self, notification_id: str) -> DeliveryStatus:
        """Return the delivery status of a notification."""
        with self._condition:
            return self._statuses.get(notification_id) or DeliveryStatus.UNKNOWN

    def close(self, timeout: float) -> None:
        """Wait up to `timeout` seconds for queued deliveries, then stop."""
        with self._condition:
            self._condition.wait_for(lambda: not self._queue, timeout=timeout)
            undelivered = len(self._queue)
            self._closed = True
            self._condition.notify_all()
        if undelivered:
            self._log.warning(self._texts.undelivered, count=undelivered)
        self._sender.close()

    def _step(self) -> bool:
        delivery = self._next_delivery()
        if delivery is None:
            return False
        with self._workers.busy():
            result = self._send(delivery.notification)
        delivery.attempts += 1
        with self._condition:
            self._handle_result(delivery, result)
            self._condition.notify_all()
        self._on_result("delivered" if result.error is None else "failed" if result.transient else "refused")
        return True

    def _send(self, notification: Notification) -> SendResult:
        try:
            return self._sender.send(notification)
        except Exception as error:  # noqa: BLE001 - what one notification contains must not stop the others
            self._workers.failed("webhook", error)
            return SendResult("it cannot be sent, on a defect")

    def _next_delivery(self) -> Delivery | None:
        """Wait for the next delivery that is due; None after `close`."""
        with self._condition:
            while not self._closed:
                now = time.monotonic()
                delivery = self._queue.take(now)
                if delivery is not None:
                    return delivery
                due = self._queue.next_due()
                self._condition.wait(None if due is None else due - now)
        return None

    def _handle_result(self, delivery: Delivery, result: SendResult) -> None:
        now = time.monotonic()
        if result.transient and delivery.attempts <= self._retries:
            backoff = exponential_backoff(delivery.attempts - 1, self._initial_backoff, _MAX_BACKOFF_SECONDS)
            self._queue.retry(delivery, now + max(jittered(backoff, self._jitter()), result.retry_after))
            return
        status = DeliveryStatus.FAILED if result.transient else DeliveryStatus.SETTLED
        self._statuses.put(delivery.notification.id, status)
        if result.error is not None:
            self._log.warning(
                self._texts.failed if result.transient else self._texts.rejected,
                receiver=self._sender.receiver,
                notification_type=delivery.notification.type.value,
                workload=str(delivery.workload),
                attempts=delivery.attempts,
                error=result.error,
            )
        self._queue.remove(delivery, now)

    def _enforce_capacity(self) -> None:
        if not self._queue.is_over_capacity():
            self._conditions.ends("full")
            return
        dropped = self._queue.drop_one()
        if dropped is not None:
            self._statuses.pop(dropped.notification.id)
        self._warn_full()

    def _warn_full(self) -> None:
        if self._conditions.begins("full"):
            self._log.warning(self._texts.full, receiver=self._sender.receiver)
