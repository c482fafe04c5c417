"""Selects the best candidate of a container that no check rejects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from watch_cluster.application.check.candidates.predecessors import Predecessors
from watch_cluster.application.check.candidates.verify_image import VerifyImage
from watch_cluster.application.check.candidates.windows import window_state
from watch_cluster.application.ports.orchestrator.node_inventory import NodeInventory
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryRefused,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.application.ports.scheduler import Scheduler
from watch_cluster.application.registry_queries.queries import RegistryQueries
from watch_cluster.application.state.image_outcomes import ImageOutcomes
from watch_cluster.domain.images.platform import Platform, missing_platforms
from watch_cluster.domain.policy.policy import Policy, Target
from watch_cluster.domain.update.decision import Decision, Held, HoldReason, Update
from watch_cluster.domain.update.digest_return import digest_to_go_back_to, replaced_lately
from watch_cluster.domain.update.first_seen import MOST_CANDIDATES, FirstSeen
from watch_cluster.domain.update.holds import hold_for_owner, hold_proposed
from watch_cluster.domain.update.rejections import (
    Rejection,
    mark_rejected,
    reject_failing_elsewhere,
    reject_missing_platforms,
    reject_older_build,
    reject_quarantined,
    reject_too_young,
    reject_tried_lately,
    reject_unsigned,
)
from watch_cluster.domain.workload.workload import Workload
from watch_cluster.tools.time_limit import TimeLimitExceeded, shorter_limit

PERMANENT: Final = (RegistryRefused, RegistryUnauthorized, RepositoryNotFound)
"""The errors that a retry cannot fix."""
_MAX_FAILED: Final = 2
"""For how many candidates a registry may fail that otherwise responds: each one uses all retries."""
_WAITING: Final = frozenset({HoldReason.NOT_PROVEN_ELSEWHERE, HoldReason.TOO_YOUNG})
_ORIGIN_SECONDS: Final = 5.0
"""How long a check waits at most to learn where an image comes from."""
_HOLDS: Final[tuple[tuple[type[RegistryError], HoldReason], ...]] = (
    (RegistryUnavailable, HoldReason.REGISTRY_UNREACHABLE),
    (RegistryUnauthorized, HoldReason.UNAUTHORIZED),
    (RepositoryNotFound, HoldReason.REPOSITORY_NOT_FOUND),
    (RegistryError, HoldReason.REGISTRY_REFUSED),
)


@dataclass(frozen=True, slots=True)
class CheckContext:
    """The state of one check. `seen` lists, by container, the candidates whose age was checked.

    `unverified` says which images that run, or may run, are not signed as the controller would have it.
    """

    workload: Workload
    policy: Policy
    now: datetime
    first_seen: FirstSeen
    registry: RegistryQueries
    seen: dict[str, list[str]] = field(default_factory=dict)
    unverified: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SelectCandidate:
    """Runs the checks on each candidate, the best first, then the owner's conditions on the one that passes."""

    nodes: NodeInventory
    scheduler: Scheduler
    outcomes: ImageOutcomes
    predecessors: Predecessors
    verify: VerifyImage

    def __call__(self, context: CheckContext, target: Target, updates: tuple[Update, ...]) -> Decision:
        """Decide on the candidates, of which there is at least one. Raises `RegistryError`."""
        rejected: dict[str, str] = {}
        first: Rejection | None = None
        failed = 0
        for update in updates[:MOST_CANDIDATES]:
            try:
                rejection = next(self._rejections(context, target, update), None)
            except RegistryUnavailable as error:
                failed += 1
                if failed > _MAX_FAILED or not _registry_responds(context, target):
                    raise
                rejection = unreadable(error)
            if rejection is None:
                return self._allowed(context, target, self._with_origin(context, mark_rejected(update, rejected)))
            rejected[update.candidate.effective_tag or ""] = rejection.why
            if rejection.final:
                return self._hold(context, rejection, mark_rejected(update, rejected))
            first = first or rejection
        best = mark_rejected(updates[0], rejected)
        return best if first is None else self._hold(context, first, best)

    def _hold(self, context: CheckContext, rejection: Rejection, update: Update) -> Held:
        """Hold a candidate; with where it comes from if it only has to wait, since people read that meanwhile."""
        return rejection.hold(self._with_origin(context, update) if rejection.reason in _WAITING else update)

    def _with_origin(self, context: CheckContext, update: Update) -> Update:
        """Add where the image comes from. It has been read for the build date already, unless a person approved it."""
        try:
            with shorter_limit(_ORIGIN_SECONDS):
                digest = update.digest or update.candidate.digest or context.registry.digest(update.candidate)
                return replace(update, origin=context.registry.description(update.candidate, digest).origin)
        except (RegistryError, TimeLimitExceeded):
            return update

    def _allowed(self, context: CheckContext, target: Target, chosen: Update) -> Update | Held:
        windows = window_state(context.policy, context.now, self.scheduler)
        held = hold_for_owner(chosen, context.workload, context.policy, windows)
        if held is not None:
            return held
        pinned = target.pinned or self.verify.applies(context.policy, target.image)
        if pinned and chosen.candidate.digest is None:
            chosen = chosen.pinned(chosen.digest or context.registry.digest(chosen.candidate))
        return hold_proposed(context.workload, chosen) or chosen

    def _rejections(self, context: CheckContext, target: Target, update: Update) -> Iterator[Rejection]:
        """Yield the rejections of a candidate; checks without a registry query come first."""
        workload = context.workload
        checks: tuple[Callable[[], Rejection | None], ...] = (
            lambda: reject_quarantined(workload, context.policy, update),
            lambda: reject_failing_elsewhere(self.outcomes.failing(update.image, workload.key), context.policy, update),
            lambda: reject_tried_lately(workload, update, context.now),
            lambda: self._too_young(context, target, update),
            lambda: self._goes_back(context, target, update),
            lambda: self.predecessors.rejection(context.policy, update, context.registry, context.now),
            lambda: self._not_built_for(context, target, update),
            lambda: self._built_before(context, target, update),
            lambda: self._not_signed(context, target, update),
        )
        for check in checks:
            try:
                rejection = check()
            except PERMANENT as error:
                # An unreadable candidate does not rule out an older one.
                rejection = unreadable(error)
            if rejection is not None:
                yield rejection

    def _too_young(self, context: CheckContext, target: Target, update: Update) -> Rejection | None:
        if not context.policy.min_age:
            return None
        digest = update.digest or update.candidate.digest or context.registry.digest(update.candidate)
        candidate = f"{update.candidate.effective_tag}@{digest}"
        context.seen.setdefault(target.container, []).append(candidate)
        return reject_too_young(context.first_seen.age(candidate, context.now), context.policy)

    def _goes_back(self, context: CheckContext, target: Target, update: Update) -> Rejection | None:
        candidate = digest_to_go_back_to(context.workload, update, context.now)
        if candidate is None:
            return None
        name = f"{update.candidate.effective_tag}@{candidate}"
        context.seen.setdefault(target.container, []).append(name)
        return replaced_lately(context.first_seen.age(name, context.now))

    def _not_built_for(self, context: CheckContext, target: Target, update: Update) -> Rejection | None:
        candidate = update.digest or update.candidate.digest or context.registry.digest(update.candidate)
        # Read in any case: a tag whose digest is missing could not be pulled.
        built_for = context.registry.platforms(target.image, candidate)
        current = self._platforms_of_current(context, target, update.ran)
        if not (built_for and current):
            return None
        nodes = self.nodes.nodes()
        return reject_missing_platforms(missing_platforms(built_for, current, context.workload.scheduling, nodes))

    def _built_before(self, context: CheckContext, target: Target, update: Update) -> Rejection | None:
        if update.approval in context.policy.approved:
            return None
        candidate = update.digest or update.candidate.digest or context.registry.digest(update.candidate)
        built = context.registry.description(target.image, candidate).created
        return reject_older_build(built, self._created_of_current(context, target, update.ran), context.now)

    def _not_signed(self, context: CheckContext, target: Target, update: Update) -> Rejection | None:
        if not self.verify.applies(context.policy, target.image):
            return None
        digest = update.digest or update.candidate.digest or context.registry.digest(update.candidate)
        found = self.verify(context.workload, context.policy, context.registry, update.candidate, digest)
        if found.held is not None:
            return reject_unsigned(found.held)
        if found.warning is not None:
            context.unverified.append(f"container {target.container}: {update.target} is taken and is {found.warning}")
        return None

    def _created_of_current(self, context: CheckContext, target: Target, ran: str | None) -> datetime | None:
        """Return when the current image was built; None if the registry does not have it, or no longer."""
        try:
            return context.registry.description(target.image, ran or context.registry.digest(target.image)).created
        except PERMANENT:
            return None

    def _platforms_of_current(self, context: CheckContext, target: Target, ran: str | None) -> frozenset[Platform]:
        """Return the platforms of the current image; empty if the registry does not have it, or no longer."""
        try:
            return context.registry.platforms(target.image, ran or context.registry.digest(target.image))
        except PERMANENT:
            return frozenset()


def _registry_responds(context: CheckContext, target: Target) -> bool:
    """Whether the registry responds for the current image, so that it only fails for one candidate."""
    try:
        context.registry.digest(target.image)
    except RegistryUnavailable:
        return False
    except PERMANENT:
        # Also a response.
        return True
    return True


def unreadable(error: RegistryError) -> Rejection:
    """Reject an image that the registry lists but does not return."""
    return Rejection(hold_reason(error), f"cannot be read: {error}", f"it cannot be read: {error}")


def hold_reason(error: RegistryError) -> HoldReason:
    """Return the hold reason for a registry error."""
    return next(hold for kind, hold in _HOLDS if isinstance(error, kind))
