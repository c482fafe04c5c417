"""What a check comes to: an update, nothing newer, or held back with the reason. Never an exception."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from watch_cluster.domain.image import ImageReference
from watch_cluster.domain.policy import Target
from watch_cluster.domain.strategy import Considered
from watch_cluster.domain.version import InvalidVersion


class Hold(StrEnum):
    """Why a workload is held back, in the words that a person is shown."""

    INVALID_CONFIGURATION = "invalid configuration"
    NO_TAG = "no tag"
    NOT_WATCHED = "not watched"
    REGISTRY_REFUSED = "registry refused"
    REGISTRY_UNREACHABLE = "registry unreachable"
    REPOSITORY_NOT_FOUND = "repository not found"
    ROLLOUT_IN_PROGRESS = "rollout in progress"
    TAG_NOT_A_VERSION = "tag not a version"
    UNAUTHORISED = "unauthorised"


@dataclass(frozen=True, slots=True)
class Update:
    """The container moves from one image to the other."""

    container: str
    current: ImageReference
    candidate: ImageReference
    considered: tuple[Considered, ...] = ()

    def __str__(self) -> str:
        return f"update to {self.candidate}"


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


def decide(target: Target, tags: Iterable[str]) -> Decision:
    """Choose among the tags that the registry listed for the repository of the target's image."""
    current = target.image
    tag = current.effective_tag
    if tag is None:
        return HeldBack(
            Hold.NO_TAG,
            f"container {target.container}: image {str(current)!r} has a digest and no tag, so nothing says which"
            f" versions to follow: write a tag before the digest, such as {current.repository.path}:1.2.3@sha256:…",
            target.container,
        )
    if current.digest is not None:
        return HeldBack(
            Hold.INVALID_CONFIGURATION,
            f"container {target.container}: image {str(current)!r} is pinned to a digest, and the digest decides what"
            " runs: remove the digest to have the tag followed",
            target.container,
        )
    try:
        choice = target.strategy.choose(tag, tags)
    except InvalidVersion as error:
        return HeldBack(
            Hold.TAG_NOT_A_VERSION,
            f"container {target.container}: {error}; give the image {str(current)!r} a version tag such as 1.2.3",
            target.container,
        )
    if choice.chosen is None:
        return UpToDate(target.container, current, choice.considered)
    return Update(target.container, current, current.with_tag(choice.chosen), choice.considered)
