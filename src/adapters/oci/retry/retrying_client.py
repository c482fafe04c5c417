"""Retries requests that may succeed later, within limits, and no earlier than the server asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from watch_cluster.adapters.oci.http.errors import Remedy, RequestError
from watch_cluster.adapters.oci.http.exchange import HttpClient, Request, Response, same_origin
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
_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_WAIT_SECONDS: Final = 60.0
_REQUEST_TIMEOUT: Final = 408
_TOO_MANY_REQUESTS: Final = 429
# Without 501: what a server does not implement it does not implement in a moment either.
_SERVER_ERRORS: Final = frozenset(range(500, 600)) - {501}


@dataclass(frozen=True, slots=True)
class RetryingClient:
    """Sends a request up to four times with exponential, jittered pauses of no more than a minute in all.

    `backoff` is for the callers, since a request that failed four times will not succeed a moment later. The limits
    that registries report are recorded in `rate_limits`.
    """

    client: HttpClient
    timing: Timing
    rate_limits: RateLimits = field(default_factory=LatestRateLimits)
    backoff: HostBackoff = field(default_factory=HostBackoff)

    def send(self, request: Request) -> Response:
        """Return a response of which the status is neither 408, 429 nor 5xx, but for 501; raises `RequestError`."""
        waiting_left = _LONGEST_WAIT_SECONDS
        for attempt in range(_RETRIES):
            pause = jittered(
                exponential_backoff(attempt, _FIRST_PAUSE_SECONDS, _LONGEST_WAIT_SECONDS), self.timing.chance()
            )
            try:
                return self._send_once(request)
            except RequestError as fault:
                if fault.retry_at is not None:
                    pause = max(pause, (fault.retry_at - self.timing.now()).total_seconds())
                if fault.remedy is not Remedy.RETRY or pause > waiting_left or pause > seconds_left(pause):
                    raise
            waiting_left -= pause
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
