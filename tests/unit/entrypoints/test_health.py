"""What Kubernetes is told of the process."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from watch_cluster.entrypoints.health import STUCK_AFTER_SECONDS, Health, PortTaken


class Process:
    """What the probes look at."""

    stuck = 0.0
    read = True


@pytest.fixture
def process() -> Process:
    return Process()


@pytest.fixture
def health(process: Process) -> Iterator[Health]:
    made = Health(0, lambda: process.stuck, lambda: process.read)
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


def test_a_process_that_has_not_read_the_cluster_is_alive_and_not_ready(health: Health, process: Process) -> None:
    process.read = False
    assert ask(health, "/healthz")[0] == 200
    assert ask(health, "/readyz") == (503, "the cluster is still being read")


@pytest.mark.parametrize("path", ["/", "/healthz/", "/metrics"])
def test_nothing_else_is_answered(health: Health, path: str) -> None:
    assert ask(health, path)[0] == 404


def test_a_port_that_is_taken_is_told_in_one_line(health: Health) -> None:
    with pytest.raises(PortTaken, match="set HEALTH_PORT to a free one"):
        Health(health.port, lambda: 0, lambda: True)
