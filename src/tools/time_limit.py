"""How long a thread may still take for something, however many steps it has: each step on the way keeps to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from threading import TIMEOUT_MAX, BoundedSemaphore
from typing import Final, TypeVar

from watch_cluster.tools.deadline import Deadline

Value = TypeVar("Value")

_LIMIT: Final[ContextVar[Deadline | None]] = ContextVar("time_limit", default=None)


class TimeLimitExceeded(Exception):  # noqa: N818 - the name says what happened
    """This thread has used up its time. It says nothing about what it waited for, and concerns no other thread."""


@contextmanager
def time_limit(seconds: float, monotonic: Callable[[], float]) -> Iterator[None]:
    """Give what this thread does in this context that many seconds in total."""
    token = _LIMIT.set(Deadline(seconds, monotonic))
    try:
        yield
    finally:
        _LIMIT.reset(token)


@contextmanager
def shorter_limit(seconds: float) -> Iterator[None]:
    """Give one step at most so many seconds of the time of this thread; nothing changes without a time limit."""
    limit = _LIMIT.get()
    if limit is None:
        yield
        return
    with time_limit(seconds_left(seconds), limit.monotonic):
        yield


def seconds_left(most: float) -> float:
    """Return how many seconds one step may take: `most`, or less when less is left.

    Raises `TimeLimitExceeded` when nothing is left.
    """
    limit = _LIMIT.get()
    if limit is None:
        return most
    left = limit.remaining()
    if left <= 0:
        raise TimeLimitExceeded(f"it has taken {limit.seconds:g} s")
    return min(most, left)


@contextmanager
def held(semaphore: BoundedSemaphore) -> Iterator[None]:
    """Hold the semaphore; raises `TimeLimitExceeded` when the time is up first."""
    while not semaphore.acquire(timeout=seconds_left(TIMEOUT_MAX)):
        continue
    try:
        yield
    finally:
        semaphore.release()


def shared_result(future: Future[Value]) -> Value:
    """Return the result of what another thread does for this one as well.

    Raises what that has raised, and `TimeLimitExceeded` when the time of this thread is up before.
    """
    limit = _LIMIT.get()
    if limit is None:
        return future.result()
    try:
        return future.result(seconds_left(limit.seconds))
    except TimeoutError:
        if not future.done():
            seconds_left(0)
        raise
