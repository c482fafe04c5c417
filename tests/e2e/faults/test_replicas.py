"""Several replicas and a thousand workloads, while the API server fails one of them after the other."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cluster.cluster import deployment
from tests.cluster.control_plane import ControlPlane
from tests.cluster.gate import Gate
from tests.cluster.processes import wait_until
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS, WatchCluster

WORKLOADS: Final = 1000
REPLICAS: Final = 3
_APPLIED_AT_ONCE: Final = 200
_LEASE_SECONDS: Final = 15.0
_CLEAN_STOP_SECONDS: Final = _LEASE_SECONDS / 2
"""Who stops in order gives the Lease back, so that nobody waits until it has expired."""


class Replicas:
    """Processes that each have a door of their own to the API server, and log into a file of their own."""

    def __init__(self, team: Team, plane: ControlPlane, folder: Path) -> None:
        self._team = team
        self._stack = ExitStack()
        self.gates = [self._stack.enter_context(Gate(plane)) for _ in range(REPLICAS)]
        self.processes = [
            WatchCluster(
                folder / f"replica-{number}.log",
                team.environment
                | {
                    "KUBECONFIG": str(gate.kubeconfig(team.cluster.kubeconfig, folder)),
                    "MAX_CONCURRENT_ROLLOUTS": "50",
                    "LOG_LEVEL": "info",
                },
            )
            for number, gate in enumerate(self.gates)
        ]

    def close(self) -> None:
        """End them all."""
        for process in self.processes:
            process.kill()
        self._stack.close()

    def holder(self) -> str:
        """Who holds the Lease, empty when nobody does."""
        path = f"/apis/coordination.k8s.io/v1/namespaces/{self._team.namespace}/leases"
        leases = self._team.cluster.read(path)["items"]
        holder: str = leases[0]["spec"].get("holderIdentity", "") if leases else ""
        return holder

    def leader(self) -> int:
        """Wait until one leads, and give its number."""
        found: list[int] = []

        def one_leads() -> bool:
            holder = self.holder()
            found[:] = [number for number in range(REPLICAS) if holder and self._is(number, holder)]
            return bool(found)

        wait_until(one_leads, "one of the replicas leads", PATIENCE_SECONDS)
        return found[0]

    def _is(self, number: int, identity: str) -> bool:
        taken = [line for line in self.processes[number].lines() if line["event"] == "started leading"]
        return bool(taken) and taken[-1]["identity"] == identity

    def hands_over(self, act: Callable[[], None]) -> float:
        """The seconds from the act until another one holds the Lease."""
        before, began = self.holder(), time.monotonic()
        act()
        wait_until(lambda: self.holder() not in {"", before}, "another one leads", PATIENCE_SECONDS)
        return time.monotonic() - began


@pytest.fixture
def replicas(team: Team, plane: ControlPlane, tmp_path: Path) -> Iterator[Replicas]:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    annotations = {"watch-cluster.io/enabled": "true", "watch-cluster.io/cron": "*/10 * * * * ?"}
    documents: list[dict[str, Any]] = []
    for number in range(WORKLOADS):
        document = deployment(f"shop{number}", team.image("1.0.0"), replicas=0)
        document["metadata"] |= {"namespace": team.namespace, "annotations": annotations}
        documents.append(document)
    for start in range(0, WORKLOADS, _APPLIED_AT_ONCE):
        team.cluster.kubectl.apply(*documents[start : start + _APPLIED_AT_ONCE])
    _revised(team, "1")
    made = Replicas(team, plane, tmp_path)
    yield made
    made.close()


def _revised(team: Team, revision: str) -> None:
    """Wait until every Deployment is at that revision of its template, as its controller counts them."""

    def behind() -> int:
        found = team.cluster.read(f"/apis/apps/v1/namespaces/{team.namespace}/deployments")["items"]
        revisions = [each["metadata"]["annotations"].get("deployment.kubernetes.io/revision") for each in found]
        return len(found) - revisions.count(revision)

    wait_until(lambda: behind() == 0, f"all are at revision {revision}, but {behind()}", 4 * PATIENCE_SECONDS)


def _updated(team: Team, tag: str) -> int:
    found = team.cluster.read(f"/apis/apps/v1/namespaces/{team.namespace}/deployments")["items"]
    return sum(each["spec"]["template"]["spec"]["containers"][0]["image"] == team.image(tag) for each in found)


@pytest.mark.timeout(600)
def test_no_image_change_takes_effect_twice_whatever_happens_to_the_leader(
    team: Team, plane: ControlPlane, replicas: Replicas
) -> None:
    first = replicas.leader()
    wait_until(lambda: _updated(team, "1.0.1") > 0, "it has begun", PATIENCE_SECONDS)
    figures = {}

    with replicas.gates[first].partitioned():
        figures["partitioned"] = replicas.hands_over(lambda: None)
        second = replicas.leader()
    with replicas.gates[second].hanging():
        figures["hanging"] = replicas.hands_over(lambda: None)
    plane.api_server.stop()
    plane.api_server.start()
    third = replicas.leader()
    figures["killed"] = replicas.hands_over(replicas.processes[third].kill)
    last = replicas.leader()
    figures["stopped"] = replicas.hands_over(replicas.processes[last].tell_to_stop)

    _revised(team, "2")
    print(json.dumps({name: round(seconds, 2) for name, seconds in figures.items()}))  # noqa: T201 - shown with -s
    assert _updated(team, "1.0.1") == WORKLOADS
    assert figures["stopped"] < _CLEAN_STOP_SECONDS
    assert all(seconds < 2 * _LEASE_SECONDS for seconds in figures.values())
