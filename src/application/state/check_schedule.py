"""When each watched workload is to be checked, and up to when all that was due is done."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import Final

from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.application.state.check_timing import CheckTiming
from watch_cluster.application.state.delay_queue import DelayQueue
from watch_cluster.domain.workload.workload import WorkloadKey

LATEST_MAKE_UP: Final = timedelta(hours=1)
"""How late a fire time may be and still be made up for."""
_INSTANT: Final = timedelta(microseconds=1)


class CheckSchedule:
    """The schedules of all watched workloads. Thread-safe.

    A check is *open* from the moment it is taken until `finish`; the tick is the moment up to which none is open.
    A fire time that was missed is made up for once, and at most an hour late.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._lock = Lock()
        self._timings: dict[WorkloadKey, CheckTiming] = {}
        self._held: set[WorkloadKey] = set()
        self._queue: DelayQueue[datetime] = DelayQueue()
        self._requested: dict[WorkloadKey, datetime] = {}
        """The checks that are due for another reason than the schedule, and since when."""
        self._next_of = lru_cache(maxsize=64)(scheduler.next_after)
        """The next fire time of a schedule after a moment: many workloads share one, and are due together."""
        self._open: dict[WorkloadKey, list[datetime]] = {}
        self._tick: datetime | None = None

    def begin(self, tick: datetime) -> None:
        """Forget all workloads and continue from a finished tick: fire times since then are still to be handled."""
        with self._lock:
            self._timings.clear()
            self._held.clear()
            self._queue = DelayQueue()
            self._requested.clear()
            self._open.clear()
            self._tick = tick

    def put(self, key: WorkloadKey, timing: CheckTiming, last_modified_by_others: datetime, now: datetime) -> None:
        """Give the workload a timing, at once.

        The same timing again changes nothing. Another one counts from now. A workload that is new here counts from the
        last finished tick, or from `last_modified_by_others` when that is later: one that was created or changed since
        then waits for its first fire time. For the others it is unknown whether an earlier process has held something
        for a window, so they count as if it had.
        """
        with self._lock:
            known = self._timings.get(key)
            if known == timing:
                return
            self._timings[key] = timing
            since = now
            if known is None:
                since = min(now, max(self._tick or now, last_modified_by_others, _earliest(now)))
                if self._tick is not None and last_modified_by_others <= self._tick:
                    self._held.add(key)
            self._arm(key, since)

    def clock_was_set_back(self, now: datetime) -> None:
        """Count from now: what was to come by the old clock would come too late by the new one."""
        with self._lock:
            self._tick = None if self._tick is None else min(self._tick, now)
            for key, moments in self._open.items():
                self._open[key] = [min(moment, now) for moment in moments]
            self._requested = {key: min(moment, now) for key, moment in self._requested.items()}
            for key in self._timings:
                self._arm(key, now)

    def hold_for_window(self, key: WorkloadKey, *, held: bool, now: datetime) -> None:
        """Say whether the last check has held something until a window opens, whose opening then makes a check due."""
        with self._lock:
            if key not in self._timings or held == (key in self._held):
                return
            if held:
                self._held.add(key)
            else:
                self._held.discard(key)
            upcoming = self._queue.of(key)
            if upcoming is None or upcoming > now:
                self._arm(key, now)

    def drop(self, key: WorkloadKey) -> None:
        """Remove the workload, at once."""
        with self._lock:
            self._timings.pop(key, None)
            self._held.discard(key)
            self._queue.drop(key)
            self._requested.pop(key, None)
            self._open.pop(key, None)

    def request(self, key: WorkloadKey, now: datetime) -> bool:
        """Make a check of the workload due at once; return whether it is known. The schedule stays as it is."""
        with self._lock:
            if key not in self._timings:
                return False
            self._requested.setdefault(key, now)
            return True

    def is_due(self, key: WorkloadKey) -> bool:
        """Whether a requested check of the workload waits, or any check is open."""
        with self._lock:
            return key in self._requested or key in self._open

    def take_due(self, now: datetime) -> list[WorkloadKey]:
        """The workloads whose check is due, each once; their checks are open until `finish`."""
        due: list[WorkloadKey] = []
        with self._lock:
            for key, moment in self._queue.pop_until(now):
                if now - moment > LATEST_MAKE_UP:
                    self._arm(key, _earliest(now))
                    late = self._queue.of(key)
                    if late is None or late > now:
                        continue
                    moment = late  # noqa: PLW2901 - the fire time that is made up for
                self._arm(key, now, moment)
                self._open.setdefault(key, []).append(moment)
                due.append(key)
            for key, moment in self._requested.items():
                self._open.setdefault(key, []).append(moment)
                due.append(key)
            self._requested.clear()
        return list(dict.fromkeys(due))

    def open_since(self, key: WorkloadKey) -> datetime | None:
        """The fire time of the workload's oldest check that is open, None when none is."""
        with self._lock:
            return min(self._open.get(key, ()), default=None)

    def finish(self, key: WorkloadKey, began: datetime) -> None:
        """A check of the workload that began at that moment is done, however it came out.

        It covers every fire time up to its beginning, and none that came later.
        """
        with self._lock:
            still = [moment for moment in self._open.pop(key, []) if moment > began]
            if still:
                self._open[key] = still

    def next_check(self, key: WorkloadKey) -> datetime | None:
        """When the workload is checked next, None when it never is."""
        with self._lock:
            return self._queue.of(key)

    def next_due(self) -> datetime | None:
        """When any workload is checked next, None when none ever is."""
        with self._lock:
            return min([*self._requested.values(), *self._upcoming()], default=None)

    def advance_tick(self, now: datetime) -> datetime:
        """Move the finished tick to the moment before the oldest check that is open or due, else to now."""
        with self._lock:
            oldest = min(self._unfinished(), default=None)
            reached = now if oldest is None or oldest > now else oldest - _INSTANT
            self._tick = max(self._tick, reached) if self._tick is not None else reached
            return self._tick

    def lag(self, now: datetime) -> timedelta:
        """How long the oldest check has been due that is not done."""
        with self._lock:
            oldest = min(self._unfinished(), default=now)
        return max(timedelta(), now - oldest)

    def open_checks(self) -> int:
        """Count the workloads whose check was taken and is not done."""
        with self._lock:
            return len(self._open)

    def __len__(self) -> int:
        with self._lock:
            return len(self._timings)

    def _upcoming(self) -> tuple[datetime, ...]:
        upcoming = self._queue.next()
        return () if upcoming is None else (upcoming,)

    def _unfinished(self) -> list[datetime]:
        """The moments of all checks that are open, requested or next by their schedule."""
        return [
            moment
            for moments in (*self._open.values(), self._requested.values(), self._upcoming())
            for moment in moments
        ]

    def _arm(self, key: WorkloadKey, since: datetime, checked: datetime | None = None) -> None:
        timing = self._timings[key]
        earliest = since if checked is None else max(since, checked + timing.interval - _INSTANT)
        openings = timing.openings if key in self._held else ()
        moments = [self._next_of(timing.schedule, timing.zone, earliest)]
        moments += [self._next_of(each, timing.zone, since) for each in openings]
        upcoming = min((each for each in moments if each is not None), default=None)
        if upcoming is None:
            self._queue.drop(key)
        else:
            self._queue.put(key, upcoming)


def _earliest(now: datetime) -> datetime:
    """The moment after which a fire time is still made up for; one that is exactly that late is."""
    return now - LATEST_MAKE_UP - _INSTANT
