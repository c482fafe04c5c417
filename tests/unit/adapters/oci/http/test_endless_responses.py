"""A registry that sends what costs most to read: each response ends soon, in time, bytes and memory."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest

from tests.unit.adapters.oci.conftest import Connect
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.application.ports.registry.image_registry import RegistryError
from watch_cluster.domain.images.reference import Repository

CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


@contextmanager
def sending(head: bytes, unit: bytes) -> Iterator[str]:
    """Serve a response that begins with `head` and goes on with `unit` for ever; gives the host."""

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(head)
            while True:
                connection.sendall(unit * (65536 // len(unit)))

    def serve() -> None:
        with suppress(OSError):
            while True:
                Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("head", "unit", "complaint"),
    [
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", "sends more than a response may have", id="interim"),
        pytest.param(CHUNKED, b"1\r\n \r\n", "thousands of chunks of a few bytes", id="chunks of a byte"),
        pytest.param(CHUNKED, b"2\r\n  \r\n", "thousands of chunks of a few bytes", id="chunks of two bytes"),
        pytest.param(CHUNKED, b"400\r\n" + b" " * 1024 + b"\r\n", "answered with more than", id="white space"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"b" * 1000 + b"\r\n", "buffer too long", id="headers"),
        pytest.param(CHUNKED, b"1;" + b"e" * 1000, "buffer too long", id="a chunk's extensions"),
    ],
)
def test_a_response_without_end_is_refused(connect: Connect, head: bytes, unit: bytes, complaint: str) -> None:
    # With the real clock: the deadline of a request is far away, and is not what ends it.
    with sending(head, unit) as host:
        client = connect(timing=Timing(wait=lambda _seconds: None), deadline_seconds=600.0)
        with pytest.raises(RegistryError, match=complaint):
            client.tags(Repository(host, "app"), ())
