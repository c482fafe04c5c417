"""Registries that tell two replicas about pushes, on the real cluster."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import free_port, wait_until
from tests.cluster.registry.images import push
from tests.cluster.registry.notifying_registry import NotifyingRegistry
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS, WatchCluster

SECRET: Final = "a-secret-of-the-registry"
NEVER: Final = "0 0 0 1 1 ? 2099"
SOON_SECONDS: Final = 5.0
VERSIONS: Final = ("1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0")
"""One of these pushes must be fast. Not each, since tests share their machine."""


class Pair:
    """Two replicas, each with its own port for hooks and its own log."""

    def __init__(self, team: Team, folder: Path) -> None:
        secrets = folder / "hooks"
        secrets.mkdir()
        for source in ("distribution", "generic"):
            (secrets / source).write_text(f"{SECRET}\n")
        self._team = team
        self._folder = folder
        self._secrets = secrets
        self.ports = (free_port(), free_port())
        self._health = (free_port(), free_port())
        self.processes = [self._start(0).leads()]
        self.processes.append(self._start(1))
        wait_until(lambda: self.processes[1].said("another replica leads"), "the second stands by", PATIENCE_SECONDS)

    @property
    def leader(self) -> WatchCluster:
        return self.processes[0]

    def _start(self, number: int) -> WatchCluster:
        environment = self._team.environment | {
            "HEALTH_PORT": str(self._health[number]),
            "HOOKS_PORT": str(self.ports[number]),
            "HOOKS_SECRETS": str(self._secrets),
        }
        return WatchCluster(self._folder / f"replica-{number}.log", environment)

    def url(self, number: int, source: str) -> str:
        return f"http://127.0.0.1:{self.ports[number]}/hooks/{source}"

    def tell(self, number: int, repository: str, secret: str = SECRET) -> int:
        """Send a push of our own format; the status."""
        headers = {"Authorization": f"Bearer {secret}"}
        body = {"repository": repository}
        return httpx.post(self.url(number, "generic"), json=body, headers=headers, trust_env=False).status_code

    def watches(self, count: int) -> None:
        """Wait until the leader has so many workloads in its schedule, whichever replica that is by now."""
        line = f"watch_cluster_workloads {count}.0"
        wait_until(
            lambda: any(line in each.probe("metrics")[1] for each in self.processes),
            f"{count} are watched",
            PATIENCE_SECONDS,
        )

    def said(self, event: str) -> bool:
        """Whether any of them logged a line that contains the text."""
        return any(each.said(event) for each in self.processes)

    def close(self) -> None:
        for process in self.processes:
            process.kill()


@pytest.fixture
def pair(team: Team, tmp_path: Path) -> Iterator[Pair]:
    made = Pair(team, tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("hit", [pytest.param(0, id="the leader is hit"), pytest.param(1, id="the other is hit")])
def test_a_push_becomes_an_update_whichever_replica_receives_it(
    team: Team, pair: Pair, plane: ControlPlane, tmp_path: Path, hit: int
) -> None:
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"), cron=NEVER)
    pair.watches(1)
    with NotifyingRegistry(plane, tmp_path, {pair.url(hit, "distribution"): f"Bearer {SECRET}"}) as registry:
        took = []
        for version in VERSIONS:
            pushed = time.monotonic()
            push(registry.host, f"{team.namespace}/shop", version)
            team.comes_to_run("shop", team.image(version))
            took.append(time.monotonic() - pushed)
            team.ends("shop", "done")
            if took[-1] < SOON_SECONDS:
                break

    assert min(took) < SOON_SECONDS, took


def test_a_push_that_only_a_standby_received_outlives_the_leader(team: Team, pair: Pair) -> None:
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"), cron=NEVER)
    team.push("1.1.0")

    pair.leader.kill()
    assert pair.tell(1, team.image("1.1.0")) == 202

    team.comes_to_run("shop", team.image("1.1.0"))


def test_windows_and_approvals_hold_after_a_push(team: Team, pair: Pair) -> None:
    team.push("1.0.0")
    team.push("1.1.0")
    team.deploy("asks", team.image("1.0.0"), cron=NEVER, approval="required")
    team.deploy("waits", team.image("1.0.0"), cron=NEVER, window="0 0 0 1 1 ? 2099 1h")
    pair.watches(2)

    assert pair.tell(1, team.image("1.1.0")) == 202

    assert "waits for watch-cluster.io/approved" in team.wait_for_event("asks", "UpdateAvailable")
    assert "window" in team.wait_for_event("waits", "UpdateAvailable")
    assert team.runs("asks") == team.runs("waits") == team.image("1.0.0")


def test_a_forged_push_makes_no_check_due(team: Team, pair: Pair) -> None:
    team.push("1.0.0")
    team.push("1.1.0")
    team.deploy("shop", team.image("1.0.0"), cron=NEVER)
    pair.watches(1)

    assert pair.tell(0, team.image("1.1.0"), "a-secret-of-somebody-else") == 401
    assert pair.tell(1, team.image("1.1.0"), "a-secret-of-somebody-else") == 401
    assert pair.tell(0, f"{team.cluster.registry}/other/repository") == 202
    wait_until(lambda: pair.said("checks are due after a push"), "the genuine one is seen", PATIENCE_SECONDS)

    assert team.runs("shop") == team.image("1.0.0")
    assert pair.said("push refused")
