"""A proposal: images that are written where another tool applies the workload from, and are not applied yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from watch_cluster.domain.policy.values.write_back import WriteBack, parse_field, parse_path
from watch_cluster.tools.json_fields import fields_of, name, seconds, text, text_or_none, timestamp

_MOST_FIELDS: Final = 16
_MOST_CONTAINERS: Final = 100


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a rollout's record keeps of its proposal.

    `place` is where it is written, with the settings of the time when it was made. `reference` is what a person can
    look up, such as a commit or a URL; None while it is not certain that it was written. `accepted` is whether it
    only waits to be applied, rather than for a person's consent. `overdue` is whether its owner was told that it waits
    for too long.
    """

    since: datetime
    place: WriteBack
    reference: str | None = None
    accepted: bool = False
    overdue: bool = False

    @property
    def deadline(self) -> datetime:
        """Until when it may wait before its owner is told."""
        return self.since + self.place.timeout

    @property
    def replaceable(self) -> bool:
        """Whether a newer image can take its place: a person has not consented to it yet."""
        return self.reference is not None and not self.accepted

    @classmethod
    def read(cls, written: object) -> Self:
        """Read what `fields` wrote. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
        fields = fields_of(written, _MOST_FIELDS)
        named = fields_of(fields.get("fields", {}), _MOST_CONTAINERS)
        values = tuple((name(container), parse_field(text(value))) for container, value in named.items())
        place = WriteBack(parse_path(text(fields["path"])), seconds(fields["timeout"]), values)
        reference = text_or_none(fields.get("reference"))
        flags = fields.get("accepted") is True, fields.get("overdue") is True
        return cls(timestamp(fields["since"]), place, reference, *flags)

    def fields(self) -> dict[str, object]:
        """Return the JSON fields of the record."""
        fields: dict[str, object] = {
            "since": self.since.isoformat(),
            "path": self.place.path,
            "timeout": self.place.timeout.total_seconds(),
        }
        optional = {
            "fields": dict(self.place.fields) or None,
            "reference": self.reference,
            "accepted": self.accepted or None,
            "overdue": self.overdue or None,
        }
        return fields | {key: value for key, value in optional.items() if value is not None}
