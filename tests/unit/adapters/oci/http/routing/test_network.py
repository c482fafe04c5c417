from __future__ import annotations

import pytest

from watch_cluster.adapters.oci.http.routing.addresses import is_public, parse_address
from watch_cluster.adapters.oci.http.routing.network import Unresolved, resolve_by_system


@pytest.mark.parametrize(
    ("address", "public"),
    [
        pytest.param("93.184.215.14", True, id="the internet"),
        pytest.param("2606:2800:21f:cb07::1", True, id="the internet, IPv6"),
        pytest.param("127.0.0.1", False, id="loopback"),
        pytest.param("127.9.9.9", False, id="all of loopback"),
        pytest.param("::1", False, id="loopback, IPv6"),
        pytest.param("0.0.0.0", False, id="unspecified"),  # noqa: S104 - nothing is bound to it
        pytest.param("10.0.0.1", False, id="private, ten"),
        pytest.param("172.16.0.1", False, id="private, 172.16"),
        pytest.param("192.168.1.1", False, id="private, 192.168"),
        pytest.param("100.100.100.200", False, id="carrier-grade, and Alibaba's metadata"),
        pytest.param("169.254.169.254", False, id="metadata"),
        pytest.param("168.63.129.16", False, id="Azure's wire server"),
        pytest.param("fd00:ec2::254", False, id="metadata, IPv6"),
        pytest.param("fe80::1", False, id="link-local, IPv6"),
        pytest.param("fe80::1%eth0", False, id="link-local with a zone"),
        pytest.param("224.0.0.1", False, id="multicast"),
        pytest.param("::ffff:10.0.0.1", False, id="private, mapped into IPv6"),
        pytest.param("::ffff:93.184.215.14", False, id="the internet, mapped into IPv6"),
        pytest.param("::ffff:0:169.254.169.254", False, id="metadata, translated"),
        pytest.param("::10.0.0.1", False, id="private, compatible with IPv6"),
        pytest.param("fec0::1", False, id="site-local"),
        pytest.param("64:ff9b:1::a9fe:a9fe", False, id="metadata, through NAT64 of a network's own"),
        pytest.param("64:ff9b::5db8:d70e", True, id="the internet, through NAT64"),
        pytest.param("2001:0:4136:e378::1", False, id="Teredo"),
        pytest.param("2001:db8::1", False, id="documentation"),
        pytest.param("3fff::1", False, id="documentation, the newer block"),
        pytest.param("4000::1", False, id="not assigned"),
        pytest.param("ff02::1", False, id="multicast, IPv6"),
        pytest.param("192.0.0.8", False, id="protocol assignments"),
        pytest.param("198.19.0.1", False, id="benchmarks"),
        pytest.param("240.0.0.1", False, id="reserved"),
        pytest.param("255.255.255.255", False, id="broadcast"),
        pytest.param("::ffff:168.63.129.16", False, id="Azure's wire server, mapped into IPv6"),
        pytest.param("64:ff9b::a9fe:a9fe", False, id="metadata, through NAT64"),
        pytest.param("2002:a00:1::", False, id="private, through 6to4"),
    ],
)
def test_only_addresses_of_the_internet_are_public(address: str, public: bool) -> None:
    assert is_public(parse_address(address)) is public


def test_the_system_resolves_addresses_to_themselves() -> None:
    assert resolve_by_system("127.0.0.1", 80) == ("127.0.0.1",)


@pytest.mark.parametrize(
    "host", [pytest.param("l" * 64, id="a label that is too long"), pytest.param("a..b", id="an empty label")]
)
def test_a_name_that_the_system_cannot_resolve_is_unresolved(host: str) -> None:
    with pytest.raises(Unresolved):
        resolve_by_system(host, 80)
