"""The HTTP client: sends a request and follows redirects, within a deadline, a size limit and the rules for hosts.

Built on httpcore, the engine of httpx: httpx's client gives no access to connections, keeps custom headers across
origins, stores cookies, and logs whole URLs. (httpcore logs too, at DEBUG level.)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from weakref import WeakValueDictionary

import httpx

from watch_cluster.adapters.http.deadline import allow_bytes, deadline_scope
from watch_cluster.adapters.http.tunnels import ProxyRefused
from watch_cluster.adapters.oci.http.body_budget import BodyBudget, UndecodableBody, decoder_for
from watch_cluster.adapters.oci.http.error_messages import translated_errors
from watch_cluster.adapters.oci.http.errors import NoResponse, Remedy, RequestError, quote
from watch_cluster.adapters.oci.http.request import KIBIBYTE, Request, Response, check_url, origin
from watch_cluster.adapters.oci.http.routing.routes import Route, Routes
from watch_cluster.adapters.oci.http.silent_hosts import SilentHosts
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.application.ports.reporting.tracing import Call
from watch_cluster.tools.deadline import Deadline
from watch_cluster.tools.fair_turns import FairTurns
from watch_cluster.tools.time_limit import seconds_left

_MAX_ERROR_BYTES: Final = 64 * KIBIBYTE
_MAX_HEAD_BYTES: Final = 256 * KIBIBYTE
"""Up to the headers of a response: interim responses could go on without end."""
_MAX_FRAMING_BYTES: Final = 1024 * KIBIBYTE
_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MAX_CONCURRENT_PER_HOST: Final = 4
_PROXY_AUTHENTICATION_REQUIRED: Final = 407
_SUCCESS: Final = range(200, 300)


class HttpClient:
    """Sends requests, a few at once for each host, of which parties have a fair share (`acting_for`).

    With `several` parties, none has all of them, nor all memory for large bodies: its requests may be slow, and another
    one's must not wait for that.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        deadline_seconds: float,
        timing: Timing,
        routes: Routes,
        on_request: Callable[[Call], None],
        several: bool,
    ) -> None:
        """Report each request to `on_request`."""
        self._on_request = on_request
        self._deadline_seconds = deadline_seconds
        self._timing = timing
        self._headers = (
            ("User-Agent", user_agent),
            ("Accept-Encoding", "identity"),
        )
        self._routes = routes
        self._budget = BodyBudget(shared=several)
        self._reserved = 1 if several else 0
        self._turns: WeakValueDictionary[bytes, FairTurns] = WeakValueDictionary()
        self._turns_lock = threading.Lock()
        self._silent_hosts = SilentHosts(deadline_seconds)

    def send(self, request: Request) -> Response:
        """Send the request once, following redirects.

        Raises `RequestError` if there is no usable response, and `TimeLimitExceeded` if that is because the time limit
        of the whole check is exceeded.
        """
        try:
            return self._send(request)
        except RequestError:
            seconds_left(0)
            raise

    def _send(self, request: Request) -> Response:
        deadline: Deadline | None = None
        url, first_origin, left = request.url, origin(request.url), False
        for _ in range(_MAX_REDIRECTS + 1):
            check_url(url, request.registry)
            left |= origin(url) != first_origin
            # Another host could choose the URL that it redirects back to: that one gets no credential.
            authorization = None if left and origin(url) == first_origin else request.authorizations.get(origin(url))
            with self._slot(url.netloc):
                self._silent_hosts.check(url.netloc, self._timing.monotonic())
                # Waiting for other requests does not count as time of the host.
                deadline = deadline or Deadline(seconds_left(self._deadline_seconds), self._timing.monotonic)
                response = self._measured(url, request, authorization, deadline)
            target = response.headers.get("location")
            if response.status not in _REDIRECTS or target is None:
                return response
            url = _join(response, target)
            if request.form is not None and origin(url) != first_origin:
                return response
        raise RequestError(
            f"{request.url.netloc.decode()} redirects more than {_MAX_REDIRECTS} times",
            "check that the image's registry is right",
            Remedy.CHANGE,
        )

    def close(self) -> None:
        """Close all connections."""
        self._routes.close()

    @contextmanager
    def _slot(self, host: bytes) -> Iterator[None]:
        with self._turns_lock:
            turns = self._turns.get(host)
            if turns is None:
                turns = self._turns[host] = FairTurns(_MAX_CONCURRENT_PER_HOST, self._reserved)
        with turns.turn():
            yield

    def _measured(self, url: httpx.URL, request: Request, authorization: str | None, deadline: Deadline) -> Response:
        status, began = "none", self._timing.monotonic()
        try:
            response = self._send_once(url, request, authorization, deadline)
            status = str(response.status)
        except NoResponse as error:
            self._silent_hosts.timed_out(url.netloc, began, self._timing.monotonic(), error)
            raise
        finally:
            took = self._timing.monotonic() - began
            self._on_request(Call(url.netloc.decode("ascii"), request.method, url.path, status, took))
        return response

    def _send_once(self, url: httpx.URL, request: Request, authorization: str | None, deadline: Deadline) -> Response:
        host = url.netloc.decode("ascii")
        proxy = self._routes.proxy_of(url)
        with translated_errors(host, deadline, proxy), deadline_scope(deadline, _MAX_HEAD_BYTES):
            route = self._routes.to(url, request.registry)
            headers = [("Host", host), *self._headers, ("Accept", request.accept), *route.headers]
            if authorization is not None:
                headers.append(("Authorization", authorization))
            if request.form is not None:
                headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            return self._read(url, request, route, headers)

    def _read(self, url: httpx.URL, request: Request, route: Route, headers: list[tuple[str, str]]) -> Response:
        with route.pool.stream(request.method, route.target, headers=headers, content=request.form) as raw:
            self._silent_hosts.responded(url.netloc, self._timing.monotonic())
            if route.proxied and raw.status == _PROXY_AUTHENTICATION_REQUIRED:
                raise ProxyRefused(raw.status)
            successful = raw.status in _SUCCESS
            max_bytes = request.max_bytes if successful else _MAX_ERROR_BYTES
            allow_bytes(max_bytes + _MAX_FRAMING_BYTES)
            headers_received = httpx.Headers(raw.headers)
            try:
                decoder = decoder_for(headers_received.get("content-encoding", ""))
                body = self._budget.read(raw.iter_stream(), decoder, max_bytes + 1)
            except UndecodableBody as error:
                if successful:
                    raise _unusable(url, f"with a body that cannot be decoded ({error})") from error
                body = b""
            if successful and len(body) > max_bytes:
                raise _unusable(url, f"with more than {max_bytes // KIBIBYTE} KiB")
            # The status of an error matters, even if its body is too large.
            return Response(url, raw.status, headers_received, body if len(body) <= max_bytes else body[:max_bytes])


def _unusable(url: httpx.URL, how: str) -> RequestError:
    return RequestError(
        f"{url.netloc.decode()} answered {how}", "check that the image's registry is right", Remedy.CHANGE
    )


def _join(response: Response, target: str) -> httpx.URL:
    try:
        return response.url.join(target).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise RequestError(
            f"{response.host} redirects to {quote(target)}, which is no URL",
            "its operator must fix it",
            Remedy.CHANGE,
        ) from error
