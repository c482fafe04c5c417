from __future__ import annotations

import ssl
from collections.abc import Iterator

import httpx
import pytest

from tests.servers.registry import RegistryServer, json_reply
from tests.unit.adapters.oci.conftest import StandingClock, resolve_for_tests
from watch_cluster.adapters.http.proxies import Proxies
from watch_cluster.adapters.oci.auth.tokens import TokenKey, Tokens
from watch_cluster.adapters.oci.http.client import HttpClient
from watch_cluster.adapters.oci.http.routing.routes import Routes
from watch_cluster.adapters.oci.retry.retrying_client import RetryingClient


@pytest.fixture
def tokens(clock: StandingClock) -> Iterator[Tokens]:
    client = HttpClient(
        user_agent="test",
        deadline_seconds=10,
        timing=clock.timing,
        routes=Routes(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), resolve_for_tests, Proxies()),
        on_request=lambda _call: None,
        several=False,
    )
    yield Tokens(RetryingClient(client, clock.timing), clock.timing)
    client.close()


@pytest.mark.exhaustive
def test_the_token_that_was_unused_longest_makes_room(tokens: Tokens, server: RegistryServer) -> None:
    server.on("/token", json_reply({"token": "t"}))
    keys = [
        TokenKey("https://r.test", f"{server.url}/token", None, f"repository:app{number}:pull", None)
        for number in range(1001)
    ]
    for key in keys[:1000]:
        tokens.issue(key, httpx.URL(server.url))
    assert tokens.cached(keys[0]) == "t"
    tokens.issue(keys[1000], httpx.URL(server.url))
    assert tokens.cached(keys[1]) is None
    assert [tokens.cached(key) for key in (keys[0], keys[2], keys[1000])] == ["t", "t", "t"]
