"""Delivers announcements as webhooks, off the way of updates: a receiver that is slow or dead delays nothing."""

from __future__ import annotations

import heapq
import itertools
import random
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Final

import structlog

from watch_cluster.adapters.webhook.client import Outcome, WebhookClient, WebhookEndpoint
from watch_cluster.application.ports.outbox import DeliveryStatus
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.workload.workload import WorkloadKey

CAPACITY: Final = 1000
_THREADS: Final = 4
_FATES: Final = 10_000
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_DROPPED_FIRST: Final = (NotificationType.DEPLOYMENT_DETECTED, NotificationType.IMAGE_ROLLOUT_STARTED)


@dataclass(slots=True)
class _Letter:
    number: int
    notification: Notification
    attempts: int = 0


class WebhookOutbox:
    """Implements the port `Outbox` over HTTP.

    `retries` counts the attempts after the first; between them it waits ever longer. One announcement of a workload is
    under way at a time, so that they arrive in their order; a wait occupies no thread.
    """

    def __init__(
        self,
        receiver: WebhookEndpoint,
        wanted: frozenset[NotificationType],
        retries: int,
        *,
        capacity: int = CAPACITY,
        first_pause: float = _FIRST_PAUSE,
        chance: Callable[[], float] = random.random,
        sent: Callable[[str], None] = lambda _result: None,
    ) -> None:
        """Tell `sent` of each attempt: `delivered`, `failed`, or `refused` for good."""
        self._receiver = receiver
        self._messenger = WebhookClient(receiver)
        self._wanted = wanted
        self._retries = retries
        self._capacity = capacity
        self._first_pause = first_pause
        self._chance = chance
        self._sent = sent
        self._log = structlog.get_logger()
        self._condition = Condition()
        self._letters: dict[WorkloadKey, deque[_Letter]] = {}
        self._turns: list[tuple[float, int, WorkloadKey]] = []
        self._turn_of: dict[WorkloadKey, int] = {}
        self._numbers = itertools.count()
        self._under_way: set[int] = set()
        self._fates: OrderedDict[str, DeliveryStatus] = OrderedDict()
        self._dropping = False
        self._closed = False
        self._threads = [Thread(target=self._run, name=f"webhook-{number}", daemon=True) for number in range(_THREADS)]
        for thread in self._threads:
            thread.start()

    def wants(self, notification_type: NotificationType) -> bool:
        """Whether such webhooks were enabled."""
        return notification_type in self._wanted

    def put(self, notification: Notification) -> None:
        """Take an announcement for delivery."""
        with self._condition:
            if not self.wants(notification.notification_type):
                self._settle(notification.id, DeliveryStatus.SETTLED)
                return
            if self._closed or self._fates.get(notification.id) is DeliveryStatus.WAITING:
                return
            self._settle(notification.id, DeliveryStatus.WAITING)
            queue = self._letters.setdefault(notification.workload, deque())
            queue.append(_Letter(next(self._numbers), notification))
            if len(queue) == 1:
                self._take_turn(notification.workload, 0)
            self._make_room()

    def status_of(self, announcement_id: str) -> DeliveryStatus:
        """Tell what became of the announcement."""
        with self._condition:
            return self._fates.get(announcement_id, DeliveryStatus.UNKNOWN)

    def close(self, patience: float) -> None:
        """Deliver what waits, for that many seconds at most, and no more."""
        with self._condition:
            self._condition.wait_for(lambda: not self._letters, timeout=patience)
            left = sum(len(queue) for queue in self._letters.values())
            self._closed = True
            self._condition.notify_all()
        if left:
            self._log.warning("webhooks were not delivered before the end", number=left)
        self._messenger.close()

    def _run(self) -> None:
        while (key := self._next_turn()) is not None:
            with self._condition:
                letter = self._letters[key][0]
                self._under_way.add(letter.number)
            outcome = self._messenger.send(letter.notification)
            letter.attempts += 1
            self._sent("delivered" if outcome.why is None else "failed" if outcome.again else "refused")
            with self._condition:
                self._under_way.discard(letter.number)
                self._judge(key, letter, outcome)
                self._condition.notify_all()

    def _next_turn(self) -> WorkloadKey | None:
        with self._condition:
            while not self._closed:
                now = time.monotonic()
                if self._turns and self._turns[0][0] <= now:
                    _, number, key = heapq.heappop(self._turns)
                    # A turn without a letter is what remains of one that was dropped.
                    if self._turn_of.get(key) == number:
                        return key
                    continue
                self._condition.wait(self._turns[0][0] - now if self._turns else None)
        return None

    def _judge(self, key: WorkloadKey, letter: _Letter, outcome: Outcome) -> None:
        if outcome.again and letter.attempts <= self._retries:
            pause = min(self._first_pause * 2.0 ** (letter.attempts - 1), _LONGEST_PAUSE)
            self._take_turn(key, max(pause * (0.5 + self._chance() / 2), outcome.wish))
            return
        status_of = DeliveryStatus.FAILED if outcome.again else DeliveryStatus.SETTLED
        self._settle(letter.notification.id, status_of)
        if outcome.why is not None:
            self._log.warning(
                "a webhook was not delivered" if outcome.again else "a webhook was refused, and is not sent again",
                receiver=self._receiver.host,
                notification_type=letter.notification.notification_type.value,
                workload=str(key),
                attempts=letter.attempts,
                why=outcome.why,
            )
        self._remove(key, letter)
        if key in self._letters:
            self._take_turn(key, 0)

    def _remove(self, key: WorkloadKey, letter: _Letter) -> None:
        self._letters[key].remove(letter)
        if not self._letters[key]:
            del self._letters[key], self._turn_of[key]

    def _take_turn(self, key: WorkloadKey, pause: float) -> None:
        number = self._turn_of[key] = next(self._numbers)
        heapq.heappush(self._turns, (time.monotonic() + pause, number, key))
        self._condition.notify_all()

    def _settle(self, announcement_id: str, status_of: DeliveryStatus) -> None:
        self._fates[announcement_id] = status_of
        self._fates.move_to_end(announcement_id)
        while len(self._fates) > _FATES:
            self._fates.popitem(last=False)

    def _make_room(self) -> None:
        """Drop what matters least while there is too much; the end of a rollout stays, whatever comes."""
        if sum(len(queue) for queue in self._letters.values()) <= self._capacity:
            self._dropping = False
            return
        for notification_type in _DROPPED_FIRST:
            waiting = [
                (letter.number, key, letter)
                for key, queue in self._letters.items()
                for letter in queue
                if letter.notification.notification_type is notification_type and letter.number not in self._under_way
            ]
            if waiting:
                _, key, letter = min(waiting, key=lambda each: each[0])
                self._remove(key, letter)
                del self._fates[letter.notification.id]
                break
        if not self._dropping:
            self._dropping = True
            self._log.warning("webhooks are dropped, since the receiver is behind", receiver=self._receiver.host)
