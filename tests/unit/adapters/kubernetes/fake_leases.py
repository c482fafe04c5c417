"""A Lease in memory that several candidates share, with the troubles that an API server can have."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Event, Lock

from tests.fakes.timing import FakeClock
from watch_cluster.adapters.kubernetes.lease.record import LAST_TICK, LeaseRecord
from watch_cluster.adapters.kubernetes.lease.store import LeaseConflict, LeaseUnavailable


class FakeLeases:
    """Implements the protocol `Leases`. Safe for threads."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._versions = 0
        self.record: LeaseRecord | None = None
        self.fault: LeaseUnavailable | None = None
        """While set, every request fails with it."""
        self.loses_answers = False
        """While set, writes take effect and their responses are lost."""
        self.latency = (timedelta(), timedelta())
        """How long a request takes to have its effect, and from then until it is answered."""
        self.answering = Event()
        """While cleared, requests hang before they take effect."""
        self.answering.set()
        self.hanging = Event()
        """Set once a request hangs."""
        self.requests: list[str] = []
        self.timeouts: list[float] = []

    @property
    def present(self) -> LeaseRecord:
        """The Lease, which must be there."""
        assert self.record is not None
        return self.record

    def touch(self, tick: str | None = None, holder: str | None = None) -> None:
        """Write the Lease as somebody else; what is None stays."""
        document = dict(self.present.document)
        if holder is not None:
            document["spec"] = {**document["spec"], "holderIdentity": holder}
        if tick is not None:
            document["metadata"] = {**document["metadata"], "annotations": {LAST_TICK: tick}}
        self._keep(LeaseRecord(document))

    def read(self, timeout: float) -> LeaseRecord | None:
        """Read the Lease."""
        self._receive("read", timeout)
        with self._lock:
            present = self.record
        self._clock.advance(self.latency[1])
        return present

    def write(self, record: LeaseRecord, timeout: float) -> LeaseRecord:
        """Create or replace the Lease, as `LeaseStore` does."""
        self._receive("write", timeout)
        with self._lock:
            if record.version != (None if self.record is None else self.record.version):
                raise LeaseConflict("the object has been modified")
            written = self._keep(record)
        self._clock.advance(self.latency[1])
        if self.loses_answers:
            raise LeaseUnavailable("timed out", "unreachable")
        return written

    def new(self, tick: str | None) -> LeaseRecord:
        """Start a Lease."""
        return LeaseRecord.new("watch-cluster", "watch-cluster", tick)

    def _receive(self, request: str, timeout: float) -> None:
        self.requests.append(request)
        self.timeouts.append(timeout)
        if not self.answering.is_set():
            self.hanging.set()
        self.answering.wait()
        self._clock.advance(self.latency[0])
        if self.fault is not None:
            raise self.fault

    def _keep(self, record: LeaseRecord) -> LeaseRecord:
        self._versions += 1
        metadata = {**record.document["metadata"], "resourceVersion": str(self._versions)}
        self.record = replace(record, document={**record.document, "metadata": metadata})
        return self.record
