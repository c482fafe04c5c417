"""The result of a check: an update, nothing newer, or held back with the reason. Never an exception."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from watch_cluster.domain.images.origin import NO_ORIGIN, ImageOrigin
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.versions.choice import EvaluatedTag
from watch_cluster.domain.workload.workload import ImageChange


class HoldReason(StrEnum):
    """Why a workload is held back, in the words that a person is shown."""

    BUILT_BEFORE_WHAT_RUNS = "built before what runs"
    CANNOT_BE_PROPOSED = "cannot be proposed"
    CONTROLLED_BY_OWNER = "controlled by an owner"
    FAILING_ELSEWHERE = "failing elsewhere"
    FROZEN = "frozen"
    INVALID_CONFIGURATION = "invalid configuration"
    LEFT_BEHIND = "left behind"
    MAJOR_VERSION_OF_DATABASE = "major version of a database"
    MANAGED_FROM_GIT = "managed from Git"
    NO_TAG = "no tag"
    NOT_BUILT_FOR = "not built for the platforms"
    NOT_WATCHED = "not watched"
    NOT_PROVEN_ELSEWHERE = "not proven elsewhere"
    NOT_SIGNED = "not signed as wanted"
    NOTHING_RUNS = "nothing runs"
    NOTIFY_ONLY = "notify only"
    PAUSED = "paused"
    OUTSIDE_WINDOW = "outside the window"
    PROPOSED = "proposed"
    QUARANTINED = "quarantined"
    REGISTRY_REFUSED = "registry refused"
    REGISTRY_UNREACHABLE = "registry unreachable"
    REPOSITORY_NOT_FOUND = "repository not found"
    ROLLOUT_IN_PROGRESS = "rollout in progress"
    RUNNING_DIGEST_UNKNOWN = "running digest unknown"
    TAG_NOT_A_VERSION = "tag not a version"
    TOO_YOUNG = "too young"
    TRIED_LATELY = "tried lately"
    TWO_VERSIONS = "two versions in the tag"
    UNAUTHORIZED = "unauthorised"
    UNPINNED_AGAIN = "unpinned again"
    WAITING_FOR_APPROVAL = "waiting for approval"
    WAITING_FOR_SLOT = "waiting for a slot"

    @property
    def is_registry_problem(self) -> bool:
        """Whether the registry did not respond, so that nothing is known about candidates."""
        return self in _OF_REGISTRY


_OF_REGISTRY = frozenset(
    {
        HoldReason.REGISTRY_REFUSED,
        HoldReason.REGISTRY_UNREACHABLE,
        HoldReason.REPOSITORY_NOT_FOUND,
        HoldReason.UNAUTHORIZED,
    }
)


@dataclass(frozen=True, slots=True)
class Update:
    """The container moves from one image to the other.

    `ran` is the digest that its replicas run, None if unknown. `digest` is the candidate's, where the
    candidate is to stay without it. `origin` is where the candidate comes from, as far as it says so.
    """

    container: str
    current: ImageReference
    candidate: ImageReference
    evaluated_tags: tuple[EvaluatedTag, ...] = ()
    ran: str | None = None
    digest: str | None = None
    origin: ImageOrigin = NO_ORIGIN

    def __str__(self) -> str:
        return f"update to {self.target}"

    @property
    def target(self) -> str:
        """The candidate with all that is known of it."""
        return str(self.candidate) + ("" if self.digest is None else f"@{self.digest}")

    @property
    def image(self) -> ImageReference:
        """The candidate, with its digest also where that is not to be written."""
        return self.candidate if self.digest is None else self.candidate.with_digest(self.digest)

    @property
    def change(self) -> ImageChange:
        """The change of the container's image."""
        current, candidate = str(self.current), str(self.candidate)
        return ImageChange(self.container, current, candidate, self.ran, self.digest, self.origin)

    @property
    def approval(self) -> str:
        """What approves exactly this candidate: its tag, or its digest where the tag stays."""
        tag = self.candidate.effective_tag or ""
        if tag != self.current.effective_tag:
            return tag
        return self.digest or self.candidate.digest or tag

    def pinned(self, digest: str) -> Update:
        """Write the candidate with the digest that its tag has."""
        return replace(self, candidate=self.candidate.with_digest(digest), digest=None)


@dataclass(frozen=True, slots=True)
class UpToDate:
    """The registry has nothing that the strategy would take instead of the current image."""

    container: str
    current: ImageReference
    evaluated_tags: tuple[EvaluatedTag, ...] = ()

    def __str__(self) -> str:
        return "up to date"


@dataclass(frozen=True, slots=True)
class Held:
    """Nothing is changed, for a reason; `message` is one line for the person, with what to do.

    `update` is what would be done if it were not for the reason, None when that is not known. A hold of the same update
    for the same reason is emitted again only when `detail` differs.
    """

    reason: HoldReason
    message: str
    container: str | None = None
    evaluated_tags: tuple[EvaluatedTag, ...] = ()
    update: Update | None = None
    detail: str = ""

    def __str__(self) -> str:
        return f"held back: {self.reason}"


Decision = Update | UpToDate | Held
