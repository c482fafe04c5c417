"""The connections over which a URL is asked: the registry's own, a stranger's, or a proxy's."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Final

import httpcore
import httpx

from watch_cluster.adapters.oci.http.network import GuardedBackend, Resolve, refuse_private
from watch_cluster.adapters.oci.http.proxies import Proxies, Proxy
from watch_cluster.adapters.oci.http.tunnels import TunnelBackend

_KEEPALIVE_SECONDS: Final = 30.0
_MOST_IDLE: Final = 32


@dataclass(frozen=True, slots=True)
class Route:
    """A pool, what it is asked for, whether by way of a proxy, and headers that are for the proxy alone."""

    pool: httpcore.ConnectionPool
    target: httpcore.URL
    proxied: bool = False
    headers: tuple[tuple[str, str], ...] = ()


class Routes:
    """Knows the way to registries, and to whom they send us, which must be public.

    A proxy resolves names itself, so that of those only what is written as an address can be judged here. Where the
    proxy itself is, its operator decides.
    """

    def __init__(self, tls: ssl.SSLContext, resolve: Resolve, proxies: Proxies) -> None:
        self._tls = tls
        self._proxies = proxies
        trusting = GuardedBackend(resolve, only_public=False)
        self._own = self._pool(trusting)
        self._foreign = self._pool(GuardedBackend(resolve, only_public=True))
        self._tunnels = None if proxies.https is None else self._pool(TunnelBackend(proxies.https, trusting))

    def to(self, url: httpx.URL, *, own: bool) -> Route:
        """Give the way to the registry's own host, or to another; raises `ForbiddenAddress`."""
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        proxy = self.proxy_of(url)
        if proxy is None:
            return Route(self._own if own else self._foreign, target)
        if not own:
            refuse_private(url.raw_host.decode("ascii"))
        if url.scheme == "https" and self._tunnels is not None:
            return Route(self._tunnels, target, proxied=True)
        # RFC 9112, section 3.2.2: a proxy is asked for the whole URL.
        whole = httpcore.URL(scheme="http", host=proxy.host, port=proxy.port, target=bytes(target))
        return Route(self._own, whole, proxied=True, headers=proxy.headers)

    def proxy_of(self, url: httpx.URL) -> Proxy | None:
        """Tell through which proxy the URL is asked, None for none."""
        return self._proxies.of(url)

    def close(self) -> None:
        """Close all connections."""
        for pool in (self._own, self._foreign, self._tunnels):
            if pool is not None:
                pool.close()

    def _pool(self, backend: httpcore.NetworkBackend) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=self._tls,
            max_connections=None,
            max_keepalive_connections=_MOST_IDLE,
            keepalive_expiry=_KEEPALIVE_SECONDS,
            network_backend=backend,
        )
