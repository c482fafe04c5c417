"""The request rate limit that a registry reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A rate limit as the registry reports it; None for each value that it does not report.

    `limit` and `remaining` count requests per `window`; `resets_at` is in UTC.
    """

    limit: int | None
    remaining: int | None
    window: timedelta | None
    resets_at: datetime | None

    @property
    def exhausted(self) -> bool:
        """Whether no request remains."""
        return self.remaining == 0
