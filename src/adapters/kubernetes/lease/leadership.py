"""Leadership by a Lease of the cluster, so that one of several replicas acts."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread
from typing import Final, Protocol

import structlog

from watch_cluster.adapters.kubernetes.lease.lead import Lead
from watch_cluster.adapters.kubernetes.lease.record import (
    LAST_TICK,
    LeaseRecord,
    LeaseTerms,
    Sighting,
    Step,
    next_step,
    parse_tick,
)
from watch_cluster.adapters.kubernetes.lease.store import LeaseConflict, LeaseUnavailable
from watch_cluster.application.ports.clock import Clock

DEFAULT_TERMS: Final = LeaseTerms()

_LONGEST_PAUSE_SECONDS: Final = 10.0
_SHORTEST_PAUSE_SECONDS: Final = 0.1
_JITTER: Final = 0.2
_CLOSING_SECONDS: Final = 10.0
"""Longer than a request that hangs and then those that give the lead back."""


class Leases(Protocol):
    """Where the Lease is kept, as `LeaseStore` says."""

    def read(self, timeout: float) -> LeaseRecord | None:
        """Read the Lease."""

    def write(self, record: LeaseRecord, timeout: float) -> LeaseRecord:
        """Create or replace the Lease."""

    def new(self, tick: str | None) -> LeaseRecord:
        """Start a Lease."""


class KubernetesLease:
    """Implements the port `Leadership`.

    `identity` names this process among all that ever were. The lead ends by the monotonic clock alone, also while the
    thread that renews it hangs. `chance` gives a number from 0 up to 1.
    """

    def __init__(
        self,
        leases: Leases,
        clock: Clock,
        identity: str,
        terms: LeaseTerms = DEFAULT_TERMS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._leases = leases
        self._clock = clock
        self._identity = identity
        self._terms = terms
        self._chance = chance
        self._log = structlog.get_logger()
        self._lead = Lead(clock)
        # From here on all belongs to the one thread that makes the attempts.
        self._own: LeaseRecord | None = None
        self._sighting: Sighting | None = None
        self._may_hold = False
        self._leading = False
        self._holder = ""
        self._failures = 0
        self._told: set[str] = set()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="lease", daemon=True)

    def leads(self) -> bool:
        """Whether this process may act now: at most `renew_deadline` after the last renewal was sent."""
        return self._lead.held()

    def finished_tick(self) -> datetime | None:
        """Tell the last finished tick that was on record when the lead was taken, None when there was none."""
        return self._lead.found_tick()

    def finish_tick(self, moment: datetime) -> None:
        """Have the next renewal write the tick."""
        self._lead.note_tick(moment)

    def start(self) -> None:
        """Begin to seek the lead, on a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop leading at once, and give the lead back; that may take ten seconds at most."""
        self._lead.close()
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(_CLOSING_SECONDS)

    def turn(self) -> float:
        """Make one attempt to take or keep the lead, and give the seconds until the next is due."""
        try:
            self._attempt()
        except LeaseUnavailable as error:
            return self._failed(str(error), error.kind, error.retry_after)
        except Exception as error:  # noqa: BLE001 - a defect of ours must not end the seeking for good
            self._log.exception("failed to seek the lead")
            return self._failed(str(error), "defect", 0)
        self._failures = 0
        self._told.clear()
        # Candidates that look at the same moments would get in each other's way.
        return self._terms.retry_period if self._leading else self._terms.look_period * (1 + _JITTER * self._chance())

    def _run(self) -> None:
        while not self._stop.wait(self.turn()):
            pass
        if self._may_hold:
            self._give_back()

    def _attempt(self) -> None:
        """Write the Lease as we know it, or look and decide; a write that comes second makes us look again."""
        for _ in range(2):
            present = self._own or self._look(self._patience())
            step = next_step(self._identity, present, self._sighting, self._terms, self._clock.monotonic())
            if step is Step.STAND_BY:
                self._stand_by()
                return
            try:
                self._claim(present)
            except LeaseConflict:
                continue
            return

    def _look(self, timeout: float) -> LeaseRecord | None:
        record = self._leases.read(timeout)
        if record is not None:
            self._sighting = Sighting.of(record, self._sighting, self._clock.monotonic())
        return record

    def _claim(self, present: LeaseRecord | None) -> None:
        last = None if self._sighting is None else self._sighting.record
        if last is None or last.holder != self._identity:
            self._lead.forget_tick()
        record = present or self._leases.new(None if last is None else last.tick)
        claim = record.claimed(self._identity, self._terms, self._clock.now(), self._lead.noted_tick())
        # Without an answer it is unknown what came of it, so the next attempt begins with a look.
        self._own = None
        self._may_hold = True
        sent = self._clock.monotonic()
        self._own = self._leases.write(claim, self._patience())
        self._sighting = Sighting(self._own, self._clock.monotonic())
        self._claimed(self._own, sent + self._terms.renew_deadline)

    def _claimed(self, written: LeaseRecord, until: float) -> None:
        found = None if written.tick is None else parse_tick(written.tick)
        if not self._lead.extend(until, found):
            return
        self._lose(f"no renewal was answered within {self._terms.renew_deadline:g} s")
        if self._lead.held():
            self._leading = True
            self._holder = self._identity
            self._log.info("took the lead", identity=self._identity, transitions=written.transitions, tick=written.tick)
        if written.tick is not None and found is None:
            self._log.warning(f"no time in annotation {LAST_TICK}: nothing is made up for", value=written.tick[:80])

    def _stand_by(self) -> None:
        self._lead.end()
        holder = "" if self._sighting is None else self._sighting.record.holder
        if not self._lose(f"{holder} holds the lease") and holder != self._holder:
            self._log.info("another process leads", holder=holder)
        self._holder = holder

    def _failed(self, why: str, kind: str, retry_after: float) -> float:
        """Tell a trouble once, and give the pause after it: short while the lead can still be kept."""
        if self._stop.is_set():
            return 0
        left = self._lead.left()
        if self._leading and left > 0:
            return max(min(max(self._terms.retry_period, retry_after), left), _SHORTEST_PAUSE_SECONDS)
        if not self._lose(f"not renewed for {self._terms.renew_deadline:g} s: {why}") and kind not in self._told:
            self._log.warning("cannot seek the lead, and goes on trying", why=why)
        self._told.add(kind)
        pause = min(self._terms.retry_period * 2.0 ** min(self._failures, 8), _LONGEST_PAUSE_SECONDS)
        self._failures += 1
        return max(pause, min(retry_after, 60.0)) * (1 + _JITTER * self._chance())

    def _lose(self, why: str) -> bool:
        lost, self._leading = self._leading, False
        if lost:
            self._log.warning("lost the lead", why=why)
        return lost

    def _patience(self) -> float:
        """Seconds for one request: below the deadline, and while leading no more than is left of it."""
        most = self._terms.renew_deadline / 2
        if not self._leading:
            return most
        return max(min(most, self._lead.left()), self._terms.retry_period)

    def _give_back(self) -> None:
        timeout = self._terms.retry_period
        try:
            for _ in range(2):
                record = self._own or self._look(timeout)
                if record is None or record.holder != self._identity:
                    return
                self._own = None
                try:
                    self._leases.write(record.given_back(self._clock.now(), self._lead.noted_tick()), timeout)
                except LeaseConflict:
                    continue
                self._log.info("gave the lead back")
                return
        except LeaseUnavailable as error:
            self._log.warning(f"could not give the lead back, so others wait {self._terms.duration} s", why=str(error))
