"""Connects only to permitted addresses.

This must happen here: if the address was checked before connecting, the name could resolve to another one afterwards.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable

import httpcore

from watch_cluster.adapters.http.deadline import DeadlineStream, remaining_seconds
from watch_cluster.adapters.oci.http.routing.addresses import Address, parse_address
from watch_cluster.adapters.oci.http.routing.reach import InternalHosts, Role

Resolve = Callable[[str, int], tuple[str, ...]]


class ForbiddenAddress(Exception):  # noqa: N818 - the name says what is wrong
    """The address of a host is not permitted; the message is the address. `role` is the reason to connect."""

    def __init__(self, address: str, role: Role) -> None:
        super().__init__(address)
        self.role = role


class Unresolved(Exception):  # noqa: N818
    """A name cannot be resolved; the message is that of the resolver."""


def resolve_by_system(host: str, port: int) -> tuple[str, ...]:
    """Resolve a host with the system's resolver, in its order.

    The resolver has its own timeouts; a deadline cannot interrupt it.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(str(error)) from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def check_address(host: str, port: int, address: Address, internal: InternalHosts, role: Role) -> None:
    """Raise `ForbiddenAddress` unless the address is permitted."""
    if not internal.permits(host, port, address, role):
        raise ForbiddenAddress(str(address), role)


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to the addresses that were checked, in the resolver's order."""

    def __init__(self, resolve: Resolve, internal: InternalHosts, role: Role | None) -> None:
        """Check addresses for that role; None for hosts in the configuration, which are not checked."""
        self._resolve = resolve
        self._internal = internal
        self._role = role
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
            if self._role is not None:
                check_address(host, port, parse_address(address), self._internal, self._role)
        failure: Exception = Unresolved("it has no address")
        for address in addresses:
            try:
                return DeadlineStream(
                    self._system.connect_tcp(address, port, remaining_seconds(), local_address, socket_options)
                )
            except httpcore.ConnectError as error:
                failure = error
        raise failure
