"""The one place that knows which adapter stands behind each port."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import Dependency, List, Provider, Resource, Singleton

from watch_cluster.adapters.cron.clock import SystemClock
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.credentials.pull_credentials import KubernetesPullCredentials
from watch_cluster.adapters.kubernetes.events import KubernetesEvents
from watch_cluster.adapters.kubernetes.lease.leadership import KubernetesLease
from watch_cluster.adapters.kubernetes.lease.store import LeaseStore
from watch_cluster.adapters.kubernetes.orchestrator import KubernetesOrchestrator
from watch_cluster.adapters.log.notifier import LogNotifier
from watch_cluster.adapters.oci.auth.docker_config import DockerConfigCredentials, NoCredentials
from watch_cluster.adapters.oci.http.tls import tls_context
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.adapters.oci.retry.rate_limits import LatestRateLimits
from watch_cluster.adapters.otlp.null_tracing import NoTracing
from watch_cluster.adapters.plugins.credentials import PluginCredentials
from watch_cluster.adapters.prometheus.null_metrics import NoMetrics
from watch_cluster.adapters.webhook.client import WebhookEndpoint
from watch_cluster.adapters.webhook.null_outbox import NoOutbox
from watch_cluster.adapters.webhook.outbox import WebhookOutbox
from watch_cluster.application.check.act_on_check import ActOnCheck
from watch_cluster.application.check.answer_check_now import AnswerCheckNow
from watch_cluster.application.check.check_for_update import CheckForUpdate
from watch_cluster.application.check.rollout_image import RolloutImage
from watch_cluster.application.check.select_candidate import SelectCandidate
from watch_cluster.application.ports.clock import Clock, Scheduler
from watch_cluster.application.ports.image_registry import ImageRegistry
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.metrics import Metrics
from watch_cluster.application.ports.notifier import Notifier
from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.ports.outbox import Outbox
from watch_cluster.application.ports.pull_credentials import PullCredentials
from watch_cluster.application.ports.rate_limits import RateLimits
from watch_cluster.application.ports.tracing import Call, Tracing
from watch_cluster.application.reconcile.combined_notifier import CombinedNotifier
from watch_cluster.application.reconcile.deliver_notifications import DeliverNotifications
from watch_cluster.application.reconcile.detect_deployment import DetectDeployment
from watch_cluster.application.reconcile.follow_rollout import FollowRollout
from watch_cluster.application.reconcile.manual_change import HandleManualChange
from watch_cluster.application.reconcile.notify_detection import NotifyDetection
from watch_cluster.application.reconcile.replace_stuck_replicas import ReplaceStuckReplicas
from watch_cluster.application.registry_queries.combined_credentials import CombinedCredentials
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.registry_queries.query_cache import QueryCache
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.application.state.event_deduplication import EventDeduplicator
from watch_cluster.application.state.fleet_state import FleetState
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.application.state.rollout_limiter import RolloutLimiter
from watch_cluster.application.state.rollout_observations import RolloutObservations
from watch_cluster.entrypoints.cli.check import CheckAll
from watch_cluster.entrypoints.cli.explain import Explain
from watch_cluster.entrypoints.controller.controller import Controller, UseCases
from watch_cluster.entrypoints.controller.executors import Executor, FairExecutor
from watch_cluster.entrypoints.controller.work_queue import Task
from watch_cluster.entrypoints.settings.settings import Settings

WEBHOOK_PATIENCE_SECONDS = 3.0
"""How long a process that ends waits for its last webhooks. Ends of rollouts that remain are on record."""
FOLLOWERS = 4
"""How many workloads are looked at at once; that asks the orchestrator only, and never waits for a registry."""
THREADS_FOR_SLOW = 8
"""How many times as many threads a lane may have while what it does is slow."""


def _identity() -> str:
    return f"{socket.gethostname()}_{uuid.uuid4()}"


def _credentials_of_file(config: Path | None) -> PullCredentials:
    return NoCredentials() if config is None else DockerConfigCredentials(config)


def _credentials_of_plugins(config: Path | None, folder: Path | None, clock: Clock) -> PullCredentials:
    return NoCredentials() if config is None or folder is None else PluginCredentials(config, folder, clock.monotonic)


def _combined(sources: list[PullCredentials]) -> PullCredentials:
    return CombinedCredentials(tuple(sources))


def _lanes(check_workers: int) -> dict[Task, Executor]:
    return {
        Task.RECONCILE: FairExecutor("look", FOLLOWERS, FOLLOWERS * THREADS_FOR_SLOW),
        Task.CHECK: FairExecutor("check", check_workers, check_workers * THREADS_FOR_SLOW),
    }


def _notifiers(each: list[Notifier]) -> Notifier:
    return CombinedNotifier(tuple(each))


def _connect(kubeconfig: str | None, tracing: Tracing) -> Iterator[KubernetesApi]:
    api = KubernetesApi.connect(kubeconfig, asked=tracing.called)
    yield api
    api.close()


def _registry(settings: Settings, quotas: RateLimits, metrics: Metrics, tracing: Tracing) -> Iterator[ImageRegistry]:
    def asked(call: Call) -> None:
        metrics.registry_asked(call.peer, call.status)
        tracing.called(call)

    registry = OciImageRegistry(
        plain_http_hosts=frozenset(settings.REGISTRY_PLAIN_HTTP),
        deadline_seconds=settings.REGISTRY_TIMEOUT / 1000,
        tls=tls_context(settings.REGISTRY_CA_FILE),
        proxies=settings.proxies,
        internal_hosts=settings.internal_hosts,
        quotas=quotas,
        on_request=asked,
    )
    yield registry
    registry.close()


def _policies(settings: Settings) -> PolicyCache:
    return PolicyCache(settings.policies)


def _outbox(settings: Settings, metrics: Metrics) -> Iterator[Outbox]:
    if settings.WEBHOOK_URL is None:
        yield NoOutbox()
        return
    secret = settings.WEBHOOK_SECRET
    receiver = WebhookEndpoint(
        settings.WEBHOOK_URL,
        tuple((name, value.get_secret_value()) for name, value in settings.WEBHOOK_HEADERS),
        settings.WEBHOOK_TIMEOUT / 1000,
        None if secret is None else secret.get_secret_value(),
    )
    outbox = WebhookOutbox(receiver, settings.webhooks, settings.WEBHOOK_RETRY_COUNT, sent=metrics.webhook_sent)
    yield outbox
    outbox.close(WEBHOOK_PATIENCE_SECONDS)


class Container(DeclarativeContainer):
    """Builds the process. Every provider can be overridden with another adapter of its port.

    `shutdown_resources` closes the connections.
    """

    settings: Dependency[Settings] = Dependency(instance_of=Settings)
    identity: Provider[str] = Singleton(_identity)

    clock: Provider[Clock] = Singleton(SystemClock)
    metrics: Provider[Metrics] = Singleton(NoMetrics)
    tracing: Provider[Tracing] = Singleton(NoTracing)
    scheduler: Provider[Scheduler] = Singleton(CronScheduler)

    api: Provider[KubernetesApi] = Resource(_connect, settings.provided.KUBECONFIG, tracing)
    orchestrator: Provider[Orchestrator] = Singleton(
        KubernetesOrchestrator,
        api,
        namespaces=settings.provided.WATCH_NAMESPACES,
        own=settings.provided.POD_NAMESPACE,
        restarted=metrics.provided.watch_restarted,
    )
    leadership: Provider[Leadership] = Singleton(
        KubernetesLease, Singleton(LeaseStore, api, settings.provided.POD_NAMESPACE), clock, identity
    )
    notifier: Provider[Notifier] = Singleton(
        _notifiers, List(Singleton(KubernetesEvents, api, clock, identity), Singleton(LogNotifier))
    )

    quotas: Provider[RateLimits] = Singleton(LatestRateLimits, metrics.provided.rate_limit_remaining)
    registry: Provider[ImageRegistry] = Resource(_registry, settings, quotas, metrics, tracing)
    credentials_of_file: Provider[PullCredentials] = Singleton(_credentials_of_file, settings.provided.REGISTRY_CONFIG)
    credentials_of_plugins: Provider[PullCredentials] = Singleton(
        _credentials_of_plugins,
        settings.provided.REGISTRY_CREDENTIAL_PROVIDERS,
        settings.provided.REGISTRY_CREDENTIAL_PROVIDERS_BIN,
        clock,
    )
    credentials: Provider[PullCredentials] = Singleton(
        _combined,
        List(Singleton(KubernetesPullCredentials, api, clock), credentials_of_file, credentials_of_plugins),
    )

    outbox: Provider[Outbox] = Resource(_outbox, settings, metrics)

    check_schedule: Provider[CheckSchedule] = Singleton(CheckSchedule, scheduler)
    reports: Provider[EventDeduplicator] = Singleton(EventDeduplicator, notifier, clock)
    announce: Provider[NotifyDetection] = Singleton(NotifyDetection, outbox, clock)
    policies: Provider[PolicyCache] = Singleton(_policies, settings)
    detect: Provider[DetectDeployment] = Singleton(
        DetectDeployment, orchestrator, check_schedule, reports, announce, clock, policies
    )
    registries: Provider[RegistryAccess] = Singleton(
        RegistryAccess, registry, credentials, Singleton(QueryCache, clock), settings.provided.REGISTRY_MIRRORS
    )
    outcomes: Provider[ImageOutcomes] = Singleton(ImageOutcomes)
    slots: Provider[RolloutLimiter] = Singleton(RolloutLimiter, settings.provided.MAX_CONCURRENT_ROLLOUTS, clock)
    fleet: Provider[FleetState] = Singleton(FleetState, orchestrator, slots, outcomes)
    select: Provider[SelectCandidate] = Singleton(SelectCandidate, orchestrator, scheduler, outcomes)
    check: Provider[CheckForUpdate] = Singleton(CheckForUpdate, orchestrator, registries, policies, select, clock)
    rollout: Provider[RolloutImage] = Singleton(RolloutImage, orchestrator, clock)
    hands: Provider[HandleManualChange] = Singleton(HandleManualChange, orchestrator, notifier)
    observations: Provider[RolloutObservations] = Singleton(RolloutObservations)
    act: Provider[ActOnCheck] = Singleton(
        ActOnCheck, orchestrator, rollout, slots, hands, reports, leadership, outbox, observations
    )
    answer: Provider[AnswerCheckNow] = Singleton(AnswerCheckNow, orchestrator, notifier, clock)
    replace_stuck: Provider[ReplaceStuckReplicas] = Singleton(ReplaceStuckReplicas, orchestrator, reports)
    follow: Provider[FollowRollout] = Singleton(
        FollowRollout, orchestrator, hands, replace_stuck, notifier, outbox, clock, observations
    )
    report: Provider[DeliverNotifications] = Singleton(DeliverNotifications, orchestrator, outbox, clock)

    executors: Provider[dict[Task, Executor]] = Singleton(_lanes, settings.provided.CHECK_WORKERS)
    controller: Provider[Controller] = Singleton(
        Controller,
        orchestrator,
        leadership,
        check_schedule,
        Singleton(UseCases, fleet, detect, hands, check, act, answer, follow, report),
        clock,
        executors,
        metrics,
        tracing,
    )
    explain: Provider[Explain] = Singleton(Explain, check, scheduler, clock)
    check_all: Provider[CheckAll] = Singleton(
        CheckAll, orchestrator, check, scheduler, clock, settings.provided.CHECK_WORKERS
    )
