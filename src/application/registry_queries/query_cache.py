"""Questions to registries that many workloads ask at one tick, asked once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final, TypeVar

from watch_cluster.application.ports.clock import Clock

KEPT: Final = timedelta(minutes=5)
"""How long an answer may serve those who waited for their turn."""
MOST_KEPT: Final = 4096
MOST_ITEMS_KEPT: Final = 500_000
"""How many tags, digests and the like all answers together may hold: about 50 MB."""

Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Asked:
    began: datetime
    answer: Future[Any]
    items: int = 0


class QueryCache:
    """The last answer to each question, a failure included. Safe for threads.

    Whoever has been due since some moment is served by any answer that was asked for after it, so that nobody ever
    gets what is older than his own question.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._asked: OrderedDict[Hashable, _Asked] = OrderedDict()
        self._items = 0

    def ask(self, question: Hashable, due: datetime, ask: Callable[[], Answer]) -> Answer:
        """Give the answer to the question, or raise what `ask` raised, to all who share it."""
        now = self._clock.now()
        with self._lock:
            self._forget(now)
            asked = self._asked.get(question)
            mine = asked is None or not due <= asked.began <= now
            if asked is None or mine:
                self._drop(question)
                asked = _Asked(now, Future())
                self._asked[question] = asked
        if mine:
            try:
                found = ask()
                self._count(question, asked, found)
                asked.answer.set_result(found)
            except BaseException as error:  # noqa: BLE001 - result() raises it again, here and to all who share it
                asked.answer.set_exception(error)
        answer: Answer = asked.answer.result()
        return answer

    def _count(self, question: Hashable, asked: _Asked, found: object) -> None:
        with self._lock:
            if self._asked.get(question) is asked:
                asked.items = len(found) if isinstance(found, tuple | frozenset) else 1
                self._items += asked.items

    def _forget(self, now: datetime) -> None:
        while self._asked:
            question, oldest = next(iter(self._asked.items()))
            fits = len(self._asked) < MOST_KEPT and self._items <= MOST_ITEMS_KEPT
            if fits and abs(now - oldest.began) <= KEPT:
                return
            self._drop(question)

    def _drop(self, question: Hashable) -> None:
        dropped = self._asked.pop(question, None)
        if dropped is not None:
            self._items -= dropped.items
