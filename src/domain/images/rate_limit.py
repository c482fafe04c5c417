"""How much a registry still lets us ask, as it says itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What a registry says of a limit; None for what it does not say.

    `limit` and `remaining` count questions, within `window`, until `resets_at` (UTC).
    """

    limit: int | None
    remaining: int | None
    window: timedelta | None
    resets_at: datetime | None

    @property
    def spent(self) -> bool:
        """Whether nothing remains."""
        return self.remaining == 0
