"""Why a rollout failed, and whose fault it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from watch_cluster.domain.rollout.json_fields import fields_of, items, moment, name, text

_MOST_FIELDS: Final = 16
_MOST_CONTAINERS: Final = 100


class FailureCause(StrEnum):
    """Whose fault a failure was."""

    IMAGE = "image"
    ENVIRONMENT = "surroundings"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a rollout failed: the words for a person, whose fault it was, and the containers that failed."""

    message: str
    fault: FailureCause
    containers: tuple[str, ...]
    at: datetime

    @classmethod
    def read(cls, written: object) -> Self:
        """Read what `fields` wrote. Raises `KeyError`, `TypeError` and `ValueError` for anything else."""
        fields = fields_of(written, _MOST_FIELDS)
        containers = tuple(name(each) for each in items(fields["containers"], _MOST_CONTAINERS))
        return cls(text(fields["message"]), FailureCause(fields["fault"]), containers, moment(fields["at"]))

    def fields(self) -> dict[str, object]:
        """Tell what a record remembers."""
        return {
            "message": self.message,
            "fault": self.fault.value,
            "containers": list(self.containers),
            "at": self.at.isoformat(),
        }
