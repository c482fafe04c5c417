"""Leader election by a Lease, so that one of several replicas acts."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread
from typing import Final, Protocol

import structlog

from watch_cluster.adapters.kubernetes.lease.held_leadership import HeldLeadership
from watch_cluster.adapters.kubernetes.lease.record import (
    LAST_TICK,
    ElectionAction,
    LeaseRecord,
    LeaseTiming,
    ObservedLease,
    next_action,
    parse_tick,
)
from watch_cluster.adapters.kubernetes.lease.store import LeaseConflict, LeaseUnavailable
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.clock import Clock
from watch_cluster.tools.backoff import exponential_backoff
from watch_cluster.tools.ongoing import Ongoing

DEFAULT_TIMING: Final = LeaseTiming()

_MAX_PAUSE_SECONDS: Final = 10.0
_SHORTEST_PAUSE_SECONDS: Final = 0.1
_JITTER: Final = 0.2
_CLOSING_SECONDS: Final = 10.0
"""Longer than a hanging request and the requests that release the Lease."""


class Leases(Protocol):
    """Stores the Lease; see `LeaseStore`."""

    def read(self, timeout: float) -> LeaseRecord | None:
        """Read the Lease."""

    def write(self, record: LeaseRecord, timeout: float) -> LeaseRecord:
        """Create or replace the Lease."""

    def new(self, tick: str | None) -> LeaseRecord:
        """Create a Lease."""


class KubernetesLeadership:
    """Implements the port `Leadership`.

    `identity` is unique to this process. Leadership ends by the monotonic clock alone, also while the thread that
    renews it hangs. `chance` gives a number from 0 up to 1.
    """

    def __init__(
        self,
        leases: Leases,
        clock: Clock,
        identity: str,
        timing: LeaseTiming = DEFAULT_TIMING,
        chance: Callable[[], float] = random.random,
        workers: Workers | None = None,
    ) -> None:
        self._workers = workers or Workers()
        self._leases = leases
        self._clock = clock
        self._identity = identity
        self._timing = timing
        self._chance = chance
        self._log = structlog.get_logger()
        self._held = HeldLeadership(clock)
        # Only the election thread uses the following.
        self._own: LeaseRecord | None = None
        self._observed: ObservedLease | None = None
        self._may_hold = False
        self._leading = False
        self._holder = ""
        self._failures = 0
        self._logged = Ongoing()
        self._stop = Event()
        self._thread: Thread | None = None

    def leads(self) -> bool:
        """Whether this process may act now: at most `renew_deadline` after the last renewal was sent."""
        return self._held.held()

    def finished_tick(self) -> datetime | None:
        """The last finished tick in the Lease when this process started leading, None if there was none."""
        return self._held.recorded_tick()

    def finish_tick(self, moment: datetime) -> None:
        """Write the tick with the next renewal."""
        self._held.finish_tick(moment)

    def start(self) -> None:
        """Start leader election, on a thread of its own."""
        self._thread = self._workers.start("lease", "lease", self._step)

    def close(self) -> None:
        """Stop leading at once, and release the Lease; takes ten seconds at most."""
        self._held.close()
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_CLOSING_SECONDS)

    def run_once(self) -> float:
        """Make one attempt to acquire or renew, and return the seconds until the next is due."""
        try:
            self._attempt()
        except LeaseUnavailable as error:
            return self._failed(str(error), error.kind, error.retry_after)
        except Exception as error:  # noqa: BLE001 - a bug must not end the election
            self._workers.failed("lease", error, "leader election failed on a defect")
            return self._failed(str(error), "defect", 0)
        self._failures = 0
        self._logged.clear()
        # Candidates that read at the same time would conflict.
        return self._timing.retry_period if self._leading else self._timing.poll_period * (1 + _JITTER * self._chance())

    def _step(self) -> bool:
        with self._workers.busy():
            pause = self.run_once()
        if not self._stop.wait(pause):
            return True
        if self._may_hold:
            self._release()
        return False

    def _attempt(self) -> None:
        """Renew the Lease as we last wrote it, or read it and decide; after a conflict, read it again."""
        for _ in range(2):
            present = self._own or self._observe(self._request_timeout())
            step = next_action(self._identity, present, self._observed, self._timing, self._clock.monotonic())
            if step is ElectionAction.FOLLOW:
                self._follow()
                return
            try:
                self._claim(present)
            except LeaseConflict:
                continue
            return

    def _observe(self, timeout: float) -> LeaseRecord | None:
        record = self._leases.read(timeout)
        if record is not None:
            self._observed = ObservedLease.of(record, self._observed, self._clock.monotonic())
        return record

    def _claim(self, present: LeaseRecord | None) -> None:
        last = None if self._observed is None else self._observed.record
        if last is None or last.holder != self._identity:
            self._held.discard_tick()
        record = present or self._leases.new(None if last is None else last.tick)
        claim = record.held_by(self._identity, self._timing, self._clock.now(), self._held.pending_tick())
        # Without a response, it is unknown whether it was written: the next attempt starts with a read.
        self._own = None
        self._may_hold = True
        sent = self._clock.monotonic()
        self._own = self._leases.write(claim, self._request_timeout())
        self._observed = ObservedLease(self._own, self._clock.monotonic())
        self._claimed(self._own, sent + self._timing.renew_deadline)

    def _claimed(self, written: LeaseRecord, until: float) -> None:
        found = None if written.tick is None else parse_tick(written.tick)
        if not self._held.extend(until, found):
            return
        self._stop_leading(f"no renewal succeeded within {self._timing.renew_deadline:g} s")
        if self._held.held():
            self._leading = True
            self._holder = self._identity
            self._log.info(
                "started leading", identity=self._identity, transitions=written.transitions, tick=written.tick
            )
        if written.tick is not None and found is None:
            self._log.warning(
                f"no time in annotation {LAST_TICK}: missed checks are not made up for", value=written.tick[:80]
            )

    def _follow(self) -> None:
        self._held.end()
        holder = "" if self._observed is None else self._observed.record.holder
        if not self._stop_leading(f"{holder} holds the lease") and holder != self._holder:
            self._log.info("another replica leads", holder=holder)
        self._holder = holder

    def _failed(self, why: str, kind: str, retry_after: float) -> float:
        """Log a failure once, and return the pause after it: short while leadership can still be kept."""
        if self._stop.is_set():
            return 0
        left = self._held.remaining()
        if self._leading and left > 0:
            return max(min(max(self._timing.retry_period, retry_after), left), _SHORTEST_PAUSE_SECONDS)
        lost = self._stop_leading(f"not renewed for {self._timing.renew_deadline:g} s: {why}")
        if self._logged.begins(kind) and not lost:
            self._log.warning("leader election failed; retrying", why=why)
        pause = exponential_backoff(self._failures, self._timing.retry_period, _MAX_PAUSE_SECONDS)
        self._failures += 1
        return max(pause, min(retry_after, 60.0)) * (1 + _JITTER * self._chance())

    def _stop_leading(self, why: str) -> bool:
        lost, self._leading = self._leading, False
        if lost:
            self._log.warning("stopped leading", why=why)
        return lost

    def _request_timeout(self) -> float:
        """Seconds for one request: below the renew deadline, and while leading no more than what remains of it."""
        most = self._timing.renew_deadline / 2
        if not self._leading:
            return most
        return max(min(most, self._held.remaining()), self._timing.retry_period)

    def _release(self) -> None:
        timeout = self._timing.retry_period
        try:
            for _ in range(2):
                record = self._own or self._observe(timeout)
                if record is None or record.holder != self._identity:
                    return
                self._own = None
                try:
                    self._leases.write(record.released(self._clock.now(), self._held.pending_tick()), timeout)
                except LeaseConflict:
                    continue
                self._log.info("released the lease")
                return
        except LeaseUnavailable as error:
            self._log.warning(
                f"cannot release the lease; other replicas wait {self._timing.duration} s", why=str(error)
            )
