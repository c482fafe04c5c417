"""The only place that knows which adapter implements each port."""

from __future__ import annotations

from typing import Final, TypeVar

from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import Container as Nested
from dependency_injector.providers import Dependency, List, Object, Provider, Resource, Singleton

from watch_cluster.adapters.cron.clock import SystemClock
from watch_cluster.adapters.cron.scheduler import CronScheduler
from watch_cluster.adapters.hooks.server import HookServer
from watch_cluster.adapters.oci.retry.rate_limits import LatestRateLimits
from watch_cluster.adapters.otlp.null_tracing import NullTracing
from watch_cluster.adapters.prometheus.null_metrics import NullMetrics
from watch_cluster.adapters.signatures.on_demand import VerifierOnDemand
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.check.check_all import CheckAll
from watch_cluster.application.check.explain import Explain
from watch_cluster.application.check.update_all import UpdateAll
from watch_cluster.application.commands.list_workloads import ListWorkloads
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.failure_memory import FailureMemory
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.orchestrator.proposer import Proposer
from watch_cluster.application.ports.orchestrator.signing_keys import SigningKeys
from watch_cluster.application.ports.push_inbox import PushInbox
from watch_cluster.application.ports.registry.image_registry import ImageRegistry
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials
from watch_cluster.application.ports.registry.rate_limits import RateLimits
from watch_cluster.application.ports.registry.signature_verifier import SignatureVerifier
from watch_cluster.application.ports.reporting.digests import DigestLog
from watch_cluster.application.ports.reporting.metrics import Metrics
from watch_cluster.application.ports.reporting.notifier import Notifier
from watch_cluster.application.ports.reporting.outbox import Outbox
from watch_cluster.application.ports.reporting.tracing import Tracing
from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.application.reconcile.send_digests import DigestChannel
from watch_cluster.entrypoints.container.hooks import hook_server
from watch_cluster.entrypoints.container.notifications import digest_channels, notification_outbox
from watch_cluster.entrypoints.container.orchestrator_adapters import OrchestratorAdapters
from watch_cluster.entrypoints.container.orchestrators import identity, orchestrator_adapters
from watch_cluster.entrypoints.container.proposals import proposer
from watch_cluster.entrypoints.container.registry import (
    combined_credentials,
    credentials_for,
    file_credentials,
    oci_registry,
    plugin_credentials,
)
from watch_cluster.entrypoints.container.use_cases import UseCases
from watch_cluster.entrypoints.controller.controller import Controller
from watch_cluster.entrypoints.controller.digest_watch import DigestWatch
from watch_cluster.entrypoints.controller.executors import Executor, FairExecutor
from watch_cluster.entrypoints.controller.failure_watch import FailureWatch
from watch_cluster.entrypoints.controller.push_watch import PushWatch
from watch_cluster.entrypoints.controller.requeues import Requeues
from watch_cluster.entrypoints.controller.task_log import TaskLog
from watch_cluster.entrypoints.controller.task_runner import TaskRunner
from watch_cluster.entrypoints.controller.work_queue import Task
from watch_cluster.entrypoints.settings.settings import Settings

RECONCILE_WORKERS: Final = 4
"""How many workloads are reconciled at once; that queries the orchestrator only and never waits for a registry."""
THREADS_WHEN_SLOW: Final = 8
"""By what factor an executor may add threads while its tasks are slow."""


Adapter = TypeVar("Adapter")


def _same(adapter: Adapter) -> Adapter:
    """Give a part of the orchestrator's adapters a provider of its own, which can be overridden."""
    return adapter


def _executors(check_workers: int, workers: Workers) -> dict[Task, Executor]:
    return {
        Task.RECONCILE: FairExecutor("reconcile", RECONCILE_WORKERS, RECONCILE_WORKERS * THREADS_WHEN_SLOW, workers),
        Task.CHECK: FairExecutor("check", check_workers, check_workers * THREADS_WHEN_SLOW, workers),
    }


class Container(DeclarativeContainer):
    """Builds the process. Every provider can be overridden with another adapter of its port.

    `shutdown_resources` closes the connections.
    """

    settings: Dependency[Settings] = Dependency(instance_of=Settings)
    context: Provider[str] = Object("")
    """The context in the kubeconfig, its current one when empty."""

    identity: Provider[str] = Singleton(identity)

    clock: Provider[Clock] = Singleton(SystemClock)
    metrics: Provider[Metrics] = Singleton(NullMetrics)
    workers: Provider[Workers] = Singleton(Workers, metrics.provided.count_worker_error)
    tracing: Provider[Tracing] = Singleton(NullTracing)
    scheduler: Provider[Scheduler] = Singleton(CronScheduler)

    file_credentials: Provider[PullCredentials] = Singleton(file_credentials, settings)
    plugin_credentials: Provider[PullCredentials] = Singleton(
        plugin_credentials,
        settings.provided.REGISTRY_CREDENTIAL_PROVIDERS,
        settings.provided.REGISTRY_CREDENTIAL_PROVIDERS_BIN,
        clock,
    )
    process_credentials: Provider[PullCredentials] = Singleton(
        combined_credentials,
        List(
            Singleton(credentials_for, settings.provided.REGISTRY_CREDENTIAL_NAMESPACES, file_credentials),
            Singleton(credentials_for, settings.provided.REGISTRY_CREDENTIAL_NAMESPACES, plugin_credentials),
        ),
    )

    adapters: Provider[OrchestratorAdapters] = Resource(
        orchestrator_adapters, settings, context, clock, identity, metrics, tracing, process_credentials, workers
    )
    orchestrator: Provider[Orchestrator] = Singleton(_same, adapters.provided.orchestrator)
    leadership: Provider[Leadership] = Singleton(_same, adapters.provided.leadership)
    notifier: Provider[Notifier] = Singleton(_same, adapters.provided.notifier)
    credentials: Provider[PullCredentials] = Singleton(_same, adapters.provided.credentials)
    inbox: Provider[PushInbox] = Singleton(_same, adapters.provided.inbox)
    memory: Provider[FailureMemory] = Singleton(_same, adapters.provided.memory)
    digest_log: Provider[DigestLog] = Singleton(_same, adapters.provided.digests)
    signing_keys: Provider[SigningKeys] = Singleton(_same, adapters.provided.keys)
    verifier: Provider[SignatureVerifier] = Singleton(VerifierOnDemand)
    outbox: Provider[Outbox] = Resource(notification_outbox, settings, metrics, workers, orchestrator)

    digest_channels: Provider[tuple[DigestChannel, ...]] = Resource(digest_channels, settings)

    proposer: Provider[Proposer] = Resource(proposer, settings)

    rate_limits: Provider[RateLimits] = Singleton(LatestRateLimits, metrics.provided.set_rate_limit_remaining)
    registry: Provider[ImageRegistry] = Resource(oci_registry, settings, rate_limits, metrics, tracing)

    use_cases: Nested[UseCases] = Nested(
        UseCases,
        settings=settings,
        clock=clock,
        scheduler=scheduler,
        orchestrator=orchestrator,
        registry=registry,
        credentials=credentials,
        leadership=leadership,
        notifier=notifier,
        outbox=outbox,
        inbox=inbox,
        memory=memory,
        digest_channels=digest_channels,
        digest_log=digest_log,
        proposer=proposer,
        verifier=verifier,
        signing_keys=signing_keys,
    )

    requeues: Provider[Requeues] = Singleton(Requeues, clock, use_cases.states)
    run_task: Provider[TaskRunner] = Singleton(
        TaskRunner,
        leadership,
        use_cases.reconcile,
        use_cases.check_workload,
        use_cases.check_schedule,
        use_cases.limiter,
        requeues,
        clock,
        Singleton(TaskLog, metrics, tracing, clock),
    )
    executors: Provider[dict[Task, Executor]] = Singleton(_executors, settings.provided.CHECK_WORKERS, workers)
    controller: Provider[Controller] = Singleton(
        Controller,
        orchestrator.provided.feed,
        leadership,
        use_cases.check_schedule,
        use_cases.fleet,
        requeues,
        run_task,
        clock,
        executors,
        workers,
    )
    failure_watch: Provider[FailureWatch] = Singleton(
        FailureWatch, controller.provided.leading, use_cases.fleet, workers
    )
    push_watch: Provider[PushWatch] = Singleton(PushWatch, controller.provided.leading, use_cases.check_pushed, workers)
    digest_watch: Provider[DigestWatch] = Singleton(
        DigestWatch, controller.provided.leading, use_cases.send_digests, workers
    )
    hook_server: Provider[HookServer] = Singleton(hook_server, settings, inbox, push_watch, metrics, workers)
    explain: Provider[Explain] = Singleton(
        Explain,
        use_cases.check,
        use_cases.predecessors,
        scheduler,
        clock,
        settings.provided.caps,
        use_cases.fleet,
    )
    list_workloads: Provider[ListWorkloads] = Singleton(
        ListWorkloads, orchestrator.provided.reader, use_cases.read_policy, scheduler, clock
    )
    check_all: Provider[CheckAll] = Singleton(
        CheckAll,
        orchestrator.provided.reader,
        use_cases.check,
        scheduler,
        clock,
        settings.provided.CHECK_WORKERS,
    )
    update_all: Provider[UpdateAll] = Singleton(
        UpdateAll,
        orchestrator.provided.reader,
        orchestrator.provided.writer,
        use_cases.check,
        use_cases.rollout,
        clock,
        settings.provided.CHECK_WORKERS,
    )
