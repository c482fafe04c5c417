"""What all tests of the registry client start from: a real server, a client, and a clock that nobody waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from tests.servers.registry import RegistryServer
from watch_cluster.adapters.oci.http.routing.network import Unresolved
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository

ALICE = Credential("alice", "alices-password")
BOB = Credential("bob", "bobs-password")

Connect = Callable[..., OciImageRegistry]


class StandingClock:
    """Time that passes only when somebody waits, or when a test says so."""

    def __init__(self) -> None:
        self.start = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
        self.passed = 0.0
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.passed += seconds

    @property
    def timing(self) -> Timing:
        return Timing(
            monotonic=lambda: self.passed,
            now=lambda: self.start + timedelta(seconds=self.passed),
            wait=self.wait,
            chance=lambda: 0.0,
        )


def resolve_for_tests(host: str, port: int) -> tuple[str, ...]:
    """Names under `.loopback.test` are this machine; `private.test` and `metadata.test` are what they say."""
    if host.endswith("private.test"):
        return ("10.1.2.3",)
    if host.endswith("metadata.test"):
        return ("169.254.169.254",)
    if host.endswith("loopback.test"):
        return ("127.0.0.1",)
    try:
        return (str(ip_address(host)),)
    except ValueError:
        raise Unresolved(f"no name {host}, port {port}") from None


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with RegistryServer() as running:
        yield running


@pytest.fixture
def other_server() -> Iterator[RegistryServer]:
    with RegistryServer() as running:
        yield running


@pytest.fixture
def app(server: RegistryServer) -> Repository:
    return Repository(server.host, "app")


@pytest.fixture
def connect(clock: StandingClock) -> Iterator[Connect]:
    """Make a client; what is not said is as the tests like it."""
    made: list[OciImageRegistry] = []

    def make(**settings: object) -> OciImageRegistry:
        registry = OciImageRegistry(**{"timing": clock.timing, "resolve": resolve_for_tests, **settings})  # type: ignore[arg-type]
        made.append(registry)
        return registry

    yield make
    for registry in made:
        registry.close()


@pytest.fixture
def registry(connect: Connect) -> OciImageRegistry:
    return connect()
