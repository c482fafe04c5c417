"""The use case that finds out what a workload's images should become. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from watch_cluster.application.ports.image_registry import (
    ImageRegistry,
    RegistryError,
    RegistryUnauthorised,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.application.ports.orchestrator import Orchestrator
from watch_cluster.application.ports.pull_credentials import PullCredentials
from watch_cluster.domain.credential import Credential
from watch_cluster.domain.decision import Decision, HeldBack, Hold, Update, decide, decide_digest, held_before_asking
from watch_cluster.domain.image import DEFAULT_TAG, ImageReference
from watch_cluster.domain.policy import InvalidConfiguration, Policy, Target, read_policy, wants_watching
from watch_cluster.domain.rollout import RolloutRecord
from watch_cluster.domain.running import Published, RunningImage
from watch_cluster.domain.strategy import LatestStrategy
from watch_cluster.domain.workload import Workload, WorkloadKey

_HOLDS: Final[tuple[tuple[type[RegistryError], Hold], ...]] = (
    (RegistryUnavailable, Hold.REGISTRY_UNREACHABLE),
    (RegistryUnauthorised, Hold.UNAUTHORISED),
    (RepositoryNotFound, Hold.REPOSITORY_NOT_FOUND),
    (RegistryError, Hold.REGISTRY_REFUSED),
)


@dataclass(frozen=True, slots=True)
class Check:
    """What a check came to: the workload and policy that it was made for, and a decision for each container.

    `workload` and `policy` are None when there is no such workload, or when its configuration is invalid.
    """

    key: WorkloadKey
    decisions: tuple[Decision, ...]
    workload: Workload | None = None
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class CheckForUpdate:
    """Gathers what the registry has and asks the domain what follows from it."""

    orchestrator: Orchestrator
    registry: ImageRegistry
    credentials: PullCredentials

    def __call__(self, key: WorkloadKey) -> Check:
        """Check the workload as it is now. Whatever goes wrong is a decision with its reason.

        Raises `OrchestratorUnavailable` while it is not known yet what the workload's instances run.
        """
        workload = self.orchestrator.find(key)
        if workload is None or not wants_watching(workload):
            return Check(key, (HeldBack(Hold.NOT_WATCHED, "the workload is gone or opted out"),), workload)
        try:
            policy = read_policy(workload)
        except InvalidConfiguration as error:
            return Check(key, (HeldBack(Hold.INVALID_CONFIGURATION, str(error)),), workload)
        record = RolloutRecord.of(workload)
        if record is not None and record.running:
            held = HeldBack(Hold.ROLLOUT_IN_PROGRESS, f"the rollout {record.change} has not ended yet")
            return Check(key, (held,), workload, policy)
        decisions = tuple(self._decide(workload, target) for target in policy.targets)
        return Check(key, decisions, workload, policy)

    def _decide(self, workload: Workload, target: Target) -> Decision:
        strategy = target.strategy
        try:
            if isinstance(strategy, LatestStrategy):
                return self._decide_digest(workload, target)
            tags = self.registry.tags(target.image.repository, self._credentials(workload, target))
            decision = decide(target, strategy, tags)
            if isinstance(decision, Update) and target.pinned:
                return decision.pinned(self._digest(workload, decision.candidate, target))
        except RegistryError as error:
            hold = next(hold for kind, hold in _HOLDS if isinstance(error, kind))
            return HeldBack(hold, f"container {target.container}: {error}", target.container)
        return decision

    def _decide_digest(self, workload: Workload, target: Target) -> Decision:
        pin = target.image.digest
        told = self.orchestrator.running(workload.key, target.container) if pin is None else (RunningImage(pin),)
        held = held_before_asking(target, told)
        if held is not None:
            return held
        running = told or ()
        published = Published(self._digest(workload, target.image, target))
        if not all(each is not None and published.includes(each.digest) for each in running):
            contents = self.registry.contents(
                target.image.repository,
                published.digest,
                self._credentials(workload, target),
                configs=any(each is not None and each.bare for each in running),
            )
            published = Published(published.digest, contents)
        return decide_digest(target, workload, running, published)

    def _digest(self, workload: Workload, image: ImageReference, target: Target) -> str:
        tag = image.effective_tag or DEFAULT_TAG
        return self.registry.digest(image.repository, tag, self._credentials(workload, target))

    def _credentials(self, workload: Workload, target: Target) -> tuple[Credential, ...]:
        return self.credentials.candidates(workload, target.image.repository)
