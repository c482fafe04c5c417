"""Selects the connection for a URL: to the registry, to a host that it refers to, or to a proxy."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Final

import httpcore
import httpx

from watch_cluster.adapters.http.proxies import PORTS, Proxies, Proxy
from watch_cluster.adapters.http.tunnels import TunnelBackend
from watch_cluster.adapters.oci.http.routing.addresses import Address, literal_address, parse_address
from watch_cluster.adapters.oci.http.routing.network import GuardedBackend, Resolve, Unresolved, check_address
from watch_cluster.adapters.oci.http.routing.reach import DEFAULT_INTERNAL_HOSTS, InternalHosts, Role

_KEEPALIVE_SECONDS: Final = 30.0
_MAX_IDLE_CONNECTIONS: Final = 32


@dataclass(frozen=True, slots=True)
class Route:
    """A connection pool, the target to request, whether it is a proxy, and headers for the proxy alone."""

    pool: httpcore.ConnectionPool
    target: httpcore.URL
    proxied: bool = False
    headers: tuple[tuple[str, str], ...] = ()


class Routes:
    """Routes to registries and to the hosts that they refer to, as far as `internal` permits.

    Addresses are checked when connecting. A proxy resolves names itself, so only hosts that are written as addresses
    can be checked. The address of the proxy is not checked, since the operator configured it.
    """

    def __init__(
        self,
        tls: ssl.SSLContext,
        resolve: Resolve,
        proxies: Proxies,
        internal: InternalHosts = DEFAULT_INTERNAL_HOSTS,
    ) -> None:
        self._tls = tls
        self._resolve = resolve
        self._proxies = proxies
        self._internal = internal
        unchecked = GuardedBackend(resolve, internal, None)
        self._pools = {role: self._pool(GuardedBackend(resolve, internal, role)) for role in Role}
        self._plain_proxy = None if proxies.http is None else self._pool(unchecked)
        self._tunnels = None if proxies.https is None else self._pool(TunnelBackend(proxies.https, unchecked))

    def to(self, url: httpx.URL, registry: httpx.URL) -> Route:
        """Return the route to a URL of the registry, or one that it refers to; raises `ForbiddenAddress`."""
        role = self._role(url, registry)
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        proxy = self.proxy_of(url)
        if proxy is None:
            return Route(self._pools[role], target)
        host, port = _host_and_port(url)
        address = literal_address(host)
        if address is not None:
            check_address(host, port, address, self._internal, role)
        if url.scheme == "https" and self._tunnels is not None:
            return Route(self._tunnels, target, proxied=True)
        # RFC 9112, section 3.2.2: a proxy gets the whole URL.
        whole = httpcore.URL(scheme="http", host=proxy.host, port=proxy.port, target=bytes(target))
        assert self._plain_proxy is not None  # noqa: S101 - there is a proxy for plain HTTP
        return Route(self._plain_proxy, whole, proxied=True, headers=proxy.headers)

    def conceals(self, registry: httpx.URL) -> bool:
        """Whether errors of the registry must only be logged."""
        host, port = _host_and_port(registry)
        return any(self._internal.conceals(host, port, address) for address in self._addresses(registry))

    def _role(self, url: httpx.URL, registry: httpx.URL) -> Role:
        if url.raw_host == registry.raw_host:
            return Role.REGISTRY
        host, port = _host_and_port(registry)
        addresses = self._addresses(registry)
        inside = any(self._internal.may_refer_inside(host, port, address) for address in addresses)
        return Role.REFERRED_BY_PRIVATE if inside else Role.REFERRED

    def _addresses(self, url: httpx.URL) -> tuple[Address, ...]:
        """Return the known addresses of a host."""
        host, port = _host_and_port(url)
        literal = literal_address(host)
        if literal is not None:
            return (literal,)
        if self.proxy_of(url) is not None:
            return ()
        try:
            return tuple(parse_address(address) for address in self._resolve(host, port))
        except Unresolved:
            return ()

    def proxy_of(self, url: httpx.URL) -> Proxy | None:
        """Return the proxy for a URL, or None."""
        return self._proxies.of(url)

    def close(self) -> None:
        """Close all connections."""
        for pool in (*self._pools.values(), self._plain_proxy, self._tunnels):
            if pool is not None:
                pool.close()

    def _pool(self, backend: httpcore.NetworkBackend) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=self._tls,
            max_connections=None,
            max_keepalive_connections=_MAX_IDLE_CONNECTIONS,
            keepalive_expiry=_KEEPALIVE_SECONDS,
            network_backend=backend,
        )


def _host_and_port(url: httpx.URL) -> tuple[str, int]:
    return url.raw_host.decode("ascii"), url.port or PORTS[url.scheme]
