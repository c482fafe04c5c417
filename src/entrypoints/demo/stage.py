"""The real controller with an embedded registry and an in-memory orchestrator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Event as Flag
from threading import Thread
from typing import Any, Final

from dependency_injector import providers
from pydantic import SecretStr

from watch_cluster.adapters.cron.clock import SystemClock
from watch_cluster.adapters.memory.behavior import Behavior
from watch_cluster.adapters.memory.failure_memory import InProcessFailureMemory
from watch_cluster.adapters.memory.leadership import SoleLeadership
from watch_cluster.adapters.memory.orchestrator import InMemoryOrchestrator
from watch_cluster.adapters.oci.auth.docker_config import NoCredentials
from watch_cluster.application.check.check_all import CheckResult
from watch_cluster.application.ports.reporting.notifier import Notifier
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container as WorkloadContainer
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.container.container import Container
from watch_cluster.entrypoints.demo.receiver import EmbeddedReceiver
from watch_cluster.entrypoints.demo.registry import EmbeddedRegistry, digest_of, manifest_of
from watch_cluster.entrypoints.settings.settings import Settings

NAMESPACE: Final = "demo"
RESTART_PAUSE: Final = timedelta(seconds=1)
"""The delay before a terminated container is restarted; a kubelet waits ten times as long."""
_SETTLE_SECONDS: Final = 0.1


class Stage:
    """All components of the demo, with the actions of its users."""

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
            orchestrator=providers.Object(self._orchestrator.ports()),
            leadership=providers.Object(SoleLeadership()),
            memory=providers.Object(InProcessFailureMemory()),
            notifier=providers.Object(notifier),
            credentials=providers.Object(NoCredentials()),
        )
        self._controller = self._container.controller()
        self._stopped = Flag()
        self._threads = [
            Thread(target=self._controller.run, name="controller", daemon=True),
            Thread(target=self._settle_periodically, name="orchestrator", daemon=True),
        ]

    def start(self) -> None:
        """Start the controller."""
        self._controller.start()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop all components."""
        self._controller.stop()
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        self._controller.close()
        self._container.shutdown_resources()
        self._receiver.close()
        self._registry.close()

    def push(self, repository: str, tag: str, content: str = "", *, works: bool = True) -> None:
        """Push an image; `works` is how its simulated containers behave."""
        pushed = f"{repository}:{tag} {content}"
        image = self.reference(repository, tag)
        for reference in (image, f"{image}@{digest_of(manifest_of(pushed))}"):
            crashes_after = None if works else timedelta()
            self._orchestrator.behave(reference, Behavior(timedelta(seconds=1.5), crashes_after=crashes_after))
        self._registry.push(repository, tag, pushed)

    def deploy(self, name: str, image: str, settings: Mapping[str, str]) -> None:
        """Create a workload with one container."""
        annotations = {f"{annotation.DOMAIN}/{key}": value for key, value in settings.items()}
        self._orchestrator.create(_key(name), [WorkloadContainer("app", image)], annotations)

    def reference(self, repository: str, tag: str) -> str:
        """Return the reference of an image in the embedded registry."""
        return f"{self._registry.host}/{repository}:{tag}"

    @property
    def registry_host(self) -> str:
        """The host of the embedded registry."""
        return self._registry.host

    def now(self) -> datetime:
        """The time of the demo's clock."""
        return self._container.clock().now()

    def image_of(self, name: str) -> str:
        """Return the current image of the workload."""
        return self._orchestrator.image_of(_key(name), "app")

    def keeps_image(self, name: str, seconds: float) -> bool:
        """Wait for the duration and return whether the image of the workload stayed the same."""
        before = self.image_of(name)
        return not self._stopped.wait(seconds) and self.image_of(name) == before

    def check(self) -> tuple[CheckResult, ...]:
        """Return the results of `watch-cluster check`."""
        return self._container.check_all()()

    def _settle_periodically(self) -> None:
        while not self._stopped.wait(_SETTLE_SECONDS):
            self._orchestrator.settle()

    def _pull(self, image: ImageReference) -> str | None:
        return self._registry.digest(image.repository.path, image.effective_tag or "")


def _key(name: str) -> WorkloadKey:
    return WorkloadKey(NAMESPACE, "Deployment", name)
