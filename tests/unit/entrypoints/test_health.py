"""Probes and metrics over HTTP."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from watch_cluster.adapters.http.server import PortUnavailable
from watch_cluster.adapters.workers import Workers
from watch_cluster.entrypoints.health import (
    STALE_AFTER_SECONDS,
    STUCK_AFTER_SECONDS,
    UNHEALTHY_AFTER_SECONDS,
    HealthServer,
)


class Process:
    """A process with settable status."""

    stuck = 0.0
    staleness_seconds = 0.0
    loaded = True

    def since_last_run(self) -> float:
        return self.stuck

    def staleness(self) -> float:
        return self.staleness_seconds

    def ready(self) -> bool:
        return self.loaded


class StaticMetrics:
    """Constant metrics."""

    def render(self) -> bytes:
        return b"watch_cluster_leader 1.0\n"


@pytest.fixture(scope="module")
def probed() -> Process:
    return Process()


@pytest.fixture(scope="module")
def health(probed: Process) -> Iterator[HealthServer]:
    """One server for all tests: its end takes half a second."""
    made = HealthServer(0, probed, StaticMetrics())
    yield made
    made.close()


@pytest.fixture(autouse=True)
def process(probed: Process) -> Process:
    """A process that is well."""
    probed.stuck, probed.staleness_seconds, probed.loaded = 0.0, 0.0, True
    return probed


def get(health: HealthServer, path: str) -> tuple[int, str]:
    answer = httpx.get(f"http://127.0.0.1:{health.port}{path}", trust_env=False)
    return answer.status_code, answer.text.strip()


def test_a_running_loaded_process_is_healthy_and_ready(health: HealthServer) -> None:
    assert get(health, "/healthz") == get(health, "/readyz?verbose") == (200, "ok")


def test_a_stuck_loop_is_unhealthy(health: HealthServer, process: Process) -> None:
    process.stuck = STUCK_AFTER_SECONDS - 1
    assert get(health, "/healthz")[0] == 200
    process.stuck = STUCK_AFTER_SECONDS
    assert get(health, "/healthz") == (503, "the control loop is stuck for 60 s")


def test_stale_watches_are_reported_and_finally_unhealthy(health: HealthServer, process: Process) -> None:
    process.staleness_seconds = STALE_AFTER_SECONDS - 1
    assert get(health, "/healthz") == (200, "ok")
    process.staleness_seconds = STALE_AFTER_SECONDS
    assert get(health, "/healthz") == (200, "ok, but no event on at least one watch for 120 s")
    process.staleness_seconds = UNHEALTHY_AFTER_SECONDS
    assert get(health, "/healthz") == (503, "no event on at least one watch for 600 s")


def test_a_process_that_is_still_loading_is_healthy_but_not_ready(health: HealthServer, process: Process) -> None:
    process.loaded = False
    assert get(health, "/healthz")[0] == 200
    assert get(health, "/readyz") == (503, "still loading the cluster state")


@pytest.mark.parametrize("path", ["/", "/healthz/", "/metrics/", "/debug"])
def test_other_paths_are_not_found(health: HealthServer, path: str) -> None:
    assert get(health, path)[0] == 404


def test_serves_metrics(health: HealthServer) -> None:
    assert get(health, "/metrics") == (200, "watch_cluster_leader 1.0")


def test_slow_clients_do_not_block_probes(health: HealthServer) -> None:
    slow = [socket.create_connection(("127.0.0.1", health.port)) for _ in range(100)]
    try:
        for client in slow[:10]:
            client.sendall(b"GET /he")

        assert get(health, "/healthz") == (200, "ok")
    finally:
        for client in slow:
            client.close()


def test_reports_an_unavailable_port_in_one_line(health: HealthServer) -> None:
    with pytest.raises(PortUnavailable, match="set HEALTH_PORT to a free port"):
        HealthServer(health.port, Process(), StaticMetrics())


class Threads(Workers):
    """Workers with settable status."""

    def __init__(self) -> None:
        super().__init__()
        self.dead_one: str | None = None
        self.stuck_ones: dict[str, tuple[int, int]] = {}

    def dead(self) -> str | None:
        return self.dead_one

    def stuck(self) -> dict[str, tuple[int, int]]:
        return self.stuck_ones


@pytest.mark.parametrize(
    ("dead", "stuck", "status", "line"),
    [
        pytest.param(None, {}, 200, "ok", id="all are well"),
        pytest.param("a webhook worker is dead", {}, 503, "a webhook worker is dead", id="one is dead"),
        pytest.param(
            None, {"check": (3, 64)}, 200, "ok, but 3 of 64 check workers are stuck", id="some of a kind are stuck"
        ),
        pytest.param(None, {"webhook": (4, 4)}, 503, "all webhook workers are stuck", id="all of a kind are stuck"),
    ],
)
def test_the_probe_knows_the_workers(
    dead: str | None, stuck: dict[str, tuple[int, int]], status: int, line: str
) -> None:
    threads = Threads()
    threads.dead_one, threads.stuck_ones = dead, stuck
    server = HealthServer(0, Process(), StaticMetrics(), threads)
    try:
        assert server.respond("/healthz") == (status, f"{line}\n".encode())
    finally:
        server.close()


class BrokenMetrics:
    """Metrics with a defect."""

    def render(self) -> bytes:
        raise ValueError("a gauge fails")


def test_a_defect_in_a_probe_is_logged_and_counted() -> None:
    counted: list[str] = []
    server = HealthServer(0, Process(), BrokenMetrics(), Workers(counted.append))
    try:
        assert server.respond("/metrics") == (500, b"failed on a defect, see the log\n")
    finally:
        server.close()
    assert counted == ["health"]
