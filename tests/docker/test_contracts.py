"""The adapters of Docker Engine keep the contracts of the orchestrator's ports, for services of Compose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cluster.processes import wait_until
from tests.contracts.observing import ObservingContract
from tests.contracts.world import World
from tests.contracts.writing import ReadingContract, WritingContract
from tests.docker.engine import DockerEngine
from watch_cluster.adapters.docker.orchestrator import docker_orchestrator
from watch_cluster.adapters.docker.state.store import Store
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.changes import new_record
from watch_cluster.domain.workload.annotation import CHANGE, ENABLED, ROLLOUT
from watch_cluster.domain.workload.workload import Change, ImageChange


class ComposeWorld(World):
    """Services as Docker Compose creates them: two containers with the labels of a project and a service."""

    kind = "Service"
    user = "docker compose"

    def __init__(self, engine: DockerEngine, folder: Path) -> None:
        self._engine = engine
        self._api = engine.api()
        super().__init__(docker_orchestrator(self._api, Store(folder), NoCredentials()), "project")
        for tag in ("1", "2", "3"):
            # With a health check, the first container takes a moment before the second one is replaced.
            engine.publish("shop", tag, healthcheck=tag == "2")

    def close(self) -> None:
        self.orchestrator.feed.close()
        self._api.close()
        self._engine.clean()

    def container(self, name: str) -> str:
        return name

    def image(self, tag: str) -> str:
        return f"{self._engine.registry}/shop:{tag}"

    def create(self, name: str, *, enabled: bool = True) -> None:
        for number in (1, 2):
            self._run(name, number, "1", enabled=enabled)

    def set_image(self, name: str, tag: str) -> None:
        for number in (1, 2):
            self._engine.cli("rm", "--force", f"project-{name}-{number}")
            self._run(name, number, tag, enabled=True)

    def roll_out(self, name: str, before: str, after: str, change: str) -> None:
        """Change the image as a rollout does: an engine replaces further containers while one is in flight."""
        step = ImageChange(name, self.image(before), self.image(after))
        workload = self.known(name)
        record = new_record(workload, (step,), RolloutSettings(timedelta(minutes=10)), datetime.now(UTC))
        written = {CHANGE: change, ROLLOUT: str(record)}
        self.orchestrator.writer.apply(self.key(name), Change(workload.uid, written, {}, (step,)))
        self.eventually(lambda: self.known(name).annotations.get(CHANGE) == change, "the change is seen")

    def delete(self, name: str) -> None:
        self._engine.cli("rm", "--force", *(f"project-{name}-{number}" for number in (1, 2)))

    def permit_replacement(self) -> None:
        """There is nothing to permit."""

    def eventually(self, condition: Callable[[], bool], what: str) -> None:
        wait_until(condition, what, 90)

    def _run(self, name: str, number: int, tag: str, *, enabled: bool) -> None:
        labels = {"com.docker.compose.project": "project", "com.docker.compose.service": name}
        labels |= {ENABLED: "true"} if enabled else {}
        options = [option for key, value in labels.items() for option in ("--label", f"{key}={value}")]
        self._engine.cli(
            "run", "--detach", "--network=none", "--name", f"project-{name}-{number}", *options, self.image(tag)
        )


@pytest.fixture
def world(engine: DockerEngine, tmp_path: Path) -> Iterator[World]:
    made = ComposeWorld(engine, tmp_path)
    yield made
    made.close()


class TestReading(ReadingContract):
    pass


class TestWriting(WritingContract):
    pass


class TestObserving(ObservingContract):
    pass
