"""When each candidate was first seen, which determines its age: dates in images cannot be trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Self

from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload
from watch_cluster.tools.json_fields import fields_of, text, timestamp

MOST_CANDIDATES: Final = 20
"""How many candidates are remembered: the newest."""
_MOST_READ: Final = 200
"""How many clocks are read: those of several containers."""


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """The annotation `first-seen`: the time of the first sight of each `tag@digest`.

    A tag that moves to another digest is a new candidate.
    """

    times: Mapping[str, datetime] = field(default_factory=dict)

    @classmethod
    def of(cls, workload: Workload) -> Self:
        """Read the annotation of a workload; an unreadable one counts as empty."""
        written = workload.annotations.get(annotation.FIRST_SEEN, "{}")
        try:
            times = fields_of(json.loads(written), _MOST_READ)
            return cls({text(key): timestamp(time) for key, time in times.items()})
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            return cls()

    def __str__(self) -> str:
        return json.dumps({key: time.isoformat() for key, time in sorted(self.times.items())}, separators=(",", ":"))

    def age(self, candidate: str, now: datetime) -> timedelta:
        """Return for how long the candidate has been known; zero if it is new."""
        return max(timedelta(), now - self.times.get(candidate, now))

    def noting(self, candidates: tuple[str, ...], now: datetime) -> FirstSeen:
        """Return the times of exactly these candidates; new ones are first seen now."""
        return FirstSeen({each: min(now, self.times.get(each, now)) for each in candidates[:MOST_CANDIDATES]})
