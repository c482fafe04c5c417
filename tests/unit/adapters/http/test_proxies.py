"""What the variables for proxies mean."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.adapters.http.proxies import InvalidProxy, Proxies, Proxy, is_exempt
from watch_cluster.domain.images.credential import Credential

ONE, OTHER = Proxy("one.example", 3128), Proxy("other.example", 3129)


@pytest.mark.parametrize(
    ("entry", "host", "port", "exempt"),
    [
        pytest.param("*", "any.example", 443, True, id="everybody"),
        pytest.param("r.example", "r.example", 443, True, id="a domain"),
        pytest.param("r.example", "a.b.r.example", 443, True, id="below a domain"),
        pytest.param("r.example", "bar.example", 443, False, id="not what only ends like a domain"),
        pytest.param("r.example.", "r.example", 443, True, id="a domain with its last dot"),
        pytest.param("r.example", "r.example.", 443, True, id="a host with its last dot"),
        pytest.param("R.Example", "r.eXample", 443, True, id="any case"),
        pytest.param(".r.example", "a.r.example", 443, True, id="below a leading dot"),
        pytest.param(".r.example", "r.example", 443, False, id="not a leading dot's own domain"),
        pytest.param("*.r.example", "a.r.example", 443, True, id="below a star"),
        pytest.param("*.r.example", "r.example", 443, False, id="not a star's own domain"),
        pytest.param("r.example:5000", "r.example", 5000, True, id="a port"),
        pytest.param("r.example:5000", "r.example", 443, False, id="another port"),
        pytest.param("r.example:x", "r.example", 443, False, id="a port that is none"),
        pytest.param(".example:5000", "r.example", 5000, True, id="a leading dot with a port"),
        pytest.param("10.0.0.0/8", "10.200.3.4", 443, True, id="a block"),
        pytest.param("10.0.0.0/8", "11.0.0.1", 443, False, id="outside of a block"),
        pytest.param("10.1.2.3/8", "10.200.3.4", 443, True, id="a block with more than its prefix"),
        pytest.param("10.0.0.0/8", "10.example", 443, False, id="a block and a name"),
        pytest.param("10.0.0.0/99", "10.0.0.0", 443, False, id="a block that is none"),
        pytest.param("10.0.0.1", "10.0.0.1", 443, True, id="an address"),
        pytest.param("10.0.0.1:5000", "10.0.0.1", 5000, True, id="an address with a port"),
        pytest.param("10.0.0.1:5000", "10.0.0.1", 443, False, id="an address with another port"),
        pytest.param("0.0.1", "10.0.0.1", 443, False, id="an address is no domain"),
        pytest.param("fd00::/8", "fd12::1", 443, True, id="a block of IPv6"),
        pytest.param("fd12::1", "fd12:0::1", 443, True, id="an address of IPv6, written otherwise"),
        pytest.param("[fd12::1]:5000", "fd12::1", 5000, True, id="an address of IPv6 with a port"),
        pytest.param("fd00::/8", "10.0.0.1", 443, False, id="the other family"),
        pytest.param("", "r.example", 443, False, id="nothing"),
        pytest.param(".", "r.example", 443, False, id="a dot"),
        pytest.param("none.example", "localhost", 443, True, id="this machine, always"),
        pytest.param("none.example", "127.8.8.8", 443, True, id="loopback, always"),
        pytest.param("none.example", "::1", 443, True, id="loopback of IPv6, always"),
    ],
)
def test_hosts_that_bypass_the_proxy(entry: str, host: str, port: int, exempt: bool) -> None:
    assert is_exempt(host, port, (entry,)) is exempt
    assert is_exempt(host, port, ("unrelated.example", entry)) is exempt


@given(st.text(max_size=30), st.from_regex(r"[a-z0-9.-]{1,20}|[0-9a-f:]{2,20}", fullmatch=True))
def test_any_entry_can_be_evaluated(entry: str, host: str) -> None:
    assert is_exempt(host, 443, (entry,)) in {True, False}


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        pytest.param("https://r.example/", ONE, id="TLS"),
        pytest.param("http://r.example/", OTHER, id="no TLS"),
        pytest.param("https://r.example:5000/", None, id="exempt at this port"),
        pytest.param("http://plain.example/", None, id="exempt at the usual port"),
    ],
)
def test_the_scheme_selects_the_proxy(url: str, proxy: Proxy | None) -> None:
    assert Proxies(ONE, OTHER, ("r.example:5000", "plain.example:80")).of(httpx.URL(url)) == proxy


def test_without_any_there_is_none() -> None:
    assert Proxies().of(httpx.URL("https://r.example/")) is None


@pytest.mark.parametrize(
    ("text", "proxy", "shown"),
    [
        pytest.param("http://p.example:3128", Proxy("p.example", 3128), "p.example:3128", id="a URL"),
        pytest.param("http://p.example/", Proxy("p.example", 80), "p.example:80", id="without a port"),
        pytest.param("p.example:3128", Proxy("p.example", 3128), "p.example:3128", id="without a scheme"),
        pytest.param("http://[::1]:3128", Proxy("::1", 3128), "[::1]:3128", id="an address of IPv6"),
        pytest.param(
            "http://me:p%40ss@p.example:3128",
            Proxy("p.example", 3128, Credential("me", "p@ss")),
            "p.example:3128",
            id="with a login",
        ),
    ],
)
def test_a_proxy_is_read_and_shown_without_its_login(text: str, proxy: Proxy, shown: str) -> None:
    assert Proxy.parse(text) == proxy
    assert str(Proxy.parse(text)) == shown
    assert "p@ss" not in repr(Proxy.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("http://", id="no host"),
        pytest.param("https://hidden.example", id="over TLS"),
        pytest.param("socks5://hidden.example", id="another protocol"),
        pytest.param("http://hidden.example:0", id="no port"),
        pytest.param("hidden/path", id="a path"),
        pytest.param("http://hidden.example?hidden", id="a query"),
        pytest.param("http://hidden:hidden@1.2.3.400", id="no address"),
    ],
)
def test_an_invalid_proxy_is_rejected_and_not_quoted(text: str) -> None:
    with pytest.raises(InvalidProxy, match=r"^this is not a proxy: write http://HOST:PORT") as caught:
        Proxy.parse(text)
    assert "hidden" not in str(caught.value)
