"""How the Kubernetes adapters are built."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator

from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.application.ports.reporting.tracing import Tracing


def identity() -> str:
    """A name for this process in leader election and Events that no other process has."""
    return f"{socket.gethostname()}_{uuid.uuid4()}"


def connect(kubeconfig: str | None, context: str, tracing: Tracing) -> Iterator[KubernetesApi]:
    """Connect to the API server, and close the connections in the end."""
    api = KubernetesApi.connect(kubeconfig, context or None, on_call=tracing.record_call)
    yield api
    api.close()
