"""Requests to receivers, through proxies and with authorities of one's own."""

from __future__ import annotations

import ssl

import pytest
import trustme

from tests.servers.http_server import HttpServer, QuietHandler
from tests.servers.proxy import ProxyServer
from watch_cluster.adapters.http.poster import HttpPoster, NotPosted
from watch_cluster.adapters.http.proxies import Proxies, Proxy

HEADERS = (("Host", "hooks.example"), ("Content-Length", "2"))


class Accepting(QuietHandler):
    """Answers 204."""

    def do_POST(self) -> None:  # noqa: N802 - the name is the library's
        self.content()
        self.send_response(204)
        self.end_headers()


def serving(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("hooks.example", "127.0.0.1").configure_cert(context)
    return context


def test_trusts_an_authority_of_ones_own(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    with HttpServer(Accepting, serving(authority)) as receiver:
        url = f"https://{receiver.host}/"
        assert HttpPoster(trusting).post(url, HEADERS, b"{}", 10).status == 204
        with pytest.raises(NotPosted, match="no connection"):
            HttpPoster().post(url, HEADERS, b"{}", 10)


def test_tunnels_through_the_proxy_for_tls(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    with HttpServer(Accepting, serving(authority)) as receiver, ProxyServer() as proxy:
        port = receiver.host.rpartition(":")[2]
        poster = HttpPoster(trusting, Proxies(https=Proxy.parse(f"http://{proxy.host}")))
        assert poster.post(f"https://hooks.example:{port}/", HEADERS, b"{}", 10).status == 204
        assert proxy.targets == [("CONNECT", f"hooks.example:{port}")]


def test_hosts_without_a_proxy_are_reached_directly(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    with HttpServer(Accepting, serving(authority)) as receiver, ProxyServer() as proxy:
        poster = HttpPoster(trusting, Proxies(https=Proxy.parse(f"http://{proxy.host}"), exempt=("hooks.example",)))
        assert poster.post(f"https://{receiver.host}/", HEADERS, b"{}", 10).status == 204
        assert proxy.targets == []


def test_reports_a_proxy_that_refuses() -> None:
    with ProxyServer() as proxy:
        proxy.refusal = 407
        poster = HttpPoster(proxies=Proxies(https=Proxy.parse(f"http://{proxy.host}")))
        with pytest.raises(NotPosted, match="the proxy refuses the connection: it answered 407"):
            poster.post("https://hooks.example/secret", HEADERS, b"{}", 10)


def test_plain_http_goes_whole_to_its_proxy() -> None:
    with HttpServer(Accepting) as receiver, ProxyServer() as proxy:
        port = receiver.host.rpartition(":")[2]
        poster = HttpPoster(proxies=Proxies(http=Proxy.parse(f"http://me:pass@{proxy.host}")))
        assert poster.post(f"http://hooks.example:{port}/path", HEADERS, b"{}", 10).status == 204
        assert proxy.targets == [("POST", f"http://hooks.example:{port}/path")]
        assert "proxy-authorization" in proxy.seen[0].headers
