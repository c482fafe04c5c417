"""Retries requests that may succeed later, within limits, and not before the server allows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from watch_cluster.adapters.oci.http.client import HttpClient
from watch_cluster.adapters.oci.http.errors import Remedy, RequestError
from watch_cluster.adapters.oci.http.request import Request, Response, same_origin
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.adapters.oci.retry.host_backoff import HostBackoff
from watch_cluster.adapters.oci.retry.rate_limits import (
    LatestRateLimits,
    describe_rate_limit,
    read_rate_limit,
    registry_of,
)
from watch_cluster.adapters.oci.retry.retry_after import retry_after
from watch_cluster.application.ports.registry.rate_limits import RateLimits
from watch_cluster.tools.backoff import exponential_backoff, jittered
from watch_cluster.tools.time_limit import seconds_left

_RETRIES: Final = 3
_INITIAL_PAUSE_SECONDS: Final = 1.0
_MAX_WAIT_SECONDS: Final = 60.0
_REQUEST_TIMEOUT: Final = 408
_TOO_MANY_REQUESTS: Final = 429
# Without 501: a server will not implement it a moment later.
_SERVER_ERRORS: Final = frozenset(range(500, 600)) - {501}


@dataclass(frozen=True, slots=True)
class RetryingClient:
    """Sends a request up to four times, with exponential, jittered pauses of at most a minute in total.

    `backoff` is for callers: a request that failed four times will not succeed a moment later. The limits that
    registries report are recorded in `rate_limits`.
    """

    client: HttpClient
    timing: Timing
    rate_limits: RateLimits = field(default_factory=LatestRateLimits)
    backoff: HostBackoff = field(default_factory=HostBackoff)

    def send(self, request: Request) -> Response:
        """Return a response whose status is not 408, 429 or 5xx other than 501; raises `RequestError`."""
        wait_left = _MAX_WAIT_SECONDS
        for attempt in range(_RETRIES):
            pause = jittered(
                exponential_backoff(attempt, _INITIAL_PAUSE_SECONDS, _MAX_WAIT_SECONDS), self.timing.chance()
            )
            try:
                return self._send_once(request)
            except RequestError as error:
                if error.retry_at is not None:
                    pause = max(pause, (error.retry_at - self.timing.now()).total_seconds())
                if error.remedy is not Remedy.RETRY or pause > wait_left or pause > seconds_left(pause):
                    raise
            wait_left -= pause
            self.timing.wait(pause)
        return self._send_once(request)

    def _send_once(self, request: Request) -> Response:
        response = self.client.send(request)
        now = self.timing.now()
        rate_limit = read_rate_limit(response.headers, now)
        if rate_limit is not None and same_origin(response.url, request.registry):
            self.rate_limits.record(registry_of(response.host), rate_limit)
        if response.status == _TOO_MANY_REQUESTS:
            limit = "" if rate_limit is None else f" ({describe_rate_limit(rate_limit, response.host, now)})"
            raise RequestError(
                f"{response.host} answered 429, too many requests{limit}",
                "check less often, or give credentials with a higher limit",
                Remedy.RETRY,
                retry_after(
                    response, now, rate_limit.resets_at if rate_limit is not None and rate_limit.exhausted else None
                ),
                too_many=True,
            )
        if response.status == _REQUEST_TIMEOUT or response.status in _SERVER_ERRORS:
            raise RequestError(
                f"{response.host} answered {response.status} (server error)",
                "if that lasts, its operator must fix it",
                Remedy.RETRY,
                retry_after(response, now),
            )
        return response
