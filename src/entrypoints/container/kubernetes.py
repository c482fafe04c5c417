"""How the Kubernetes adapters are built."""

from __future__ import annotations

from collections.abc import Iterator

from watch_cluster.adapters.kubernetes.client.api import KubernetesApi, NoApiServer
from watch_cluster.adapters.kubernetes.credentials.pull_credentials import KubernetesPullCredentials
from watch_cluster.adapters.kubernetes.credentials.signing_keys import KubernetesSigningKeys
from watch_cluster.adapters.kubernetes.events import KubernetesEvents
from watch_cluster.adapters.kubernetes.lease.digest_log import NAME as DIGESTS
from watch_cluster.adapters.kubernetes.lease.digest_log import LeaseDigestLog
from watch_cluster.adapters.kubernetes.lease.failure_memory import NAME as FAILURES
from watch_cluster.adapters.kubernetes.lease.failure_memory import LeaseFailureMemory
from watch_cluster.adapters.kubernetes.lease.leadership import KubernetesLeadership
from watch_cluster.adapters.kubernetes.lease.push_inbox import NAME as PUSHES
from watch_cluster.adapters.kubernetes.lease.push_inbox import LeasePushInbox
from watch_cluster.adapters.kubernetes.lease.store import LeaseStore
from watch_cluster.adapters.kubernetes.orchestrator import kubernetes_orchestrator
from watch_cluster.adapters.log.notifier import LogNotifier
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials
from watch_cluster.application.ports.reporting.metrics import Metrics
from watch_cluster.application.ports.reporting.tracing import Tracing
from watch_cluster.application.reconcile.combined_notifier import CombinedNotifier
from watch_cluster.application.registry_queries.combined_credentials import CombinedCredentials
from watch_cluster.entrypoints.container.orchestrator_adapters import NoOrchestrator, OrchestratorAdapters
from watch_cluster.entrypoints.settings.settings import Settings


def kubernetes_adapters(
    settings: Settings,
    context: str,
    clock: Clock,
    identity: str,
    metrics: Metrics,
    tracing: Tracing,
    credentials: PullCredentials,
    workers: Workers,
) -> Iterator[OrchestratorAdapters]:
    """Connect to the API server, and close the connections in the end."""
    try:
        api = KubernetesApi.connect(settings.KUBECONFIG, context or None, on_call=tracing.record_call)
    except NoApiServer as error:
        raise NoOrchestrator(str(error)) from error
    notifier = CombinedNotifier((KubernetesEvents(api, clock, identity), LogNotifier()))
    yield OrchestratorAdapters(
        kubernetes_orchestrator(
            api,
            settings.WATCH_NAMESPACES,
            own=settings.POD_NAMESPACE,
            restarted=metrics.count_watch_restart,
            unreadable=metrics.count_unreadable_object,
            notify=notifier.notify,
            workers=workers,
        ),
        KubernetesLeadership(LeaseStore(api, settings.POD_NAMESPACE), clock, identity, workers=workers),
        notifier,
        CombinedCredentials((KubernetesPullCredentials(api, clock), credentials)),
        LeasePushInbox(LeaseStore(api, settings.POD_NAMESPACE, PUSHES)),
        LeaseFailureMemory(LeaseStore(api, settings.POD_NAMESPACE, FAILURES)),
        LeaseDigestLog(LeaseStore(api, settings.POD_NAMESPACE, DIGESTS)),
        KubernetesSigningKeys(api),
    )
    api.close()
