"""Which orchestrator the process works with; its adapters are imported only then."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials
from watch_cluster.application.ports.reporting.metrics import Metrics
from watch_cluster.application.ports.reporting.tracing import Tracing
from watch_cluster.entrypoints.container.orchestrator_adapters import OrchestratorAdapters
from watch_cluster.entrypoints.settings.settings import Settings

OrchestratorName = Literal["kubernetes", "docker"]
SOCKET: Final = Path("/var/run/docker.sock")
_POD: Final = "KUBERNETES_SERVICE_HOST"
"""Source: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/."""


def identity() -> str:
    """A name for this process in leader election and Events that no other process has."""
    return f"{socket.gethostname()}_{uuid.uuid4()}"


def chosen_orchestrator(
    settings: Settings, environment: Mapping[str, str] = os.environ, home: Path | None = None, engine: Path = SOCKET
) -> OrchestratorName:
    """The orchestrator that is set, else the one that there is: the Pod's cluster, a kubeconfig, a Docker Engine."""
    if settings.ORCHESTRATOR is not None:
        return settings.ORCHESTRATOR
    if environment.get(_POD) or settings.KUBECONFIG:
        return "kubernetes"
    if settings.DOCKER_HOST:
        return "docker"
    kubeconfig = (home or Path.home()) / ".kube" / "config"
    return "docker" if engine.is_socket() and not kubeconfig.exists() else "kubernetes"


def default_registry_config(settings: Settings, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where `docker login` keeps credentials, under Docker only; None if there is no such file."""
    if chosen_orchestrator(settings) != "docker":
        return None
    folder = environment.get("DOCKER_CONFIG")
    file = (Path(folder) if folder else Path.home() / ".docker") / "config.json"
    return file if file.is_file() else None


def orchestrator_adapters(
    settings: Settings,
    context: str,
    clock: Clock,
    name: str,
    metrics: Metrics,
    tracing: Tracing,
    credentials: PullCredentials,
    workers: Workers,
) -> Iterator[OrchestratorAdapters]:
    """Build the adapters of the orchestrator, and close its connections in the end. Raises `NoOrchestrator`.

    `context` is that of the kubeconfig, its current one when empty; `name` is the identity of the process;
    `credentials` are those of the process itself.
    """
    if chosen_orchestrator(settings) == "docker":
        from watch_cluster.entrypoints.container.docker import docker_adapters

        yield from docker_adapters(settings, metrics, tracing, credentials, workers)
    else:
        from watch_cluster.entrypoints.container.kubernetes import kubernetes_adapters

        yield from kubernetes_adapters(settings, context, clock, name, metrics, tracing, credentials, workers)
