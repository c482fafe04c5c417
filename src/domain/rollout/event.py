"""Events: what users are shown about a workload, one value per fact, the same for every channel."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.tools.json_fields import fields_of, text

_MAX_FIELDS: Final = 16


class EventReason(StrEnum):
    """Why an event is emitted, in the words that people filter by. The documentation quotes what stands below each."""

    IMAGE_UPDATE_STARTED = "ImageUpdateStarted"
    """a rollout started"""

    IMAGE_UPDATED = "ImageUpdated"
    """a rollout succeeded"""

    IMAGE_UPDATE_FAILED = "ImageUpdateFailed"
    """a rollout failed (with the container's termination message), was superseded, or could not start; or a rollback
    failed or is stuck"""

    IMAGE_NOT_VERIFIED = "ImageNotVerified"
    """an image that runs, or that a policy lets through, is not signed as wanted"""

    IMAGE_ROLLED_BACK = "ImageRolledBack"
    """the previous image runs again"""

    INVALID_CONFIGURATION = "InvalidConfiguration"
    """annotations or the image name are invalid: key, value and what is allowed"""

    MANUAL_CHECK_DONE = "ManualCheckDone"
    """a check requested with `check-now` is done, with its result"""

    CHECKS_LIMITED = "ChecksLimited"
    """`cron` fires more often than `MIN_CHECK_INTERVAL` allows"""

    UPDATE_AVAILABLE = "UpdateAvailable"
    """a candidate waits for its minimum age, a window, an approval, a rollout slot, or for you (`mode: notify`); or it
    is written to Git"""

    UPDATE_HELD = "UpdateHeld"
    """the image cannot be followed as written, the namespace is frozen, another object controls the workload, somebody
    reverted the image, it fails on other workloads, it backs off after a failure of the environment, or its proposal in
    Git was declined, ended or waits for too long"""

    REGISTRY_ERROR = "RegistryError"
    """the registry could not be queried"""

    @property
    def is_warning(self) -> bool:
        """Whether it needs attention."""
        return self not in _NORMAL


_NORMAL = frozenset(
    {
        EventReason.CHECKS_LIMITED,
        EventReason.IMAGE_UPDATED,
        EventReason.IMAGE_UPDATE_STARTED,
        EventReason.MANUAL_CHECK_DONE,
        EventReason.UPDATE_AVAILABLE,
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """A fact about a workload, with the message for a person.

    `subject` identifies the fact if it is emitted again with another message: a registry that returns 500, then 503, is
    one problem. `rollout` is the id of the rollout that the event belongs to, None when it belongs to none.
    """

    reason: EventReason
    workload: WorkloadKey
    uid: str
    message: str
    subject: str
    rollout: str | None = None

    @property
    def is_ongoing(self) -> bool:
        """Whether it describes a state, which may be repeated while it lasts, rather than something that happened."""
        return self.rollout is None and self.reason is not EventReason.MANUAL_CHECK_DONE

    @property
    def identity(self) -> str:
        """The same for the same fact, also when another process emits it; 16 hexadecimal digits."""
        return hashlib.sha256(f"{self.uid}\0{self.reason}\0{self.subject}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class OwedEvent:
    """An event that could not be emitted yet, as the rollout's record keeps it."""

    reason: EventReason
    subject: str
    message: str

    @classmethod
    def of(cls, event: Event) -> Self:
        """Keep what the record does not say anyway."""
        return cls(event.reason, event.subject, event.message)

    @classmethod
    def read(cls, written: object) -> Self:
        """Read what `fields` wrote. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
        fields = fields_of(written, _MAX_FIELDS)
        return cls(EventReason(fields["reason"]), text(fields["subject"]), text(fields["message"]))

    def fields(self) -> dict[str, str]:
        """The JSON fields of the record."""
        return {"reason": self.reason.value, "subject": self.subject, "message": self.message}

    def event(self, workload: WorkloadKey, uid: str, rollout: str) -> Event:
        """The event that is owed for that rollout of the workload."""
        return Event(self.reason, workload, uid, self.message, self.subject, rollout)
