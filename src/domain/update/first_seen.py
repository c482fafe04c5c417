"""When each candidate was first seen: its age counts from there, since no date in an image can be trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Self

from watch_cluster.domain.rollout.json_fields import fields_of, moment, text
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload

MOST_CANDIDATES: Final = 20
"""How many candidates have a clock: the newest."""
_MOST_READ: Final = 200
"""How many clocks are read: those of several containers."""


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """The annotation `first-seen`: for `tag@digest` the time at which we saw it first.

    A tag that comes to stand for something else begins anew, since its digest is another one.
    """

    times: Mapping[str, datetime] = field(default_factory=dict)

    @classmethod
    def of(cls, workload: Workload) -> Self:
        """Read it from a workload. What somebody has spoilt is as nothing: all clocks start anew."""
        written = workload.annotations.get(annotation.FIRST_SEEN, "{}")
        try:
            times = fields_of(json.loads(written), _MOST_READ)
            return cls({text(key): moment(time) for key, time in times.items()})
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            return cls()

    def __str__(self) -> str:
        return json.dumps({key: time.isoformat() for key, time in sorted(self.times.items())}, separators=(",", ":"))

    def age(self, candidate: str, now: datetime) -> timedelta:
        """Tell for how long the candidate has been seen, nothing when it is new."""
        return max(timedelta(), now - self.times.get(candidate, now))

    def noting(self, candidates: tuple[str, ...], now: datetime) -> FirstSeen:
        """Keep the clocks of these candidates only, and start those that are missing."""
        return FirstSeen({each: min(now, self.times.get(each, now)) for each in candidates[:MOST_CANDIDATES]})
