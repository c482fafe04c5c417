"""What the probes of the real process say when that is stopped which they are there for."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Final

from tests.cluster.gate import Gate
from tests.cluster.processes import free_port, wait_until
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS, WatchCluster

PROGRAM: Final = "tests.e2e.faults.with_little_patience"
WELL: Final = (200, "ok")


def start(team: Team, gate: Gate, folder: Path) -> WatchCluster:
    kubeconfig = gate.kubeconfig(team.cluster.kubeconfig, folder)
    return team.start(PROGRAM, KUBECONFIG=str(kubeconfig), HEALTH_PORT=str(free_port()))


def comes_to_say(process: WatchCluster, path: str, status: int, words: str) -> None:
    wait_until(
        lambda: process.probe(path)[0] == status and words in process.probe(path)[1],
        f"{path} says {status} {words}, not {process.probe(path)}",
        PATIENCE_SECONDS + 60,
    )


def test_it_is_ready_once_the_cluster_was_read_and_not_before(team: Team, gate: Gate, tmp_path: Path) -> None:
    with gate.hanging():
        process = start(team, gate, tmp_path)
        comes_to_say(process, "readyz", 503, "still loading")
        assert process.probe("healthz") == WELL
    comes_to_say(process, "readyz", *WELL)


def test_a_loop_that_is_stuck_fails_the_probe(team: Team, gate: Gate, tmp_path: Path) -> None:
    process = start(team, gate, tmp_path).leads()
    comes_to_say(process, "healthz", *WELL)
    os.kill(process.pid, signal.SIGUSR1)
    comes_to_say(process, "healthz", 503, "the control loop is stuck")
    assert process.probe("readyz") == WELL
    os.kill(process.pid, signal.SIGUSR2)
    comes_to_say(process, "healthz", *WELL)


def test_watches_that_have_been_dead_for_too_long_fail_the_probe(team: Team, gate: Gate, tmp_path: Path) -> None:
    process = start(team, gate, tmp_path).leads()
    with gate.hanging():
        comes_to_say(process, "healthz", 200, "ok, but no event on at least one watch")
        comes_to_say(process, "healthz", 503, "no event on at least one watch")
    comes_to_say(process, "healthz", *WELL)
