"""Classifies addresses as public or private, by an own list: that of Python differs between versions.

Sources: https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

_SPECIAL_IPV4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's wire server, which serves virtual machines
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        ),
    )
)
_GLOBAL_IPV6: Final = IPv6Network("2000::/3")
_SPECIAL_IPV6: Final = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"))
)
# In IPv6-only networks, names of IPv4 hosts resolve to addresses with this prefix (RFC 6052).
_NAT64: Final = IPv6Network("64:ff9b::/96")
_PRIVATE_IPV4: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")))
_PRIVATE_IPV6: Final = IPv6Network("fc00::/7")
_METADATA: Final = frozenset(
    {IPv4Address("100.100.100.200"), IPv6Address("fd00:ec2::254"), IPv6Address("fd20:ce::254")}
)

Address = IPv4Address | IPv6Address
Block = IPv4Network | IPv6Network


def parse_address(text: str) -> Address:
    """Read an address, with or without a zone; raises `ValueError`."""
    return ip_address(text.partition("%")[0])


def is_public(address: Address) -> bool:
    """Whether an address is public.

    Public IPv6 addresses are those in 2000::/3 that embed no other address and are not reserved, and those that NAT64
    translates to a public IPv4 address.
    """
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        return address in _GLOBAL_IPV6 and not any(address in block for block in _SPECIAL_IPV6)
    return not any(address in block for block in _SPECIAL_IPV4)


def is_private(address: Address) -> bool:
    """Whether an address is in a private network (RFC 1918, 4193, 6598) and is no metadata service of a cloud."""
    if address in _METADATA:
        return False
    if isinstance(address, IPv6Address):
        return address in _PRIVATE_IPV6
    return any(address in block for block in _PRIVATE_IPV4)


def literal_address(host: str) -> Address | None:
    """Return the address if the host is written as one, None for a name that must be resolved.

    It accepts what C libraries accept, such as `127.1`, since a resolver may use one, and `localhost`.
    """
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    try:
        return parse_address(name) if ":" in name else IPv4Address(socket.inet_aton(name))
    except (OSError, ValueError):
        return None
