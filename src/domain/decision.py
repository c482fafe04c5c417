"""What a check comes to: an update, nothing newer, or held back with the reason. Never an exception."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from watch_cluster.domain import annotation
from watch_cluster.domain.image import ImageReference
from watch_cluster.domain.policy import Target
from watch_cluster.domain.rollout import RolloutRecord
from watch_cluster.domain.running import Published, Running, Standing, most_run, standing
from watch_cluster.domain.strategy import Considered, VersionStrategy
from watch_cluster.domain.version import InvalidVersion
from watch_cluster.domain.workload import Workload


class Hold(StrEnum):
    """Why a workload is held back, in the words that a person is shown."""

    INVALID_CONFIGURATION = "invalid configuration"
    NO_TAG = "no tag"
    NOT_WATCHED = "not watched"
    NOTHING_RUNS = "nothing runs"
    REGISTRY_REFUSED = "registry refused"
    REGISTRY_UNREACHABLE = "registry unreachable"
    REPOSITORY_NOT_FOUND = "repository not found"
    ROLLOUT_IN_PROGRESS = "rollout in progress"
    RUNNING_DIGEST_UNKNOWN = "running digest unknown"
    TAG_NOT_A_VERSION = "tag not a version"
    UNAUTHORISED = "unauthorised"
    UNPINNED_AGAIN = "unpinned again"


@dataclass(frozen=True, slots=True)
class Update:
    """The container moves from one image to the other.

    `ran` is the digest that its instances run, None when nobody asked. `digest` is the candidate's, where the
    candidate is to stay without it.
    """

    container: str
    current: ImageReference
    candidate: ImageReference
    considered: tuple[Considered, ...] = ()
    ran: str | None = None
    digest: str | None = None

    def __str__(self) -> str:
        return f"update to {self.candidate}" + ("" if self.digest is None else f"@{self.digest}")

    def pinned(self, digest: str) -> Update:
        """Write the candidate with the digest that its tag has."""
        return replace(self, candidate=self.candidate.with_digest(digest))


@dataclass(frozen=True, slots=True)
class UpToDate:
    """The registry has nothing that the strategy would take instead of the current image."""

    container: str
    current: ImageReference
    considered: tuple[Considered, ...] = ()

    def __str__(self) -> str:
        return "up to date"


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Nothing is changed, for a reason; `message` is one line for the person, with what to do."""

    reason: Hold
    message: str
    container: str | None = None
    considered: tuple[Considered, ...] = ()

    def __str__(self) -> str:
        return f"held back: {self.reason}"


Decision = Update | UpToDate | HeldBack


def decide(target: Target, strategy: VersionStrategy, tags: Iterable[str]) -> Decision:
    """Choose among the tags that the registry listed for the repository of the target's image."""
    current = target.image
    tag = current.effective_tag
    if tag is None:
        return _no_tag(target)
    try:
        choice = strategy.choose(tag, tags)
    except InvalidVersion as error:
        return HeldBack(
            Hold.TAG_NOT_A_VERSION,
            f"container {target.container}: {error}; give the image {str(current)!r} a version tag such as 1.2.3, or"
            f" set {annotation.STRATEGY}: latest to follow what the tag stands for",
            target.container,
        )
    if choice.chosen is None:
        return UpToDate(target.container, current, choice.considered)
    candidate = current.without_digest().with_tag(choice.chosen)
    return Update(target.container, current, candidate, choice.considered, ran=current.digest)


def held_before_asking(target: Target, running: Running | None) -> HeldBack | None:
    """Say what keeps a tag's digest from being followed, whatever the registry has; None when nothing does.

    `running` is None when the orchestrator does not tell.
    """
    if target.image.effective_tag is None:
        return _no_tag(target)
    if running is None:
        return _unknown(target, "the orchestrator does not tell, and Watch-Cluster's log says why")
    if not running:
        message = f"container {target.container}: no instance runs, so there is nothing to compare"
        return HeldBack(Hold.NOTHING_RUNS, message, target.container)
    return None


def decide_digest(target: Target, workload: Workload, running: Running, published: Published) -> Decision:
    """Compare what the instances run with what the tag stands for at the registry.

    Nothing is changed merely to pin what is right already.
    """
    stands = standing(running, published)
    if stands is Standing.CURRENT:
        return UpToDate(target.container, target.image)
    if stands is Standing.UNKNOWN:
        return _unknown(target, "its instances report no digest that can be compared, or do not agree on one")
    ran = most_run(running)
    if not target.pinned:
        if workload.template_digest == published.digest:
            return _unpinned_again(target, published.digest, "its instances were started anew for it and run another")
        return Update(target.container, target.image, target.image, ran=ran, digest=published.digest)
    candidate = target.image.with_digest(published.digest)
    last = RolloutRecord.of(workload)
    if (
        last is not None
        and last.repeats >= _MOST_REPEATS
        and any(step.container == target.container and step.after == str(candidate) for step in last.images)
    ):
        return _unpinned_again(target, published.digest, "somebody took the digest out of the image again each time")
    return Update(target.container, target.image, candidate, ran=ran)


_MOST_REPEATS: Final = 1
"""How often the same image is rolled out again after somebody took it back."""


def _no_tag(target: Target) -> HeldBack:
    return HeldBack(
        Hold.NO_TAG,
        f"container {target.container}: image {str(target.image)!r} has a digest and no tag, so nothing says what to"
        f" follow: write a tag before the digest, such as {target.image.repository.path}:1.2.3@sha256:…",
        target.container,
    )


def _unknown(target: Target, why: str) -> HeldBack:
    message = (
        f"container {target.container}: it is not known which digest of {str(target.image)!r} runs: {why}; to start"
        " afresh, run kubectl rollout restart"
    )
    return HeldBack(Hold.RUNNING_DIGEST_UNKNOWN, message, target.container)


def _unpinned_again(target: Target, digest: str, why: str) -> HeldBack:
    message = (
        f"container {target.container}: {str(target.image)!r} was rolled out with {digest} already, and {why}: it is"
        " left alone until the tag stands for something else"
    )
    return HeldBack(Hold.UNPINNED_AGAIN, message, target.container)
