"""Connections that go only to permitted addresses.

That cannot be had above this level: an address that was checked before connecting may be another one when the name is
resolved again.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

import httpcore

from watch_cluster.adapters.deadline import DeadlineStream, seconds_left

Resolve = Callable[[str, int], tuple[str, ...]]

# Azure's wire server answers virtual machines at an address that looks public.
_METADATA: Final = frozenset({IPv4Address("168.63.129.16")})
_NAT64: Final = IPv6Network("64:ff9b::/96")


class ForbiddenAddress(Exception):  # noqa: N818 - the name says what is wrong
    """A name stands for an address that may not be asked; the message is the address."""


class Unresolved(Exception):  # noqa: N818
    """A name stands for no address; the message is the resolver's."""


def resolve_by_system(host: str, port: int) -> tuple[str, ...]:
    """Ask the system's resolver for the addresses of a host, in its order.

    The system's own limits hold here: no deadline of ours can interrupt it.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(str(error)) from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(text: str) -> bool:
    """Whether an address belongs to the internet: not loopback, link-local, private, metadata or the like."""
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            embedded = IPv4Address(int(address) & 0xFFFF_FFFF)
        address = embedded or address
    return address.is_global and not address.is_multicast and address not in _METADATA


def refuse_private(host: str) -> None:
    """Raise `ForbiddenAddress` for a host whose name alone says that it is not public.

    Also for addresses as C libraries read them, such as `127.1`, since whoever resolves the name may use one.
    """
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        raise ForbiddenAddress(name)
    try:
        address = name if ":" in name else socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return
    if not is_public(address):
        raise ForbiddenAddress(address)


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to exactly the addresses that were checked, in the resolver's order."""

    def __init__(self, resolve: Resolve, *, only_public: bool) -> None:
        self._resolve = resolve
        self._only_public = only_public
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline decides
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect; raises `Unresolved`, `ForbiddenAddress` and httpcore's errors."""
        addresses = self._resolve(host, port)
        for address in addresses:
            if self._only_public and not is_public(address):
                raise ForbiddenAddress(address)
        failure: Exception = Unresolved("it has no address")
        for address in addresses:
            try:
                return DeadlineStream(
                    self._system.connect_tcp(address, port, seconds_left(), local_address, socket_options)
                )
            except httpcore.ConnectError as error:
                failure = error
        raise failure
