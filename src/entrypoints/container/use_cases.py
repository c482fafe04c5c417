"""The use cases, built on the ports."""

from __future__ import annotations

from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import Dependency, Provider, Singleton

from watch_cluster.application.check.actions.act_on_check import ActOnCheck
from watch_cluster.application.check.actions.complete_check_now import CompleteCheckNow
from watch_cluster.application.check.actions.notify_holds import NotifyHolds
from watch_cluster.application.check.actions.propose_image import ProposeImage
from watch_cluster.application.check.actions.rollout_image import RolloutImage
from watch_cluster.application.check.candidates.predecessors import Predecessors
from watch_cluster.application.check.candidates.select_candidate import SelectCandidate
from watch_cluster.application.check.candidates.verify_image import VerifyImage
from watch_cluster.application.check.check_for_update import CheckForUpdate
from watch_cluster.application.check.check_pushed import CheckPushed
from watch_cluster.application.check.check_workload import CheckWorkload
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.failure_memory import FailureMemory
from watch_cluster.application.ports.leadership import Leadership
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.application.ports.orchestrator.proposer import Proposer
from watch_cluster.application.ports.orchestrator.signing_keys import SigningKeys
from watch_cluster.application.ports.push_inbox import PushInbox
from watch_cluster.application.ports.registry.image_registry import ImageRegistry
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials
from watch_cluster.application.ports.registry.signature_verifier import SignatureVerifier
from watch_cluster.application.ports.reporting.digests import DigestLog
from watch_cluster.application.ports.reporting.notifier import Notifier
from watch_cluster.application.ports.reporting.outbox import Outbox
from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.application.reconcile.deliver_notifications import DeliverNotifications
from watch_cluster.application.reconcile.detect_deployment import DetectDeployment
from watch_cluster.application.reconcile.emit_events import EmitEvents
from watch_cluster.application.reconcile.follow_proposal import FollowProposal
from watch_cluster.application.reconcile.follow_rollout import FollowRollout
from watch_cluster.application.reconcile.manual_change import HandleManualChange
from watch_cluster.application.reconcile.notify_detection import NotifyDetection
from watch_cluster.application.reconcile.notify_fact import NotifyFact
from watch_cluster.application.reconcile.reconcile import Reconcile
from watch_cluster.application.reconcile.replace_stuck_replicas import ReplaceStuckReplicas
from watch_cluster.application.reconcile.send_digests import DigestChannel, SendDigests
from watch_cluster.application.registry_queries.queries import RegistryAccess
from watch_cluster.application.registry_queries.query_cache import QueryCache
from watch_cluster.application.state.check_schedule import CheckSchedule
from watch_cluster.application.state.fleet_state import FleetState
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.application.state.policy_cache import PolicyCache
from watch_cluster.application.state.rollout_limiter import RolloutLimiter
from watch_cluster.application.state.workload_state import WorkloadStates
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.entrypoints.settings.settings import Settings


def _policies(settings: Settings) -> PolicyReader:
    return settings.policies


class UseCases(DeclarativeContainer):
    """Builds the use cases. Read it from top to bottom: the last ones use the first."""

    settings: Dependency[Settings] = Dependency(instance_of=Settings)
    clock: Dependency[Clock] = Dependency()
    scheduler: Dependency[Scheduler] = Dependency()
    orchestrator: Dependency[Orchestrator] = Dependency(instance_of=Orchestrator)
    registry: Dependency[ImageRegistry] = Dependency()
    credentials: Dependency[PullCredentials] = Dependency()
    verifier: Dependency[SignatureVerifier] = Dependency()
    signing_keys: Dependency[SigningKeys] = Dependency()
    leadership: Dependency[Leadership] = Dependency()
    notifier: Dependency[Notifier] = Dependency()
    outbox: Dependency[Outbox] = Dependency()
    inbox: Dependency[PushInbox] = Dependency()
    memory: Dependency[FailureMemory] = Dependency()
    digest_channels: Dependency[tuple[DigestChannel, ...]] = Dependency()
    digest_log: Dependency[DigestLog] = Dependency()
    proposer: Dependency[Proposer] = Dependency()

    states: Provider[WorkloadStates] = Singleton(WorkloadStates)
    check_schedule: Provider[CheckSchedule] = Singleton(CheckSchedule, scheduler)
    outcomes: Provider[ImageOutcomes] = Singleton(ImageOutcomes)
    limiter: Provider[RolloutLimiter] = Singleton(
        RolloutLimiter, settings.provided.MAX_CONCURRENT_ROLLOUTS, clock, shared=settings.provided.watches_several
    )
    fleet: Provider[FleetState] = Singleton(
        FleetState, orchestrator.provided.reader, limiter, outcomes, check_schedule, states, memory
    )
    policies: Provider[PolicyReader] = Singleton(_policies, settings)
    read_policy: Provider[PolicyCache] = Singleton(PolicyCache, policies, states)
    emit: Provider[EmitEvents] = Singleton(EmitEvents, notifier, clock, states)

    notify_fact: Provider[NotifyFact] = Singleton(NotifyFact, outbox, clock, states)

    registries: Provider[RegistryAccess] = Singleton(
        RegistryAccess, registry, credentials, Singleton(QueryCache, clock), settings.provided.REGISTRY_MIRRORS
    )
    predecessors: Provider[Predecessors] = Singleton(
        Predecessors, orchestrator.provided.reader, orchestrator.provided.observer, policies
    )
    verify: Provider[VerifyImage] = Singleton(
        VerifyImage, settings.provided.verify_policies, verifier, signing_keys.provider
    )
    select: Provider[SelectCandidate] = Singleton(
        SelectCandidate, orchestrator.provided.nodes, scheduler, outcomes, predecessors, verify
    )
    check: Provider[CheckForUpdate] = Singleton(
        CheckForUpdate,
        orchestrator.provided.reader,
        orchestrator.provided.observer,
        registries,
        read_policy,
        predecessors,
        select,
        clock,
        settings.provided.check_seconds,
    )

    manual_changes: Provider[HandleManualChange] = Singleton(
        HandleManualChange, orchestrator.provided.writer, orchestrator.provided.observer, emit
    )
    rollout: Provider[RolloutImage] = Singleton(RolloutImage, orchestrator.provided.writer, clock)
    proposals: Provider[ProposeImage] = Singleton(
        ProposeImage, orchestrator.provided.writer, proposer, leadership, read_policy, clock
    )
    act: Provider[ActOnCheck] = Singleton(
        ActOnCheck,
        orchestrator.provided.reader,
        orchestrator.provided.writer,
        rollout,
        proposals,
        limiter,
        manual_changes,
        emit,
        leadership,
        outbox,
        Singleton(NotifyHolds, notify_fact),
        states,
    )
    send_digests: Provider[SendDigests] = Singleton(
        SendDigests,
        digest_channels,
        settings.provided.channel_names,
        settings.provided.default_channels,
        orchestrator.provided.reader,
        states,
        read_policy,
        digest_log,
        scheduler,
        clock,
    )
    complete: Provider[CompleteCheckNow] = Singleton(CompleteCheckNow, orchestrator.provided.writer, emit, clock)
    check_workload: Provider[CheckWorkload] = Singleton(
        CheckWorkload,
        orchestrator.provided.reader,
        proposals,
        check,
        act,
        complete,
        check_schedule,
        fleet,
        clock,
        states,
    )

    check_pushed: Provider[CheckPushed] = Singleton(
        CheckPushed,
        inbox,
        orchestrator.provided.reader,
        read_policy,
        check_schedule,
        clock,
        settings.provided.REGISTRY_MIRRORS,
    )

    replace_stuck: Provider[ReplaceStuckReplicas] = Singleton(
        ReplaceStuckReplicas, orchestrator.provided.observer, emit
    )
    follow: Provider[FollowRollout] = Singleton(
        FollowRollout,
        orchestrator.provided.writer,
        orchestrator.provided.observer,
        manual_changes,
        replace_stuck,
        emit,
        outbox,
        clock,
        states,
        settings.provided.caps,
    )
    deliver: Provider[DeliverNotifications] = Singleton(
        DeliverNotifications, orchestrator.provided.writer, outbox, emit, clock, states
    )
    detect: Provider[DetectDeployment] = Singleton(
        DetectDeployment,
        check_schedule,
        emit,
        Singleton(NotifyDetection, outbox, clock, states),
        notify_fact,
        clock,
        read_policy,
        states,
        scheduler,
        settings.provided.caps,
        settings.provided.channel_names,
    )
    reconcile: Provider[Reconcile] = Singleton(
        Reconcile,
        orchestrator.provided.reader,
        fleet,
        Singleton(FollowProposal, orchestrator.provided.writer, outbox, clock, states),
        follow,
        manual_changes,
        deliver,
        detect,
    )
