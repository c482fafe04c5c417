"""Rate limits, as registries report them in headers.

Sources: https://docs.docker.com/docker-hub/usage/pulls/ and the `X-` headers of
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from watch_cluster.domain.images.rate_limit import RateLimit
from watch_cluster.domain.images.reference import DOCKER_HUB
from watch_cluster.tools.lru import Lru

DOCKER_HUB_API: Final = "registry-1.docker.io"
"""The host that answers for `docker.io`."""

_ITEM: Final = re.compile(r"\s*([0-9]{1,12})\s*(?:;\s*w\s*=\s*([0-9]{1,9})\s*)?(?:[;,].*)?", re.ASCII | re.DOTALL)
_PREFIXES: Final = ("ratelimit", "x-ratelimit")
_EPOCH: Final = 1_000_000_000
"""A larger number is no count of seconds until the reset, but its moment since 1970."""
_MOST_KEPT: Final = 1000


def read_rate_limit(headers: Mapping[str, str], now: datetime) -> RateLimit | None:
    """Read it from a response's headers; None when they hold neither a limit nor what remains."""
    for prefix in _PREFIXES:
        limit, window = _item(headers.get(f"{prefix}-limit", ""))
        remaining, other_window = _item(headers.get(f"{prefix}-remaining", ""))
        reset, _ = _item(headers.get(f"{prefix}-reset", ""))
        if limit is not None or remaining is not None:
            seconds = window or other_window
            return RateLimit(limit, remaining, timedelta(seconds=seconds) if seconds else None, _moment(reset, now))
    return None


def describe_rate_limit(rate_limit: RateLimit, host: str, now: datetime) -> str:
    """Say it to a person, as `Docker Hub: 0 of 100 pulls left until 14:05 UTC`, without what is unknown."""
    hub = host == DOCKER_HUB_API
    things = "pulls" if hub else "requests"
    if rate_limit.remaining is None:
        much = f"at most {rate_limit.limit} {things}"
    else:
        much = f"{rate_limit.remaining} {'' if rate_limit.limit is None else f'of {rate_limit.limit} '}{things} left"
    until = ""
    if rate_limit.resets_at is not None and rate_limit.resets_at > now:
        form = "%H:%M" if rate_limit.resets_at.date() == now.date() else "%Y-%m-%d %H:%M"
        until = f" until {rate_limit.resets_at.strftime(form)} UTC"
    return f"{'Docker Hub' if hub else host}: {much}{until}"


def registry_of(host: str) -> str:
    """Name the registry that the host answers for, as image references name it."""
    return DOCKER_HUB if host == DOCKER_HUB_API else host


class LatestRateLimits:
    """Implements the port `RateLimits`: keeps the latest report of each registry. Thread-safe."""

    def __init__(self, left: Callable[[str, int], None] = lambda _registry, _left: None) -> None:
        """Call `left` with the number of remaining requests whenever a registry reports it."""
        self._left = left
        self._lock = threading.Lock()
        self._rate_limits: Lru[str, RateLimit] = Lru(_MOST_KEPT)

    def of(self, registry: str) -> RateLimit | None:
        """Return the last one of a registry, named as in image references: `docker.io`, `r.test:5000`."""
        with self._lock:
            return self._rate_limits.get(registry)

    def record(self, registry: str, rate_limit: RateLimit) -> None:
        """Keep the rate_limit."""
        if rate_limit.remaining is not None:
            self._left(registry, rate_limit.remaining)
        with self._lock:
            self._rate_limits.put(registry, rate_limit)


def _item(text: str) -> tuple[int | None, int | None]:
    """The number and, in seconds, its window; the first of several counts."""
    match = _ITEM.fullmatch(text)
    if match is None:
        return None, None
    return int(match[1]), int(match[2]) if match[2] else None


def _moment(reset: int | None, now: datetime) -> datetime | None:
    if reset is None:
        return None
    try:
        return datetime.fromtimestamp(reset, UTC) if reset > _EPOCH else now + timedelta(seconds=reset)
    except (ValueError, OverflowError, OSError):
        return None
