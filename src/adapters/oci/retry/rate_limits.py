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
"""The API host of `docker.io`."""

_ITEM: Final = re.compile(r"\s*([0-9]{1,12})\s*(?:;\s*w\s*=\s*([0-9]{1,9})\s*)?(?:[;,].*)?", re.ASCII | re.DOTALL)
_PREFIXES: Final = ("ratelimit", "x-ratelimit")
_FIRST_UNIX_TIME: Final = 1_000_000_000
"""A larger number is not the seconds until the reset, but its Unix time."""
_MAX_REGISTRIES: Final = 1000


def read_rate_limit(headers: Mapping[str, str], now: datetime) -> RateLimit | None:
    """Read the rate limit in the headers of a response; None if they have neither a limit nor what remains."""
    for prefix in _PREFIXES:
        limit, window = _item(headers.get(f"{prefix}-limit", ""))
        remaining, other_window = _item(headers.get(f"{prefix}-remaining", ""))
        reset, _ = _item(headers.get(f"{prefix}-reset", ""))
        if limit is not None or remaining is not None:
            seconds = window or other_window
            return RateLimit(limit, remaining, timedelta(seconds=seconds) if seconds else None, _moment(reset, now))
    return None


def describe_rate_limit(rate_limit: RateLimit, host: str, now: datetime) -> str:
    """Describe it, without what is unknown: `Docker Hub: 0 of 100 pulls left until 14:05 UTC`."""
    hub = host == DOCKER_HUB_API
    unit = "pulls" if hub else "requests"
    if rate_limit.remaining is None:
        amount = f"at most {rate_limit.limit} {unit}"
    else:
        amount = f"{rate_limit.remaining} {'' if rate_limit.limit is None else f'of {rate_limit.limit} '}{unit} left"
    until = ""
    if rate_limit.resets_at is not None and rate_limit.resets_at > now:
        form = "%H:%M" if rate_limit.resets_at.date() == now.date() else "%Y-%m-%d %H:%M"
        until = f" until {rate_limit.resets_at.strftime(form)} UTC"
    return f"{'Docker Hub' if hub else host}: {amount}{until}"


def registry_of(host: str) -> str:
    """Return the registry of an API host, as image references name it."""
    return DOCKER_HUB if host == DOCKER_HUB_API else host


class LatestRateLimits:
    """Implements the port `RateLimits`: keeps the latest report of each registry. Thread-safe."""

    def __init__(self, left: Callable[[str, int], None] = lambda _registry, _left: None) -> None:
        """Call `left` with the number of remaining requests whenever a registry reports it."""
        self._left = left
        self._lock = threading.Lock()
        self._rate_limits: Lru[str, RateLimit] = Lru(_MAX_REGISTRIES)

    def of(self, registry: str) -> RateLimit | None:
        """Return the latest rate limit of a registry, named as in image references: `docker.io`, `r.test:5000`."""
        with self._lock:
            return self._rate_limits.get(registry)

    def record(self, registry: str, rate_limit: RateLimit) -> None:
        """Store the latest rate limit of a registry."""
        if rate_limit.remaining is not None:
            self._left(registry, rate_limit.remaining)
        with self._lock:
            self._rate_limits.put(registry, rate_limit)


def _item(text: str) -> tuple[int | None, int | None]:
    """Return the number and its window in seconds; the first of several items is used."""
    match = _ITEM.fullmatch(text)
    if match is None:
        return None, None
    return int(match[1]), int(match[2]) if match[2] else None


def _moment(reset: int | None, now: datetime) -> datetime | None:
    if reset is None:
        return None
    try:
        return datetime.fromtimestamp(reset, UTC) if reset > _FIRST_UNIX_TIME else now + timedelta(seconds=reset)
    except (ValueError, OverflowError, OSError):
        return None
