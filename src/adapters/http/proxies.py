"""The proxy for a registry, by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.

They mean the same as in Go programs, such as container runtimes. Source:
https://pkg.go.dev/golang.org/x/net/http/httpproxy
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from watch_cluster.domain.images.credential import Credential

if TYPE_CHECKING:
    import httpx

PORTS: Final = {"http": 80, "https": 443}


class InvalidProxy(ValueError):  # noqa: N818 - the name says what is wrong
    """The text is not a proxy; the message is one line without the text, which may contain a password."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy and the credential for it; `str()` returns its host and port."""

    host: str
    port: int
    credential: Credential | None = None

    @classmethod
    def parse(cls, text: str) -> Proxy:
        """Read `[http://][USER:PASSWORD@]HOST[:PORT]`; raises `InvalidProxy`."""
        # Commands that send no request read settings, too: loading httpx takes longer than all else that they do.
        import httpx

        try:
            url = httpx.URL(text if "://" in text else f"http://{text}")
        except httpx.InvalidURL:
            url = httpx.URL()
        if url.scheme != "http" or not url.raw_host or url.port == 0 or url.path not in {"", "/"} or url.query:
            raise InvalidProxy("this is not a proxy: write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT")
        credential = Credential(url.username, url.password) if url.userinfo else None
        return cls(url.raw_host.decode("ascii"), url.port or PORTS["http"], credential)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers for the proxy alone (RFC 7617, in UTF-8)."""
        if self.credential is None:
            return ()
        login = f"{self.credential.username}:{self.credential.password}".encode()
        return (("Proxy-Authorization", f"Basic {base64.b64encode(login).decode('ascii')}"),)

    def __str__(self) -> str:
        return f"{bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies for `https` and for `http`, and the hosts that are reached without one."""

    https: Proxy | None = None
    http: Proxy | None = None
    exempt: tuple[str, ...] = ()

    def of(self, url: httpx.URL) -> Proxy | None:
        """Return the proxy for a URL, or None. Loopback addresses never have one."""
        proxy = self.https if url.scheme == "https" else self.http
        host, port = url.raw_host.decode("ascii"), url.port or PORTS[url.scheme]
        return None if proxy is None or is_exempt(host, port, self.exempt) else proxy


def bracketed(host: str) -> str:
    """Return the host as it is written before a port: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def is_exempt(host: str, port: int, exempt: tuple[str, ...]) -> bool:
    """Whether a host is reached without a proxy: it is a loopback address, or an entry of `NO_PROXY` matches it.

    An entry is `*` for all hosts, an address or a block of addresses (`10.0.0.0/8`) for hosts that are written as
    addresses, a domain for itself and its subdomains, or a domain with a leading dot for its subdomains only. An
    address and a domain may have a port. Other entries match no host.
    """
    name = host.lower().rstrip(".")
    address = _address(name)
    if name == "localhost" or (address is not None and address.is_loopback):
        return True
    return any(_matches(entry.lower(), name, address, port) for entry in exempt)


def _matches(entry: str, name: str, address: IPv4Address | IPv6Address | None, port: int) -> bool:
    if entry == "*":
        return True
    network = _network(entry)
    before, colon, number = entry.rpartition(":")
    if network is None and colon:
        if number != str(port):
            return False
        entry, network = before, _network(before)
    if network is not None or address is not None:
        return network is not None and address is not None and address in network
    domain = entry.removeprefix("*").rstrip(".")
    return name.endswith(domain) if domain.startswith(".") else f".{name}".endswith(f".{domain}")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text.removeprefix("[").removesuffix("]"), strict=False)
    except ValueError:
        return None
