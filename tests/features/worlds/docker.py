"""The world of the features on a real Docker Engine and a real registry: workloads are services of Docker Compose."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from dependency_injector import providers

from tests.cluster.registry.images import BEHAVIOUR_LABEL, SOURCE_LABEL, push_untagged
from tests.docker.engine import DockerEngine
from tests.fakes.notifier import RecordingNotifier
from tests.features.worlds.controller import PATIENCE_SECONDS, SOAK, ControllerWorld
from tests.features.worlds.world import DEADLINE
from watch_cluster.adapters.docker.containers.names import COMPOSE_SERVICE, SERVICE
from watch_cluster.adapters.docker.containers.names import PROJECT as COMPOSE_PROJECT
from watch_cluster.adapters.docker.orchestrator import docker_orchestrator
from watch_cluster.adapters.docker.state.store import Store
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.orchestrator.workload_reader import WorkloadReader
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.container.container import Container
from watch_cluster.entrypoints.settings.settings import Settings

PROJECT: Final = "project"
_NOT_READY_AT_ONCE: Final = ("slow", "never-ready", "crash")
"""The behaviors that an engine sees by a health check. Without one, a container is ready when it has started."""


class DockerWorld(ControllerWorld):
    """Implements `World`, as far as an engine can have it, with services of the Compose project `project`.

    A setting is a label, so changing one recreates the containers, as `docker compose up` does.
    """

    def __init__(self, engine: DockerEngine, folder: Path) -> None:
        super().__init__(PATIENCE_SECONDS)
        self._engine = engine
        self._repositories = folder.name.lower()
        self._state = folder / "state"
        self._state.mkdir()
        self._store = Store(self._state)
        self._api = engine.api()
        self._notifier = RecordingNotifier()
        self._registry = OciImageRegistry()
        self._editions = 1
        self._labels: dict[str, dict[str, str]] = {}

    def publish(self, repository: str, tag: str, behavior: str = "good") -> None:
        self._push(repository, tag, behavior)

    def publish_built(self, repository: str, tag: str, built: datetime) -> None:
        self._push(repository, tag, built=built)

    def publish_from(self, repository: str, tag: str, source: str) -> None:
        labels = {"Labels": {BEHAVIOUR_LABEL: "good", SOURCE_LABEL: source}}
        self._engine.publish(f"{self._repositories}/{repository}", tag, configuration=labels)

    def publish_nothing(self, repository: str) -> None:
        push_untagged(self._engine.registry, f"{self._repositories}/{repository}")

    def republish(self, repository: str, tag: str) -> None:
        self._editions += 1
        self._push(repository, tag, edition=self._editions)

    def digest(self, image: str) -> str:
        reference = ImageReference.parse(self.reference(image))
        return self._registry.digest(reference.repository, reference.effective_tag or "")

    def request_count(self, repository: str) -> int:
        assert self._counting is not None
        return self._counting.queries[f"{self._engine.registry}/{self._repositories}/{repository}"]

    def registry_down(self) -> None:
        self._engine.registry_server.stop()

    def registry_back(self) -> None:
        self._engine.registry_server.start()

    def deploy(
        self,
        name: str,
        image: str,
        written: Mapping[str, str],
        deadline: timedelta | None = DEADLINE,
        *,
        always_pulled: bool = False,
        owner: str | None = None,
        kind: str = "Deployment",
        pull_secret: str | None = None,
    ) -> None:
        """Run a service; `kind` and `always_pulled` mean nothing to an engine, which has one kind and always pulls."""
        del kind, always_pulled
        assert pull_secret is None, "a container has no pull secret"
        if deadline is not None and deadline != DEADLINE:
            written = {**written, annotation.ROLLOUT_TIMEOUT: f"{deadline.total_seconds():.0f}s"}
        if owner is not None:
            written = {**written, "com.docker.swarm.service.name": owner}
        self._labels[name] = dict(written)
        self._run(name, 1, self.reference(image))
        self._observed(name)

    def pause(self, name: str, *, paused: bool) -> None:
        self._engine.cli("pause" if paused else "unpause", *self._containers(name))
        self._observed(name)

    def permit_removal(self) -> None:
        """There is nothing to permit."""

    def scale(self, name: str, replicas: int) -> None:
        running, image = self._containers(name), self.image(name)
        for each in running[replicas:]:
            self._engine.cli("rm", "--force", each)
        for number in range(len(running) + 1, replicas + 1):
            self._run(name, number, image)
        self._observed(name)

    def runs(self, name: str) -> set[str | None]:
        found = [self._engine.inspect(each) for each in self._containers(name)]
        return {self._digest_of(each["Image"]) for each in found if each["State"]["Running"]}

    def annotate(self, name: str, written: Mapping[str, str]) -> None:
        self._labels[name] |= written
        self._recreate(name, self.image(name))

    def annotate_namespace(self, written: Mapping[str, str | None]) -> None:
        assert list(written) == [annotation.FREEZE], "a project has no settings"
        self._store.freeze(PROJECT, written[annotation.FREEZE])
        self._settle()

    def set_image(self, name: str, image: str) -> None:
        self._recreate(name, self.reference(image))

    def undo(self, name: str) -> None:
        """Bring the other image of the last rollout back, as the Compose file of before does."""
        text = self.annotation(name, annotation.ROLLOUT)
        assert text is not None, f"{name} has had no rollout"
        [step] = RolloutRecord.parse(text).images
        self._recreate(name, step.before if self.image(name) == step.after else step.after)

    def delete(self, name: str) -> None:
        self._engine.cli("rm", "--force", *self._containers(name))
        if self._container is not None:
            reader = self._container.orchestrator().reader
            self.eventually(lambda: reader.find(self.key(name)) is None, f"{name} is seen to be gone")
        self._settle()

    def halt(self, name: str) -> None:
        def waits_for_readiness() -> bool:
            found = [self._engine.inspect(each) for each in self._containers(name)]
            return any(each["State"].get("Health", {}).get("Status") == "starting" for each in found)

        self.eventually(waits_for_readiness, f"the new container of {name} does not become ready")

    def image(self, name: str) -> str:
        """Return the image as the orchestrator shows it: a container that was rolled back to keeps its own text."""
        workload = self._reader().find(self.key(name))
        assert workload is not None, f"{name} is gone"
        return workload.containers[0].image

    def annotation(self, name: str, key: str) -> str | None:
        workload = self._reader().find(self.key(name))
        return workload.annotations.get(key) if workload is not None else None

    def written_by_us(self, name: str) -> bool:
        return any(self.annotation(name, key) is not None for key in annotation.WRITTEN)

    def events(self, name: str) -> list[tuple[str, str]]:
        return [(each.reason.value, each.message) for each in self._notifier.events if each.workload == self.key(name)]

    def build(self) -> Container:
        settings = Settings(
            ORCHESTRATOR="docker",
            DOCKER_HOST=f"unix://{self._engine.socket}",
            STATE_FOLDER=self._state,
            WATCH_NAMESPACES=(PROJECT,),
            REGISTRY_PLAIN_HTTP=(self._engine.registry,),
            MAX_CONCURRENT_ROLLOUTS=self._most_rollouts,
            NOTIFICATIONS=self._channels.file(self._state),
            workload_defaults={annotation.SOAK: SOAK},
        )
        return Container(
            settings=settings,
            clock=providers.Object(self._clock),
            outbox=providers.Object(self._outbox),
            notifier=providers.Object(self._notifier),
        )

    def close(self) -> None:
        self.stop()
        self._registry.close()
        if self._counting is not None:
            self._counting.close()
        self._store.close()
        self._api.close()
        self._engine.clean()

    def reference(self, image: str) -> str:
        return f"{self._engine.registry}/{self._repositories}/{image}"

    def key(self, name: str) -> WorkloadKey:
        return WorkloadKey(PROJECT, SERVICE, name)

    def _push(
        self, repository: str, tag: str, behavior: str = "good", edition: int = 1, built: datetime | None = None
    ) -> None:
        healthcheck = behavior in _NOT_READY_AT_ONCE
        name = f"{self._repositories}/{repository}"
        self._engine.publish(name, tag, behavior, edition, healthcheck=healthcheck, built=built)

    def _containers(self, name: str) -> list[str]:
        """Return the names of the service's containers, those of a replacement left out."""
        options = (
            "--all",
            "--filter",
            f"label={COMPOSE_PROJECT}={PROJECT}",
            "--filter",
            f"label={COMPOSE_SERVICE}={name}",
        )
        names = self._engine.cli("ps", *options, "--format", "{{.Names}}").split()
        return sorted(each for each in names if each.rpartition("-")[2].isdecimal())

    def _run(self, name: str, number: int, image: str) -> None:
        labels = {COMPOSE_PROJECT: PROJECT, COMPOSE_SERVICE: name, **self._labels[name]}
        options = [option for key, value in labels.items() for option in ("--label", f"{key}={value}")]
        container = f"{PROJECT}-{name}-{number}"
        self._engine.cli("create", "--network=none", "--restart=unless-stopped", f"--name={container}", *options, image)
        self._engine.cli("start", container)

    def _recreate(self, name: str, image: str) -> None:
        """Remove all containers of the service, those of a replacement too, and create new ones."""
        count = len(self._containers(name))
        options = ("--all", "--quiet", "--filter", f"label={COMPOSE_SERVICE}={name}")
        self._engine.cli("rm", "--force", *self._engine.cli("ps", *options).split())
        for number in range(1, count + 1):
            self._run(name, number, image)
        self._observed(name)

    def _observed(self, name: str) -> None:
        """Wait until a running controller has observed the containers as they are now."""
        if self._container is None:
            return
        reader, wanted = self._container.orchestrator().reader, self._reader()

        def seen() -> bool:
            found, actual = reader.find(self.key(name)), wanted.find(self.key(name))
            return found == actual

        self.eventually(seen, f"the controller sees {name} as it is")
        self._settle()

    def _reader(self) -> WorkloadReader:
        """Read everything anew, as another process would."""
        reader = docker_orchestrator(self._api, self._store, NoCredentials(), namespaces=(PROJECT,)).reader
        reader.load()
        return reader

    def _digest_of(self, image_id: str) -> str | None:
        """Return the digest by which the engine knows the image that a container runs."""
        known = json.loads(self._engine.cli("image", "inspect", "--format", "{{json .RepoDigests}}", image_id))
        return known[-1].rpartition("@")[2] if known else None
