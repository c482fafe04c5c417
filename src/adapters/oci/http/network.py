"""Connections that go only to permitted addresses.

That cannot be had above this level: an address that was checked before connecting may be another one when the name is
resolved again.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable

import httpcore

from watch_cluster.adapters.http_deadline import DeadlineStream, remaining_seconds
from watch_cluster.adapters.oci.http.addresses import Address, parse_address
from watch_cluster.adapters.oci.http.reach import InternalHosts, Role

Resolve = Callable[[str, int], tuple[str, ...]]


class ForbiddenAddress(Exception):  # noqa: N818 - the name says what is wrong
    """A host has an address that is not permitted; the message is the address. `role` is the reason to connect."""

    def __init__(self, address: str, role: Role) -> None:
        super().__init__(address)
        self.role = role


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


def check_address(host: str, port: int, address: Address, internal: InternalHosts, role: Role) -> None:
    """Raise `ForbiddenAddress` for one that is not permitted."""
    if not internal.permits(host, port, address, role):
        raise ForbiddenAddress(str(address), role)


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to exactly the addresses that were checked, in the resolver's order."""

    def __init__(self, resolve: Resolve, internal: InternalHosts, role: Role | None) -> None:
        """Hold connections to the role; None for hosts that the configuration itself names, which are not judged."""
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
