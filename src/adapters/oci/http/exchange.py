"""One request and its response over HTTP, within one deadline, one size and the guards that strangers' input needs.

Built on httpcore, the engine of httpx, since httpx's client offers no way to the connections, keeps custom headers
across origins, remembers cookies, and logs whole URLs. (httpcore reports on its loggers too, at DEBUG level.)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal
from weakref import WeakValueDictionary

import httpx

from watch_cluster.adapters.http_deadline import deadline_scope
from watch_cluster.adapters.oci.http.body_budget import BodyBudget, UndecodableBody, decoder_for
from watch_cluster.adapters.oci.http.error_messages import translated_errors
from watch_cluster.adapters.oci.http.errors import Remedy, RequestError, quote
from watch_cluster.adapters.oci.http.routes import Route, Routes
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.adapters.oci.http.tunnels import ProxyRefused
from watch_cluster.application.ports.reporting.tracing import Call
from watch_cluster.tools.deadline import Deadline
from watch_cluster.tools.time_limit import seconds_left

KIBIBYTE: Final = 1024
JSON: Final = "application/json"
Method = Literal["GET", "HEAD", "POST"]

_LARGEST_ERROR: Final = 64 * KIBIBYTE
_LARGEST_PORT: Final = 65535
_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_AT_ONCE_PER_HOST: Final = 4
_PROXY_WANTS_LOGIN: Final = 407
_SUCCESS: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class Request:
    """Where, for which registry, with which authorization, for which media types, and how large its response may be.

    `registry` is the URL of the registry that the request is for. Other hosts than its own must be public and,
    unless the registry itself is plain, reached over TLS. `largest` counts bytes, `accept` is a header's value. A
    `form` goes along, which is as secret as the authorization: a redirect of it to another origin is not followed.
    `elsewhere` has, by origin, the authorization to show to other origins than the URL's, which are redirected to.
    """

    url: httpx.URL
    registry: httpx.URL
    largest: int
    authorization: str | None = None
    method: Method = "GET"
    accept: str = JSON
    form: bytes | None = field(default=None, repr=False)
    elsewhere: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """What came, whatever its status, and which URL it came from in the end."""

    url: httpx.URL
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def host(self) -> str:
        """The host that answered, with its port when that is not the usual one."""
        return self.url.netloc.decode("ascii")


class HttpClient:
    """Sends requests, a few at once for each host."""

    def __init__(
        self,
        *,
        user_agent: str,
        deadline_seconds: float,
        timing: Timing,
        routes: Routes,
        on_request: Callable[[Call], None],
    ) -> None:
        """Tell `asked` of each request that was asked."""
        self._on_request = on_request
        self._deadline_seconds = deadline_seconds
        self._timing = timing
        self._headers = (
            ("User-Agent", user_agent),
            ("Accept-Encoding", "identity"),
        )
        self._routes = routes
        self._budget = BodyBudget()
        self._gates: WeakValueDictionary[bytes, threading.BoundedSemaphore] = WeakValueDictionary()
        self._gates_lock = threading.Lock()

    def send(self, request: Request) -> Response:
        """Ask once, following redirects.

        Raises `RequestError` when no response comes that may be used, and `TimeLimitExceeded` when that is because the
        time of the whole check is up.
        """
        try:
            return self._send(request)
        except RequestError:
            seconds_left(0)
            raise

    def _send(self, request: Request) -> Response:
        deadline: Deadline | None = None
        url, authorization = request.url, request.authorization
        for _ in range(_MOST_REDIRECTS + 1):
            check_url(url, request.registry)
            with self._turn(url.netloc):
                # Waiting for other requests is not the host's slowness.
                deadline = deadline or Deadline(seconds_left(self._deadline_seconds), self._timing.monotonic)
                response = self._measured(url, request, authorization, deadline)
            target = response.headers.get("location")
            if response.status not in _REDIRECTS or target is None:
                return response
            url = _join(response, target)
            if not same_origin(url, request.url):
                if request.form is not None:
                    return response
                authorization = request.elsewhere.get(origin(url))
        raise RequestError(
            f"{request.url.netloc.decode()} redirects more than {_MOST_REDIRECTS} times",
            "check that the image's registry is right",
            Remedy.CHANGE,
        )

    def close(self) -> None:
        """Close all connections."""
        self._routes.close()

    @contextmanager
    def _turn(self, host: bytes) -> Iterator[None]:
        with self._gates_lock:
            gate = self._gates.get(host)
            if gate is None:
                gate = self._gates[host] = threading.BoundedSemaphore(_AT_ONCE_PER_HOST)
        while not gate.acquire(timeout=seconds_left(self._deadline_seconds)):
            continue
        try:
            yield
        finally:
            gate.release()

    def _measured(self, url: httpx.URL, request: Request, authorization: str | None, deadline: Deadline) -> Response:
        status, began = "none", self._timing.monotonic()
        try:
            response = self._send_once(url, request, authorization, deadline)
            status = str(response.status)
        finally:
            took = self._timing.monotonic() - began
            self._on_request(Call(url.netloc.decode("ascii"), request.method, url.path, status, took))
        return response

    def _send_once(self, url: httpx.URL, request: Request, authorization: str | None, deadline: Deadline) -> Response:
        host = url.netloc.decode("ascii")
        with translated_errors(host, deadline, self._routes.proxy_of(url)), deadline_scope(deadline):
            route = self._routes.to(url, request.registry)
            headers = [("Host", host), *self._headers, ("Accept", request.accept), *route.headers]
            if authorization is not None:
                headers.append(("Authorization", authorization))
            if request.form is not None:
                headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            return self._read(url, request, route, headers)

    def _read(self, url: httpx.URL, request: Request, route: Route, headers: list[tuple[str, str]]) -> Response:
        with route.pool.stream(request.method, route.target, headers=headers, content=request.form) as raw:
            if route.proxied and raw.status == _PROXY_WANTS_LOGIN:
                raise ProxyRefused(raw.status)
            successful = raw.status in _SUCCESS
            largest = request.largest if successful else _LARGEST_ERROR
            headers_received = httpx.Headers(raw.headers)
            try:
                decoder = decoder_for(headers_received.get("content-encoding", ""))
                body = self._budget.read(raw.iter_stream(), decoder, largest + 1)
            except UndecodableBody as error:
                if successful:
                    raise _unusable(url, f"with a body that cannot be decoded ({error})") from error
                body = b""
            if successful and len(body) > largest:
                raise _unusable(url, f"with more than {largest // KIBIBYTE} KiB")
            # Of an error the status matters more than how much was said about it.
            return Response(url, raw.status, headers_received, body if len(body) <= largest else body[:largest])


def _unusable(url: httpx.URL, how: str) -> RequestError:
    return RequestError(
        f"{url.netloc.decode()} answered {how}", "check that the image's registry is right", Remedy.CHANGE
    )


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether two URLs have the same scheme, host and port, so that what is secret may go to both."""
    return (one.raw_scheme, one.netloc) == (other.raw_scheme, other.netloc)


def origin(url: httpx.URL) -> str:
    """Name the scheme, host and port of a URL."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def check_url(url: httpx.URL, registry: httpx.URL) -> None:
    """Refuse, by a `RequestError`, a URL that a registry must not send us to."""
    if url.userinfo:
        complaint = "with a user name or password in it"
    elif not url.raw_host:
        complaint = "without a host"
    elif url.scheme != "https" and not (url.scheme == registry.scheme == "http"):
        complaint = "that is not https"
    elif url.port is not None and not 0 < url.port <= _LARGEST_PORT:
        complaint = "with an invalid port"
    else:
        return
    raise RequestError(
        f"{registry.netloc.decode()} refers to a URL at {quote(url.raw_host.decode('ascii'))} {complaint}",
        "its operator must fix it",
        Remedy.CHANGE,
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
