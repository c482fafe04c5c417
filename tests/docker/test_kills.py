"""A kill before or after any change at the engine loses no container, runs none twice, and the next process goes on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.cluster.processes import wait_until
from tests.docker.engine import DockerEngine
from tests.docker.engine_gate import EngineGate
from watch_cluster.adapters.docker.engine.address import EngineAddress
from watch_cluster.adapters.docker.engine.client import EngineApi
from watch_cluster.adapters.docker.orchestrator import docker_orchestrator
from watch_cluster.adapters.docker.state.store import FILE, Store
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.changes import new_record, start_change
from watch_cluster.domain.workload.annotation import ENABLED, ROLLOUT
from watch_cluster.domain.workload.workload import Change, ImageChange, Workload

UPDATE_CHANGES: Final = 6
"""Create, connect with the second network, stop, rename, rename, start."""
ROLLBACK_CHANGES: Final = 5
"""Stop, rename, rename, start, remove."""


@dataclass
class Machine:
    """An engine with one container in two networks, with an anonymous volume."""

    engine: DockerEngine
    folder: Path

    def __post_init__(self) -> None:
        for tag in ("1", "2"):
            self.engine.publish("shop", tag)
        for network in ("front", "back"):
            self.engine.cli("network", "create", network)
        options = ("--name", "web", "--network", "front", "--volume", "/data", "--label", f"{ENABLED}=true")
        self.first = self.engine.cli("create", *options, self.image("1")).strip()
        self.engine.cli("network", "connect", "back", "web")
        self.engine.cli("start", "web")

    def image(self, tag: str) -> str:
        return f"{self.engine.registry}/shop:{tag}"

    @contextlib.contextmanager
    def process(self, socket: Path | None = None) -> Iterator[Orchestrator]:
        """A process of Watch-Cluster, without its loop."""
        api = EngineApi(EngineAddress.parse(f"unix://{socket or self.engine.socket}"))
        store = Store(self.folder)
        orchestrator = docker_orchestrator(api, store, NoCredentials())
        try:
            yield orchestrator
        finally:
            orchestrator.feed.close()
            store.close()
            api.close()

    def loaded(self, orchestrator: Orchestrator) -> Workload:
        orchestrator.reader.load()
        [workload] = orchestrator.reader.workloads()
        return workload

    def update(self, orchestrator: Orchestrator) -> None:
        workload = self.loaded(orchestrator)
        step = ImageChange("web", self.image("1"), self.image("2"))
        record = new_record(workload, (step,), RolloutSettings(timedelta(minutes=10)), datetime.now(UTC))
        orchestrator.writer.apply(workload.key, start_change(record))

    def roll_back(self, orchestrator: Orchestrator) -> None:
        workload = self.loaded(orchestrator)
        step = ImageChange("web", self.image("2"), self.image("1"))
        orchestrator.writer.apply(workload.key, Change(workload.uid, {}, {ENABLED: "true"}, (step,)))

    def settled(self) -> Workload:
        """What the next process makes of it."""
        with self.process() as orchestrator:
            orchestrator.feed.start(lambda _key: None)

            def is_settled() -> bool:
                found = list(orchestrator.reader.workloads())
                left_over = self.engine.names() - {"web", "web-watch-cluster-previous"}
                return bool(found) and found[0].progress.complete and not left_over

            wait_until(is_settled, "the replacement is finished", 60)
            return self.loaded(orchestrator)

    def running(self) -> list[str]:
        return self.engine.cli("ps", "--format", "{{.Names}}").split()


@pytest.fixture
def machine(engine: DockerEngine, tmp_path: Path) -> Iterator[Machine]:
    yield Machine(engine, tmp_path)
    engine.clean()


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(UPDATE_CHANGES))
def test_an_update_is_finished_or_never_began(machine: Machine, number: int, late: bool) -> None:
    volume = machine.engine.inspect("web")["Mounts"][0]["Name"]
    with EngineGate(machine.folder / "gate.sock", machine.engine.socket, number, late=late) as gate:
        with machine.process(gate.path) as orchestrator, pytest.raises(OrchestratorError):
            machine.update(orchestrator)
        assert len(machine.running()) <= 1
    workload = machine.settled()
    began = number > 0 or late
    assert workload.containers[0].image == machine.image("2" if began else "1")
    assert (ROLLOUT in workload.annotations) is began
    assert machine.running() == ["web"]
    found = machine.engine.inspect("web")
    assert set(found["NetworkSettings"]["Networks"]) == {"front", "back"}
    assert [each["Name"] for each in found["Mounts"]] == [volume]
    if began:
        assert machine.engine.inspect("web-watch-cluster-previous")["Id"] == machine.first


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(ROLLBACK_CHANGES))
def test_a_rollback_starts_the_very_container_again(machine: Machine, number: int, late: bool) -> None:
    with machine.process() as orchestrator:
        machine.update(orchestrator)
    with (
        EngineGate(machine.folder / "gate.sock", machine.engine.socket, number, late=late) as gate,
        machine.process(gate.path) as orchestrator,
        contextlib.suppress(OrchestratorError),
    ):
        machine.roll_back(orchestrator)
    machine.settled()
    assert machine.running() == ["web"]
    assert machine.engine.inspect("web")["Id"] == machine.first


def test_an_update_survives_the_loss_of_the_store(machine: Machine) -> None:
    with machine.process() as orchestrator:
        machine.update(orchestrator)
    (machine.folder / FILE).unlink()
    workload = machine.settled()
    assert ROLLOUT in workload.annotations
    with machine.process() as orchestrator:
        machine.roll_back(orchestrator)
    assert machine.engine.inspect("web")["Id"] == machine.first


def test_the_changes_are_those_that_are_interrupted(machine: Machine) -> None:
    with EngineGate(machine.folder / "gate.sock", machine.engine.socket) as gate:
        with machine.process(gate.path) as orchestrator:
            machine.update(orchestrator)
        assert len(gate.changes) == UPDATE_CHANGES
        with machine.process(gate.path) as orchestrator:
            machine.roll_back(orchestrator)
        assert len(gate.changes) == UPDATE_CHANGES + ROLLBACK_CHANGES
