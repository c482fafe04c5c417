"""Connects through a proxy.

httpcore has tunnels, but its pool leaks one when the TLS handshake in it fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import httpcore

from watch_cluster.adapters.http.proxies import Proxy, bracketed

_MAX_HEAD_BYTES: Final = 64 * 1024
_HEAD: Final = re.compile(rb"HTTP/1\.[01] (?P<status>[0-9]{3})[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n")
_SUCCESS: Final = range(200, 300)


class ProxyRefused(Exception):  # noqa: N818 - the name says what is wrong
    """A proxy rejects the connection."""

    def __init__(self, status: int) -> None:
        super().__init__(f"it answered {status}")
        self.status = status


class TunnelBackend(httpcore.NetworkBackend):
    """Connects with `CONNECT` (RFC 9110, section 9.3.6); the proxy resolves the name."""

    def __init__(self, proxy: Proxy, inner: httpcore.NetworkBackend) -> None:
        self._proxy = proxy
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect; raises `ProxyRefused`, httpcore's errors, and what connecting to the proxy raises."""
        stream = self._inner.connect_tcp(self._proxy.host, self._proxy.port, timeout, local_address, socket_options)
        try:
            self._open(stream, f"{bracketed(host)}:{port}")
        except BaseException:
            stream.close()
            raise
        return stream

    def _open(self, stream: httpcore.NetworkStream, target: str) -> None:
        headers = (("Host", target), *self._proxy.headers)
        lines = (f"CONNECT {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", "")
        stream.write("\r\n".join(lines).encode("ascii"))
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _MAX_HEAD_BYTES:
            chunk = stream.read(_MAX_HEAD_BYTES)
            if not chunk:
                break
            head += chunk
        match = _HEAD.match(head)
        if match is None:
            raise httpcore.RemoteProtocolError("the proxy's response is not HTTP/1.1")
        status = int(match["status"])
        if status not in _SUCCESS:
            raise ProxyRefused(status)
        if match.end() != len(head):
            # In TLS, the client sends first.
            raise httpcore.RemoteProtocolError("the proxy sent data before the client did")
