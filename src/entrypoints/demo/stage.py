"""The whole controller, between an embedded registry and an orchestrator in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from threading import Event as Flag
from threading import Thread
from typing import Any, Final

from dependency_injector import providers
from pydantic import SecretStr

from watch_cluster.adapters.cron.clock import SystemClock
from watch_cluster.adapters.memory.leadership import SoleLeadership
from watch_cluster.adapters.memory.orchestrator import InMemoryOrchestrator
from watch_cluster.adapters.memory.simulation import Behavior
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.application.ports.notifier import Notifier
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container as WorkloadContainer
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.cli.check import Line
from watch_cluster.entrypoints.container.container import Container
from watch_cluster.entrypoints.demo.receiver import EmbeddedReceiver
from watch_cluster.entrypoints.demo.registry import EmbeddedRegistry, digest_of, manifest_of
from watch_cluster.entrypoints.settings.settings import Settings

NAMESPACE: Final = "demo"
RESTART_PAUSE: Final = timedelta(seconds=1)
"""How long the orchestrator leaves a container alone that has ended; a kubelet is ten times as patient."""
_LOOK_SECONDS: Final = 0.1


class Stage:
    """Everything that plays a part, and the ways of the people who push images and own workloads."""

    def __init__(self, notifier: Notifier, received: Callable[[dict[str, Any]], None]) -> None:
        self._registry = EmbeddedRegistry()
        self._receiver = EmbeddedReceiver(received)
        clock = SystemClock()
        self._orchestrator = InMemoryOrchestrator(clock, pull=self._pull, restart_pause=RESTART_PAUSE)
        settings = Settings(
            WEBHOOK_URL=self._receiver.url,
            WEBHOOK_ENABLE_DEPLOYMENT_DETECTED=True,
            WEBHOOK_ENABLE_IMAGE_ROLLOUT_STARTED=True,
            WEBHOOK_ENABLE_IMAGE_ROLLOUT_COMPLETED=True,
            WEBHOOK_ENABLE_IMAGE_ROLLOUT_FAILED=True,
            WEBHOOK_ENABLE_IMAGE_ROLLED_BACK=True,
            WEBHOOK_SECRET=SecretStr("demo"),
        )
        self._container = Container(
            settings=settings,
            clock=providers.Object(clock),
            orchestrator=providers.Object(self._orchestrator),
            leadership=providers.Object(SoleLeadership()),
            notifier=providers.Object(notifier),
            credentials=providers.Object(NoCredentials()),
        )
        self._controller = self._container.controller()
        self._ended = Flag()
        self._threads = [
            Thread(target=self._controller.run, name="controller", daemon=True),
            Thread(target=self._let_time_pass, name="orchestrator", daemon=True),
        ]

    def start(self) -> None:
        """Let the controller begin."""
        self._controller.start()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End everything."""
        self._controller.stop()
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._controller.close()
        self._container.shutdown_resources()
        self._receiver.close()
        self._registry.close()

    def push(self, repository: str, tag: str, content: str = "", *, works: bool = True) -> None:
        """Push an image; what it does where it runs is said here, since nothing really runs."""
        pushed = f"{repository}:{tag} {content}"
        image = self.image(repository, tag)
        for reference in (image, f"{image}@{digest_of(manifest_of(pushed))}"):
            crashes_after = None if works else timedelta()
            self._orchestrator.behave(reference, Behavior(timedelta(seconds=1.5), crashes_after=crashes_after))
        self._registry.push(repository, tag, pushed)

    def deploy(self, name: str, image: str, settings: Mapping[str, str]) -> None:
        """Create a workload with one container."""
        written = {f"{annotation.DOMAIN}/{key}": value for key, value in settings.items()}
        self._orchestrator.create(_key(name), [WorkloadContainer("app", image)], written)

    def image(self, repository: str, tag: str) -> str:
        """An image of the embedded registry, as workloads write it."""
        return f"{self._registry.host}/{repository}:{tag}"

    def runs(self, name: str) -> str:
        """The image that the workload has."""
        return self._orchestrator.image_of(_key(name), "app")

    def rests(self, name: str, seconds: float) -> bool:
        """See whether the workload keeps its image for this long."""
        before = self.runs(name)
        return not self._ended.wait(seconds) and self.runs(name) == before

    def check(self) -> tuple[Line, ...]:
        """What `watch-cluster check` says now."""
        return self._container.check_all()()

    def _let_time_pass(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            self._orchestrator.settle()

    def _pull(self, image: ImageReference) -> str | None:
        return self._registry.digest(image.repository.path, image.effective_tag or "")


def _key(name: str) -> WorkloadKey:
    return WorkloadKey(NAMESPACE, "Deployment", name)
