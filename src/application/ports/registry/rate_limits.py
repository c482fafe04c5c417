"""The port to whatever measures how much registries still let us ask."""

from __future__ import annotations

from typing import Protocol

from watch_cluster.domain.images.rate_limit import RateLimit


class RateLimits(Protocol):
    """Takes what registries say of their limits. All methods may be called from any thread, and raise nothing."""

    def note(self, registry: str, quota: RateLimit) -> None:
        """The registry, named as in image references (`docker.io`), has said this with its last answer."""

    def of(self, registry: str) -> RateLimit | None:
        """What the registry has said last, None when it has not said anything."""
