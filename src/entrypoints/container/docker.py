"""How the adapters of Docker Engine are built."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from watch_cluster.adapters.docker.engine.address import DEFAULT_SOCKET, EngineAddress, InvalidAddress
from watch_cluster.adapters.docker.engine.client import EngineApi
from watch_cluster.adapters.docker.orchestrator import docker_orchestrator
from watch_cluster.adapters.docker.state.digest_log import FileDigestLog
from watch_cluster.adapters.docker.state.leadership import FileLeadership
from watch_cluster.adapters.docker.state.store import Store
from watch_cluster.adapters.log.notifier import LogNotifier
from watch_cluster.adapters.memory.failure_memory import InProcessFailureMemory
from watch_cluster.adapters.memory.push_inbox import MemoryPushInbox
from watch_cluster.adapters.signatures.no_keys import NoSigningKeys
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials
from watch_cluster.application.ports.reporting.metrics import Metrics
from watch_cluster.application.ports.reporting.tracing import Tracing
from watch_cluster.entrypoints.container.orchestrator_adapters import NoOrchestrator, OrchestratorAdapters
from watch_cluster.entrypoints.settings.settings import Settings


def docker_adapters(
    settings: Settings, metrics: Metrics, tracing: Tracing, credentials: PullCredentials, workers: Workers
) -> Iterator[OrchestratorAdapters]:
    """Connect to the engine, open the state file, and close both in the end."""
    host = settings.DOCKER_HOST or f"unix://{DEFAULT_SOCKET}"
    try:
        address = EngineAddress.parse(host, settings.DOCKER_CERT_PATH, tls=bool(settings.DOCKER_TLS_VERIFY))
        api = EngineApi(address, tracing.record_call)
    except InvalidAddress as error:
        raise NoOrchestrator(str(error)) from error
    store = Store(settings.STATE_FOLDER)
    if not store.lasting:
        structlog.get_logger().warning(
            "the state is kept in memory only; mount a volume there", STATE_FOLDER=str(settings.STATE_FOLDER)
        )
    leadership = FileLeadership(store)
    yield OrchestratorAdapters(
        docker_orchestrator(
            api,
            store,
            credentials,
            leadership.leads,
            settings.WATCH_NAMESPACES,
            settings.POD_NAMESPACE,
            cleanup_images=settings.CLEANUP_IMAGES,
            restarted=metrics.count_watch_restart,
            unreadable=metrics.count_unreadable_object,
            workers=workers,
        ),
        leadership,
        LogNotifier(),
        credentials,
        MemoryPushInbox(),
        InProcessFailureMemory(),
        FileDigestLog(store),
        NoSigningKeys(),
    )
    store.close()
    api.close()
