"""The one place that knows which adapter stands behind each port."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import Dependency, List, Provider, Resource, Singleton

from watch_cluster.adapters.kubernetes.api import KubernetesApi
from watch_cluster.adapters.kubernetes.events import KubernetesEvents
from watch_cluster.adapters.kubernetes.lease import KubernetesLease
from watch_cluster.adapters.kubernetes.lease_store import LeaseStore
from watch_cluster.adapters.kubernetes.orchestrator import KubernetesOrchestrator
from watch_cluster.adapters.kubernetes.pull_credentials import KubernetesPullCredentials
from watch_cluster.adapters.log.notifier import LogNotifier
from watch_cluster.adapters.metrics.nobody import NoMetrics
from watch_cluster.adapters.oci.docker_config import DockerConfigCredentials, NoCredentials
from watch_cluster.adapters.oci.quotas import LastQuotas
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.adapters.oci.trust import trust
from watch_cluster.adapters.plugins.credentials import PluginCredentials
from watch_cluster.adapters.scheduling.clock import SystemClock
from watch_cluster.adapters.scheduling.cron import CronScheduler
from watch_cluster.adapters.tracing.nobody import NoTracing
from watch_cluster.adapters.webhook.delivery import Receiver
from watch_cluster.adapters.webhook.nobody import NoOutbox
from watch_cluster.adapters.webhook.outbox import WebhookOutbox
from watch_cluster.application.act_on_check import ActOnCheck
from watch_cluster.application.announce_detection import AnnounceDetection
from watch_cluster.application.answer_check_now import AnswerCheckNow
from watch_cluster.application.ask_registry import Registries
from watch_cluster.application.check_for_update import CheckForUpdate
from watch_cluster.application.combined_credentials import CombinedCredentials
from watch_cluster.application.detect_deployment import DetectDeployment
from watch_cluster.application.follow_rollout import FollowRollout
from watch_cluster.application.known_policies import KnownPolicies
from watch_cluster.application.notifiers import Notifiers
from watch_cluster.application.outcomes import Outcomes
from watch_cluster.application.overview import Overview
from watch_cluster.application.ports.image_registry import ImageRegistry
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.metrics import Metrics
from watch_cluster.application.ports.notifier import Notifier
from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.ports.outbox import Outbox
from watch_cluster.application.ports.pull_credentials import PullCredentials
from watch_cluster.application.ports.quotas import Quotas
from watch_cluster.application.ports.timing import Clock, Scheduler
from watch_cluster.application.ports.tracing import Call, Tracing
from watch_cluster.application.report_rollout_end import ReportRolloutEnd
from watch_cluster.application.reports import Reports
from watch_cluster.application.respect_other_hands import RespectOtherHands
from watch_cluster.application.rollout_image import RolloutImage
from watch_cluster.application.rollout_slots import RolloutSlots
from watch_cluster.application.shared_answers import SharedAnswers
from watch_cluster.application.sightings import Sightings
from watch_cluster.application.timetable import Timetable
from watch_cluster.application.unstick_instances import UnstickInstances
from watch_cluster.application.weigh_candidates import WeighCandidates
from watch_cluster.entrypoints.cli.check import CheckAll
from watch_cluster.entrypoints.cli.explain import Explain
from watch_cluster.entrypoints.controller import Controller, UseCases
from watch_cluster.entrypoints.lanes import FairLane, Lane
from watch_cluster.entrypoints.settings import Settings
from watch_cluster.entrypoints.work import Task

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


def _lanes(check_workers: int) -> dict[Task, Lane]:
    return {
        Task.LOOK: FairLane("look", FOLLOWERS, FOLLOWERS * THREADS_FOR_SLOW),
        Task.CHECK: FairLane("check", check_workers, check_workers * THREADS_FOR_SLOW),
    }


def _notifiers(each: list[Notifier]) -> Notifier:
    return Notifiers(tuple(each))


def _connect(kubeconfig: str | None, tracing: Tracing) -> Iterator[KubernetesApi]:
    api = KubernetesApi.connect(kubeconfig, asked=tracing.called)
    yield api
    api.close()


def _registry(settings: Settings, quotas: Quotas, metrics: Metrics, tracing: Tracing) -> Iterator[ImageRegistry]:
    def asked(call: Call) -> None:
        metrics.registry_asked(call.peer, call.status)
        tracing.called(call)

    registry = OciImageRegistry(
        plain_http_hosts=frozenset(settings.REGISTRY_PLAIN_HTTP),
        deadline_seconds=settings.REGISTRY_TIMEOUT / 1000,
        tls=trust(settings.REGISTRY_CA_FILE),
        proxies=settings.proxies,
        quotas=quotas,
        asked=asked,
    )
    yield registry
    registry.close()


def _policies(settings: Settings) -> KnownPolicies:
    return KnownPolicies(settings.policies)


def _outbox(settings: Settings, metrics: Metrics) -> Iterator[Outbox]:
    if settings.WEBHOOK_URL is None:
        yield NoOutbox()
        return
    secret = settings.WEBHOOK_SECRET
    receiver = Receiver(
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

    quotas: Provider[Quotas] = Singleton(LastQuotas, metrics.provided.quota_left)
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

    timetable: Provider[Timetable] = Singleton(Timetable, scheduler)
    reports: Provider[Reports] = Singleton(Reports, notifier, clock)
    announce: Provider[AnnounceDetection] = Singleton(AnnounceDetection, outbox, clock)
    policies: Provider[KnownPolicies] = Singleton(_policies, settings)
    detect: Provider[DetectDeployment] = Singleton(
        DetectDeployment, orchestrator, timetable, reports, announce, clock, policies
    )
    registries: Provider[Registries] = Singleton(
        Registries, registry, credentials, Singleton(SharedAnswers, clock), settings.provided.REGISTRY_MIRRORS
    )
    outcomes: Provider[Outcomes] = Singleton(Outcomes)
    slots: Provider[RolloutSlots] = Singleton(RolloutSlots, settings.provided.MAX_CONCURRENT_ROLLOUTS, clock)
    overview: Provider[Overview] = Singleton(Overview, orchestrator, slots, outcomes)
    weigh: Provider[WeighCandidates] = Singleton(WeighCandidates, orchestrator, scheduler, outcomes)
    check: Provider[CheckForUpdate] = Singleton(CheckForUpdate, orchestrator, registries, policies, weigh, clock)
    rollout: Provider[RolloutImage] = Singleton(RolloutImage, orchestrator, clock)
    hands: Provider[RespectOtherHands] = Singleton(RespectOtherHands, orchestrator, notifier)
    sightings: Provider[Sightings] = Singleton(Sightings)
    act: Provider[ActOnCheck] = Singleton(
        ActOnCheck, orchestrator, rollout, slots, hands, reports, leadership, outbox, sightings
    )
    answer: Provider[AnswerCheckNow] = Singleton(AnswerCheckNow, orchestrator, notifier, clock)
    unstick: Provider[UnstickInstances] = Singleton(UnstickInstances, orchestrator, reports)
    follow: Provider[FollowRollout] = Singleton(
        FollowRollout, orchestrator, hands, unstick, notifier, outbox, clock, sightings
    )
    report: Provider[ReportRolloutEnd] = Singleton(ReportRolloutEnd, orchestrator, outbox, clock)

    lanes: Provider[dict[Task, Lane]] = Singleton(_lanes, settings.provided.CHECK_WORKERS)
    controller: Provider[Controller] = Singleton(
        Controller,
        orchestrator,
        leadership,
        timetable,
        Singleton(UseCases, overview, detect, hands, check, act, answer, follow, report),
        clock,
        lanes,
        metrics,
        tracing,
    )
    explain: Provider[Explain] = Singleton(Explain, check, scheduler, clock)
    check_all: Provider[CheckAll] = Singleton(
        CheckAll, orchestrator, check, scheduler, clock, settings.provided.CHECK_WORKERS
    )
