"""The internal hosts that may be reached, since an image reference can name any host."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Final

from watch_cluster.adapters.oci.http.addresses import Address, Block, is_private, is_public

PRIVATE: Final = "private"
LOOPBACK: Final = "loopback"
NONE: Final = "none"

_HOST: Final = re.compile(
    r"(?P<domain>(?:\*?\.)?[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?", re.ASCII
)


class InvalidInternalHosts(ValueError):  # noqa: N818 - the name says what is wrong
    """A text names no hosts; the message is one line that quotes it."""


class Role(enum.Enum):
    """Why to connect to a host."""

    OWN = "it is the registry that an image names"
    LED_FROM_PRIVATE = "a registry of a private network leads there"
    LED = "another registry leads there"


@dataclass(frozen=True, slots=True)
class InternalHosts:
    """The hosts that may be reached although their address is not public.

    `hosts` are names or addresses with the port, None for all ports; one with a leading dot means all below it.
    `blocks` are addresses. `private` and `loopback` are all private networks and this machine.
    """

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    blocks: tuple[Block, ...] = ()
    private: bool = False
    loopback: bool = False

    @classmethod
    def parse(cls, entries: Iterable[str]) -> InternalHosts:
        """Read `registry.example`, `.corp.example`, `registry.example:5000`, `10.0.0.0/8`, `private`, `loopback`.

        `none` alone stands for no host. Raises `InvalidInternalHosts`.
        """
        found = cls()
        for entry in entries:
            found = found._with(entry.strip().lower())
        return found

    def with_hosts(self, hosts: Iterable[str]) -> InternalHosts:
        """Add hosts that are named elsewhere, as `host` or `host:port`."""
        return replace(self, hosts=self.hosts.union(*(InternalHosts.parse((host,)).hosts for host in hosts)))

    def permits(self, host: str, port: int, address: Address, role: Role) -> bool:
        """Whether the host may be reached at that address."""
        if is_public(address) or self.names(host, port):
            return True
        if role is Role.LED:
            return False
        if role is Role.OWN and self.loopback and address.is_loopback:
            return True
        return (self.private and is_private(address)) or self._in_blocks(address)

    def leads_inside(self, host: str, port: int, address: Address) -> bool:
        """Whether a registry at that address may lead to other hosts of private networks."""
        inside = self._in_blocks(address) or (self.private and is_private(address))
        return not is_public(address) and not address.is_loopback and (inside or self.names(host, port))

    def conceals(self, host: str, port: int, address: Address) -> bool:
        """Whether errors of the host are for the log alone, because only `private` permits it.

        Else the Events of whoever names hosts at will would tell which ports there are open.
        """
        only_private = self.private and is_private(address)
        return only_private and not self.names(host, port) and not self._in_blocks(address)

    def names(self, host: str, port: int) -> bool:
        """Whether a host is named, by itself or by a domain above it."""
        name = host.lower().rstrip(".").removeprefix("[").removesuffix("]")
        parents = [name, *(name[dot:] for dot, letter in enumerate(name) if letter == ".")]
        return any((each, at) in self.hosts for each in parents for at in (None, port))

    def _in_blocks(self, address: Address) -> bool:
        return any(address in block for block in self.blocks if block.version == address.version)

    def _with(self, entry: str) -> InternalHosts:
        if entry == NONE:
            return self
        if entry == PRIVATE:
            return replace(self, private=True)
        if entry == LOOPBACK:
            return replace(self, loopback=True)
        try:
            return replace(self, blocks=(*self.blocks, ip_network(entry)))
        except ValueError:
            match = _HOST.fullmatch(entry)
        if match is None or "/" in entry:
            raise InvalidInternalHosts(
                f"{entry!r} names no hosts: write registry.example, .corp.example, registry.example:5000, 10.0.0.0/8,"
                f" {PRIVATE}, {LOOPBACK} or {NONE}"
            )
        domain = match["domain"].removeprefix("*").removeprefix("[").removesuffix("]")
        port = int(match["port"]) if match["port"] else None
        return replace(self, hosts=self.hosts | {(domain, port)})


DEFAULT_INTERNAL_HOSTS: Final = InternalHosts.parse((PRIVATE, LOOPBACK))
"""Registries of most clusters that run one of their own are in a private network, by whatever name."""
