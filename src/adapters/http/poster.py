"""Posts small bodies to receivers that the operator has named, through the proxies that apply to registries as well."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import httpcore
import httpx

from watch_cluster.adapters.http.deadline import DeadlineBackend, deadline_scope
from watch_cluster.adapters.http.proxies import Proxies
from watch_cluster.adapters.http.tunnels import ProxyRefused, TunnelBackend
from watch_cluster.tools.deadline import Deadline

_KEEPALIVE_SECONDS: Final = 30.0
_NO_PROXIES: Final = Proxies()
USER_AGENT: Final = f"watch-cluster/{version('watch-cluster')}"


@dataclass(frozen=True, slots=True)
class Posted:
    """The status of a response, and its headers by lower-case name."""

    status: int
    headers: dict[str, str]


class NotPosted(Exception):  # noqa: N818 - the name says what is wrong
    """No response arrived; a retry can succeed. The message is one line without the URL, which may be secret."""


class HttpPoster:
    """Sends requests and reads the head of the response alone. Thread-safe."""

    def __init__(self, tls: ssl.SSLContext | None = None, proxies: Proxies = _NO_PROXIES) -> None:
        """Trust the authorities of the context, by default the system's."""
        context = tls or ssl.create_default_context()
        self._proxies = proxies
        self._direct = _pool(context, DeadlineBackend())
        self._tunnels: httpcore.ConnectionPool | None = None
        if proxies.https is not None:
            self._tunnels = _pool(context, TunnelBackend(proxies.https, DeadlineBackend()))

    def close(self) -> None:
        """Close all connections; requests in progress fail."""
        self._direct.close()
        if self._tunnels is not None:
            self._tunnels.close()

    def post(self, address: str, headers: Iterable[tuple[str, str]], body: bytes, seconds: float) -> Posted:
        """Send one POST request, within that many seconds in total. Raises `NotPosted`."""
        url = httpx.URL(address)
        try:
            pool, target, extra = self._route(url)
            with (
                deadline_scope(Deadline(seconds, time.monotonic)),
                pool.stream("POST", target, headers=[*headers, *extra], content=body) as response,
            ):
                # The response body is not read, so the connection is not reused.
                found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                return Posted(response.status, found)
        except httpcore.TimeoutException as error:
            raise NotPosted(f"no response within {seconds:g} s") from error
        except ProxyRefused as error:
            raise NotPosted(f"the proxy refuses the connection: {error}") from error
        except httpcore.ProtocolError as error:
            # The error may quote our request, whose path and headers may be secret.
            raise NotPosted("the response is not HTTP") from error
        except (httpcore.NetworkError, OSError) as error:
            raise NotPosted(f"no connection ({error})") from error
        except RuntimeError as error:
            # The pool was closed concurrently.
            raise NotPosted("the process is shutting down") from error

    def _route(self, url: httpx.URL) -> tuple[httpcore.ConnectionPool, httpcore.URL, tuple[tuple[str, str], ...]]:
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        proxy = self._proxies.of(url)
        if proxy is None:
            return self._direct, target, ()
        if url.scheme == "https" and self._tunnels is not None:
            return self._tunnels, target, ()
        # RFC 9112, section 3.2.2: a proxy gets the whole URL.
        whole = httpcore.URL(scheme="http", host=proxy.host, port=proxy.port, target=bytes(target))
        return self._direct, whole, proxy.headers


def _pool(context: ssl.SSLContext, backend: httpcore.NetworkBackend) -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(ssl_context=context, keepalive_expiry=_KEEPALIVE_SECONDS, network_backend=backend)
