"""How the Kubernetes adapters are built."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable, Iterator

from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.orchestrator import KubernetesOrchestrator
from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.ports.tracing import Tracing


def identity() -> str:
    """A name for this process in leader election and Events that no other process has."""
    return f"{socket.gethostname()}_{uuid.uuid4()}"


def connect(kubeconfig: str | None, tracing: Tracing) -> Iterator[KubernetesApi]:
    """Connect to the API server, and close the connections in the end."""
    api = KubernetesApi.connect(kubeconfig, asked=tracing.called)
    yield api
    api.close()


def kubernetes_orchestrator(
    api: KubernetesApi, namespaces: tuple[str, ...], own: str, restarted: Callable[[str], None]
) -> Orchestrator:
    """Kubernetes as an orchestrator."""
    kubernetes = KubernetesOrchestrator(api, namespaces=namespaces, own=own, restarted=restarted)
    return Orchestrator(kubernetes, kubernetes, kubernetes, kubernetes, kubernetes, kubernetes)
