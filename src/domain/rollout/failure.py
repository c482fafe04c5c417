"""Why a rollout failed, and whose fault it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from watch_cluster.domain.rollout.json_fields import moment, text


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
    def read(cls, fields: dict[str, Any]) -> Self:
        """Read what `fields` wrote. Raises `KeyError`, `TypeError` and `ValueError` for anything else."""
        containers = tuple(text(each) for each in fields["containers"])
        return cls(text(fields["message"]), FailureCause(fields["fault"]), containers, moment(fields["at"]))

    def fields(self) -> dict[str, object]:
        """Tell what a record remembers."""
        return {
            "message": self.message,
            "fault": self.fault.value,
            "containers": list(self.containers),
            "at": self.at.isoformat(),
        }
