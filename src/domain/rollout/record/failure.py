"""Why a rollout failed: the image or its environment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from watch_cluster.tools.json_fields import fields_of, items, name, text, timestamp

_MAX_FIELDS: Final = 16
_MAX_CONTAINERS: Final = 100


class FailureCause(StrEnum):
    """The cause of a failure; the values are those in records."""

    IMAGE = "image"
    ENVIRONMENT = "surroundings"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a rollout failed: the message for a person, the cause, and the containers that failed."""

    message: str
    cause: FailureCause
    containers: tuple[str, ...]
    at: datetime

    @classmethod
    def read(cls, written: object) -> Self:
        """Read what `fields` wrote. Raises `KeyError`, `TypeError` and `ValueError` for anything else."""
        fields = fields_of(written, _MAX_FIELDS)
        containers = tuple(name(each) for each in items(fields["containers"], _MAX_CONTAINERS))
        return cls(text(fields["message"]), FailureCause(fields["fault"]), containers, timestamp(fields["at"]))

    def fields(self) -> dict[str, object]:
        """Return the JSON fields of the record."""
        return {
            "message": self.message,
            "fault": self.cause.value,
            "containers": list(self.containers),
            "at": self.at.isoformat(),
        }
