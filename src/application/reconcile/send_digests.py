"""The use case that sends each channel's digest when its schedule fires.

What it tells is read from the workloads, so that only the time of the last digest has to be kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.application.ports.reporting.digests import DigestLog, DigestNotSent, DigestSender
from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.policy import is_opted_in
from watch_cluster.domain.policy.values.channels import ChannelNames, names_of
from watch_cluster.domain.rollout.digest import Digest, DigestEntry, HeldFact, held_entries, past_entries
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload
from watch_cluster.tools.backoff import exponential_backoff

SETTLING: Final = timedelta(minutes=1)
"""How long after the schedule fires: what ended before then is seen by now, whatever the clocks of replicas say."""
_FIRST_PAUSE_SECONDS: Final = 10.0
_LONGEST_PAUSE_SECONDS: Final = 900.0


@dataclass(frozen=True, slots=True)
class DigestChannel:
    """A channel with a digest: when it is sent, and which types it tells."""

    name: str
    schedule: Schedule
    zone: ZoneInfo
    types: Collection[NotificationType]
    sender: DigestSender


@dataclass(frozen=True, slots=True)
class DigestResult:
    """What became of a digest that was due. `error` is None if it was sent, or if there was nothing to tell."""

    channel: str
    entries: int
    error: DigestNotSent | None = None


@dataclass(slots=True)
class _Failure:
    """How often in a row a digest did not arrive, and when it is tried again, on the monotonic clock."""

    count: int
    again: float


@dataclass(frozen=True, slots=True)
class SendDigests:
    """Sends what is due, then notes until when it tells everything: a process that is killed in between repeats it.

    A digest that does not arrive is sent again, with what has happened meanwhile, until it does.
    """

    channels: tuple[DigestChannel, ...]
    names: ChannelNames
    default: str
    reader: WorkloadReader
    states: WorkloadStates
    read_policy: PolicyCache
    log: DigestLog
    scheduler: Scheduler
    clock: Clock
    failures: dict[str, _Failure] = field(default_factory=dict)

    def __call__(self) -> DigestResult | None:
        """Send one digest that is due, and say what became of it; None if none is. Raises `DigestLogUnavailable`."""
        sent = self.log.sent()
        results = (self._send(channel, sent.get(channel.name)) for channel in self.channels)
        return next((result for result in results if result is not None), None)

    def _send(self, channel: DigestChannel, since: datetime | None) -> DigestResult | None:
        until = self.clock.now() - SETTLING
        if since is None or since > until + SETTLING:
            # It begins now, or the clock was set back.
            self.log.note(channel.name, until)
            return None
        due = self.scheduler.next_after(channel.schedule, channel.zone, since)
        failure = self.failures.get(channel.name)
        if due is None or due > until or (failure is not None and failure.again > self.clock.monotonic()):
            return None
        digest = Digest.of(since, until, channel.types, self._entries(channel.name, since, until))
        try:
            if digest:
                channel.sender.send(digest)
        except DigestNotSent as error:
            if error.transient:
                self._failed(channel.name, failure)
                return DigestResult(channel.name, len(digest.entries), error)
            self.log.note(channel.name, until)
            return DigestResult(channel.name, len(digest.entries), error)
        self.failures.pop(channel.name, None)
        self.log.note(channel.name, until)
        return DigestResult(channel.name, len(digest.entries))

    def _failed(self, channel: str, failure: _Failure | None) -> None:
        count = 0 if failure is None else failure.count
        pause = exponential_backoff(count, _FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        self.failures[channel] = _Failure(count + 1, self.clock.monotonic() + pause)

    def _entries(self, channel: str, since: datetime, until: datetime) -> Iterator[DigestEntry]:
        ours = [workload for workload in self.reader.workloads() if self._goes_to(channel, workload)]
        for workload in sorted(ours, key=lambda each: each.key):
            yield from past_entries(workload, since, until)
            yield from held_entries(workload, self._held(workload))

    def _goes_to(self, channel: str, workload: Workload) -> bool:
        names = names_of(workload, self.default)
        return channel in names and self.names.allows(channel, workload.key.namespace)

    def _held(self, workload: Workload) -> tuple[HeldFact, ...]:
        if not is_opted_in(workload):
            return ()
        try:
            self.read_policy(workload)
        except InvalidConfiguration as error:
            return (HeldFact(NotificationType.CONFIGURATION_INVALID, str(error)),)
        state = self.states.find(workload.key)
        if state is not None and state.held is not None:
            return state.held
        # This process has not checked it yet; what waits for a person stands on the workload.
        pending = workload.annotations.get(annotation.PENDING)
        return () if pending is None else (HeldFact(NotificationType.APPROVAL_NEEDED, f"{pending[:200]} waits"),)
