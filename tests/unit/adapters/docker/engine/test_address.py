"""The address of an engine, as in the variable DOCKER_HOST."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.docker.engine.address import EngineAddress, InvalidAddress


@pytest.mark.parametrize("host", ["docker.sock", "unix://", "ssh://machine", "tcp://"])
def test_an_unusable_address_is_an_error(host: str) -> None:
    with pytest.raises(InvalidAddress, match="write unix:///PATH or tcp://HOST:PORT"):
        EngineAddress.parse(host)


def test_an_address_with_tls_is_https() -> None:
    assert EngineAddress.parse("tcp://docker.example:2376", tls=True).url == "https://docker.example:2376"
