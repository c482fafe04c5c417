"""The internal hosts that may be reached: anybody who can set an image can name any host."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Final

from watch_cluster.adapters.oci.http.routing.addresses import Address, Block, is_private, is_public

PRIVATE: Final = "private"
LOOPBACK: Final = "loopback"
NONE: Final = "none"

_HOST: Final = re.compile(
    r"(?P<domain>(?:\*?\.)?[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?", re.ASCII
)


class InvalidInternalHosts(ValueError):  # noqa: N818 - the name says what is wrong
    """An entry is invalid; the message is one line that quotes it."""


class Role(enum.Enum):
    """The reason to connect to a host."""

    REGISTRY = "it is the registry of an image"
    REFERRED_BY_PRIVATE = "a registry in a private network refers to it"
    REFERRED = "another registry refers to it"


@dataclass(frozen=True, slots=True)
class InternalHosts:
    """The hosts that may be reached although their address is not public.

    `hosts` are names or addresses with a port, None for all ports; a leading dot means all subdomains. `blocks` are
    blocks of addresses. `private` permits all private networks, `loopback` this machine.
    """

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    blocks: tuple[Block, ...] = ()
    private: bool = False
    loopback: bool = False

    @classmethod
    def parse(cls, entries: Iterable[str]) -> InternalHosts:
        """Read `registry.example`, `.corp.example`, `registry.example:5000`, `10.0.0.0/8`, `private`, `loopback`.

        `none` means no host. Raises `InvalidInternalHosts`.
        """
        found = cls()
        for entry in entries:
            found = found._with(entry.strip().lower())
        return found

    def with_hosts(self, hosts: Iterable[str]) -> InternalHosts:
        """Return these hosts and others, given as `host` or `host:port`."""
        return replace(self, hosts=self.hosts.union(*(InternalHosts.parse((host,)).hosts for host in hosts)))

    def permits(self, host: str, port: int, address: Address, role: Role) -> bool:
        """Whether the host may be reached at that address."""
        if is_public(address) or self.lists(host, port):
            return True
        if role is Role.REFERRED:
            return False
        if role is Role.REGISTRY and self.loopback and address.is_loopback:
            return True
        return (self.private and is_private(address)) or self._in_blocks(address)

    def may_refer_inside(self, host: str, port: int, address: Address) -> bool:
        """Whether a registry at that address may refer to other hosts in private networks."""
        inside = self._in_blocks(address) or (self.private and is_private(address))
        return not is_public(address) and not address.is_loopback and (inside or self.lists(host, port))

    def conceals(self, host: str, port: int, address: Address) -> bool:
        """Whether errors of the host must only be logged, because only `private` permits it.

        Otherwise, people who can set an image could find open ports in private networks by their Events.
        """
        only_private = self.private and is_private(address)
        return only_private and not self.lists(host, port) and not self._in_blocks(address)

    def lists(self, host: str, port: int) -> bool:
        """Whether `hosts` has the host, or a domain above it."""
        name = host.lower().rstrip(".").removeprefix("[").removesuffix("]")
        parents = [name, *(name[dot:] for dot, letter in enumerate(name) if letter == ".")]
        return any((parent, allowed) in self.hosts for parent in parents for allowed in (None, port))

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
                f"{entry!r} is not a host: write registry.example, .corp.example, registry.example:5000, 10.0.0.0/8,"
                f" {PRIVATE}, {LOOPBACK} or {NONE}"
            )
        domain = match["domain"].removeprefix("*").removeprefix("[").removesuffix("]")
        port = int(match["port"]) if match["port"] else None
        return replace(self, hosts=self.hosts | {(domain, port)})


DEFAULT_INTERNAL_HOSTS: Final = InternalHosts.parse((PRIVATE, LOOPBACK))
"""Most clusters with an own registry have it in a private network, and its name is not known here."""
