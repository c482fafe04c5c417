"""What Kubernetes is told of the process."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from watch_cluster.entrypoints.health import (
    DEAD_AFTER_SECONDS,
    SILENT_AFTER_SECONDS,
    STUCK_AFTER_SECONDS,
    Health,
    PortTaken,
)


class Process:
    """What the probes look at."""

    stuck = 0.0
    silent = 0.0
    read = True

    def since_turn(self) -> float:
        return self.stuck

    def staleness(self) -> float:
        return self.silent

    def ready(self) -> bool:
        return self.read


class Shown:
    """Metrics that say one thing."""

    def render(self) -> bytes:
        return b"watch_cluster_leader 1.0\n"


@pytest.fixture
def process() -> Process:
    return Process()


@pytest.fixture
def health(process: Process) -> Iterator[Health]:
    made = Health(0, process, Shown())
    yield made
    made.close()


def ask(health: Health, path: str) -> tuple[int, str]:
    answer = httpx.get(f"http://127.0.0.1:{health.port}{path}", trust_env=False)
    return answer.status_code, answer.text.strip()


def test_a_process_that_takes_turns_and_has_read_the_cluster_is_well(health: Health) -> None:
    assert ask(health, "/healthz") == ask(health, "/readyz?verbose") == (200, "ok")


def test_a_loop_that_is_stuck_is_told(health: Health, process: Process) -> None:
    process.stuck = STUCK_AFTER_SECONDS - 1
    assert ask(health, "/healthz")[0] == 200
    process.stuck = STUCK_AFTER_SECONDS
    assert ask(health, "/healthz") == (503, "the loop has not taken a turn for 60 s")


def test_a_cluster_that_is_silent_is_told_and_in_the_end_a_reason_to_begin_anew(
    health: Health, process: Process
) -> None:
    process.silent = SILENT_AFTER_SECONDS - 1
    assert ask(health, "/healthz") == (200, "ok")
    process.silent = SILENT_AFTER_SECONDS
    assert ask(health, "/healthz") == (200, "ok, but nothing was heard of some part of the cluster for 120 s")
    process.silent = DEAD_AFTER_SECONDS
    assert ask(health, "/healthz") == (503, "nothing was heard of some part of the cluster for 600 s")


def test_a_process_that_has_not_read_the_cluster_is_alive_and_not_ready(health: Health, process: Process) -> None:
    process.read = False
    assert ask(health, "/healthz")[0] == 200
    assert ask(health, "/readyz") == (503, "the cluster is still being read")


@pytest.mark.parametrize("path", ["/", "/healthz/", "/metrics/", "/debug"])
def test_nothing_else_is_answered(health: Health, path: str) -> None:
    assert ask(health, path)[0] == 404


def test_metrics_are_shown(health: Health) -> None:
    assert ask(health, "/metrics") == (200, "watch_cluster_leader 1.0")


def test_clients_that_take_their_time_keep_nobody_from_an_answer(health: Health) -> None:
    slow = [socket.create_connection(("127.0.0.1", health.port)) for _ in range(100)]
    try:
        for each in slow[:10]:
            each.sendall(b"GET /he")

        assert ask(health, "/healthz") == (200, "ok")
    finally:
        for each in slow:
            each.close()


def test_a_port_that_is_taken_is_told_in_one_line(health: Health) -> None:
    with pytest.raises(PortTaken, match="set HEALTH_PORT to a free one"):
        Health(health.port, Process(), Shown())
