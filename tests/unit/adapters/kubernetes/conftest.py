"""A local server in the place of an API server, and our client on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from kubernetes import client

from tests.unit.adapters.kubernetes.scripted_server import Answer, ScriptedServer
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi


@pytest.fixture
def connect() -> Iterator[Callable[[int], KubernetesApi]]:
    apis = []

    def connect(port: int) -> KubernetesApi:
        apis.append(KubernetesApi(client.ApiClient(client.Configuration(host=f"http://127.0.0.1:{port}"))))
        return apis[-1]

    yield connect
    for api in apis:
        api.close()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer([Answer(200)])
    with scripted:
        yield scripted


@pytest.fixture
def api(server: ScriptedServer, connect: Callable[[int], KubernetesApi]) -> KubernetesApi:
    return connect(server.port)
