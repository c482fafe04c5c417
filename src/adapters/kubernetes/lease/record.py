"""The Lease as a value: what it says, what a candidate may do about it, and what it looks like once written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Annotated, Any, Final, Self

import msgspec

from watch_cluster.adapters.kubernetes.client.micro_time import micro_time

LAST_TICK: Final = "watch-cluster.io/last-tick"
"""The annotation with the last finished tick: ISO 8601, UTC, with microseconds."""

_RELEASED_SECONDS: Final = 1
"""The shortest duration that the API server accepts; others do not wait for it, since the Lease has no holder."""


class InvalidLease(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The response is not a valid Lease."""


_Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
"""The API's whole numbers (coordination/v1, LeaseSpec)."""


class _Metadata(msgspec.Struct, rename="camel"):
    resource_version: str
    annotations: dict[str, str] | None = None


class _Spec(msgspec.Struct, rename="camel"):
    holder_identity: str | None = None
    lease_duration_seconds: _Int32 | None = None
    lease_transitions: _Int32 | None = None


class _Lease(msgspec.Struct):
    """The fields that we read, with their types; all of them but the version may be missing."""

    metadata: _Metadata
    spec: _Spec | None = None


@dataclass(frozen=True, slots=True)
class LeaseTiming:
    """The periods of leader election, in seconds.

    Leadership ends by itself `renew_deadline` after the last renewal was sent. Another candidate takes over when it has
    seen no change for `duration`; between the two there is no leader. The leader renews every `retry_period`, the
    others read every `poll_period`: that soon is a released Lease acquired.
    """

    duration: int = 15
    renew_deadline: float = 10
    retry_period: float = 2
    poll_period: float = 1

    def __post_init__(self) -> None:
        periods = (self.poll_period, self.retry_period)
        if min(periods) <= 0 or not max(periods) < self.renew_deadline < self.duration:
            raise ValueError(f"{self} must have 0 < poll_period, retry_period < renew_deadline < duration")


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """A Lease of `coordination.k8s.io/v1`, kept whole: a field that a replacement leaves out is removed."""

    document: Mapping[str, Any]

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Parse a response of the API server. Raises `InvalidLease`."""
        try:
            msgspec.json.decode(body, type=_Lease)
            return cls(msgspec.json.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidLease(f"{body[:80]!r} is no Lease") from error

    @classmethod
    def new(cls, namespace: str, name: str, tick: str | None) -> Self:
        """A Lease without a holder that no API server has seen."""
        annotations = {} if tick is None else {LAST_TICK: tick}
        return cls(
            {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"namespace": namespace, "name": name, "annotations": annotations},
                "spec": {},
            }
        )

    @property
    def version(self) -> str | None:
        """The server's own mark of this state, None before it has seen any; every write changes it."""
        version: str | None = self.document["metadata"].get("resourceVersion")
        return version

    @property
    def holder(self) -> str:
        """The identity of the candidate that leads, empty when none does."""
        return self._spec.get("holderIdentity") or ""

    @property
    def duration(self) -> int | None:
        """The seconds for which others must leave the holder alone, None when it did not say."""
        duration: int | None = self._spec.get("leaseDurationSeconds")
        return duration

    @property
    def transitions(self) -> int:
        """How often leadership went to another candidate."""
        return self._spec.get("leaseTransitions") or 0

    @property
    def tick(self) -> str | None:
        """The last finished tick as it is written."""
        return self.annotation(LAST_TICK)

    def annotation(self, key: str) -> str | None:
        """The value of an annotation, None if it has none with this key."""
        value: str | None = (self.document["metadata"].get("annotations") or {}).get(key)
        return value

    def with_annotation(self, key: str, value: str) -> Self:
        """The Lease with that annotation, and otherwise as it is."""
        metadata = dict(self.document["metadata"])
        metadata["annotations"] = {**(metadata.get("annotations") or {}), key: value}
        return type(self)({**self.document, "metadata": metadata})

    def held_by(self, holder: str, timing: LeaseTiming, now: datetime, tick: datetime | None) -> Self:
        """The Lease as its holder writes it to acquire or renew it. Without a tick the old one stays."""
        spec = {"holderIdentity": holder, "leaseDurationSeconds": timing.duration, "renewTime": micro_time(now)}
        if self.holder != holder:
            spec["acquireTime"] = micro_time(now)
            spec["leaseTransitions"] = 0 if self.version is None else self.transitions + 1
        return self._written(spec, tick)

    def released(self, now: datetime, tick: datetime | None) -> Self:
        """The Lease as its holder releases it, so that another candidate acquires it at its next read."""
        spec = {"holderIdentity": "", "leaseDurationSeconds": _RELEASED_SECONDS, "renewTime": micro_time(now)}
        return self._written(spec, tick)

    @property
    def _spec(self) -> Mapping[str, Any]:
        spec: Mapping[str, Any] = self.document.get("spec") or {}
        return spec

    def _written(self, spec: Mapping[str, object], tick: datetime | None) -> Self:
        written = type(self)({**self.document, "spec": {**self._spec, **spec}})
        return written if tick is None else written.with_annotation(LAST_TICK, micro_time(tick))


@dataclass(frozen=True, slots=True)
class ObservedLease:
    """A Lease, and the monotonic seconds at which it was first seen to be what it is."""

    record: LeaseRecord
    unchanged_since: float

    @classmethod
    def of(cls, record: LeaseRecord, before: ObservedLease | None, now: float) -> ObservedLease:
        """Note what is seen now, right after what was seen before."""
        if before is not None and before.record.version == record.version:
            return before
        return cls(record, now)


class ElectionAction(Enum):
    """What a candidate does next."""

    CREATE = auto()
    CLAIM = auto()
    FOLLOW = auto()


def next_action(
    identity: str, present: LeaseRecord | None, observed: ObservedLease | None, timing: LeaseTiming, now: float
) -> ElectionAction:
    """Say what the candidate may do about the Lease as it is at present, None if there is none.

    The times in a Lease come from clocks of other machines and are never compared: another holder leads
    until we have seen its Lease stay the same for as long as it says. That also goes for one whose Lease was deleted,
    as it may not know that yet.
    """
    if observed is not None and observed.record.holder not in {"", identity}:
        duration = timing.duration if observed.record.duration is None else observed.record.duration
        if now < observed.unchanged_since + duration:
            return ElectionAction.FOLLOW
    return ElectionAction.CREATE if present is None else ElectionAction.CLAIM


def parse_tick(text: str) -> datetime | None:
    """Read a tick, in UTC; None for what is no moment with a time zone."""
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
