"""The port that keeps the rate limits of registries."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.domain.images.rate_limit import RateLimit


class RateLimits(Protocol):
    """Keeps the rate limits that registries report. Thread-safe; raises nothing."""

    def record(self, registry: str, rate_limit: RateLimit) -> None:
        """Record what the registry, named as in image references (`docker.io`), reported with its last response."""

    def of(self, registry: str) -> RateLimit | None:
        """Return the last report of the registry; None if there was none."""
