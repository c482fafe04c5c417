"""Why a candidate is rejected: earlier failures, its age, its platforms, its signatures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.rollout.manual_change import reverted_from
from watch_cluster.domain.schedule.duration import describe_duration
from watch_cluster.domain.update.backoff import tried_lately
from watch_cluster.domain.update.decision import Held, HoldReason, Update
from watch_cluster.domain.versions.choice import EvaluatedTag
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

ENOUGH_FAILURES: Final = 3
"""On how many workloads of a namespace, or in how many others, an image must have failed to be kept from the rest."""
_LONG_BEFORE: Final = timedelta(days=90)
_DAY: Final = timedelta(days=1)
_FIRST_IMAGES: Final = datetime(2013, 3, 1, tzinfo=UTC)
"""Docker was released in this month: earlier dates are not real."""


def candidates_to_check(policy: Policy, updates: Sequence[Update]) -> tuple[Update, ...]:
    """Return the candidates to check: only the approved one, if there is one."""
    if not policy.approval_required:
        return tuple(updates)
    return tuple(each for each in updates if each.approval in policy.approved)[:1] or tuple(updates)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one candidate is rejected: `why` in a few words, `message` in a sentence.

    `final` is whether older candidates are not to be tried instead, `detail` that of `Held`.
    """

    reason: HoldReason
    why: str
    message: str
    final: bool = False
    detail: str = ""

    def hold(self, update: Update) -> Held:
        """Hold the candidate back."""
        message = f"container {update.container}: {update.target} is available, and {self.message}"
        return Held(self.reason, message, update.container, update.evaluated_tags, update, self.detail)


def reject_quarantined(workload: Workload, policy: Policy, update: Update) -> Rejection | None:
    """Reject an image that failed here before, or that is newer than a manually reverted one."""
    if policy.quarantine.contains(update.image):
        how = f"to allow it again, remove it from {annotation.QUARANTINE} or set it by hand"
        return Rejection(HoldReason.QUARANTINED, "in quarantine", f"in quarantine here: {how}")
    left = reverted_from(workload, update.container, update.image)
    if left is None:
        return None
    why = f"older than {left}, which somebody reverted"
    return Rejection(HoldReason.QUARANTINED, why, why)


@dataclass(frozen=True, slots=True)
class FailuresElsewhere:
    """Where an image has failed: the workloads of the same namespace, and the number of other namespaces."""

    workloads: tuple[WorkloadKey, ...] = ()
    namespaces: int = 0

    def __str__(self) -> str:
        """Return the places in words; workloads of other namespaces are not named."""
        names = ", ".join(str(each) for each in self.workloads[:ENOUGH_FAILURES])
        others = f"in {self.namespaces} other namespace{'s' if self.namespaces > 1 else ''}"
        return " and ".join([*([f"on {names}"] if names else []), *([others] if self.namespaces else [])])


def reject_failing_elsewhere(failures: FailuresElsewhere, policy: Policy, update: Update) -> Rejection | None:
    """Reject an image that failed in several other places and succeeded in none, unless the owner approves it.

    Another namespace counts once, however many of its workloads fail.
    """
    if len(failures.workloads) + failures.namespaces < ENOUGH_FAILURES or update.approval in policy.approved:
        return None
    how = f"approve it with {annotation.APPROVED} to roll it out anyway"
    message = f"it failed {failures} and succeeded on no workload: {how}"
    return Rejection(HoldReason.FAILING_ELSEWHERE, "fails elsewhere", message)


def reject_tried_lately(workload: Workload, update: Update, now: datetime) -> Rejection | None:
    """Reject an image that is not retried yet, or no longer; an older one would fail as well."""
    why = tried_lately(workload, update, now)
    return None if why is None else Rejection(HoldReason.TRIED_LATELY, "tried lately", why, final=True)


def reject_too_young(age: timedelta, policy: Policy) -> Rejection | None:
    """Reject a candidate that is younger than the minimum age."""
    if age >= policy.min_age:
        return None
    wanted = f"the {describe_duration(policy.min_age)} that {annotation.short(annotation.MIN_AGE)} wants"
    why = f"seen for {describe_duration(age)} of {wanted}"
    return Rejection(HoldReason.TOO_YOUNG, why, f"too young: {why}")


def reject_older_build(built: datetime | None, running: datetime | None, now: datetime) -> Rejection | None:
    """Reject an image that was built long before the running one, if both dates are plausible.

    An image can state any date, so this only ever rejects; reproducible builds state none.
    """
    if built is None or running is None or not all(_FIRST_IMAGES <= each <= now + _DAY for each in (built, running)):
        return None
    if built >= running - _LONG_BEFORE:
        return None
    why = f"built on {built.date()}, before what runs ({running.date()})"
    message = f"it was {why}: approve it with {annotation.APPROVED} to roll it out anyway"
    return Rejection(HoldReason.BUILT_BEFORE_WHAT_RUNS, why, message)


def reject_missing_platforms(missing: Sequence[Platform]) -> Rejection | None:
    """Reject an image that some of the workload's nodes cannot run."""
    if not missing:
        return None
    why = f"not built for {', '.join(str(each) for each in missing)}"
    return Rejection(HoldReason.NOT_BUILT_FOR, why, f"{why}, on which the workload may run")


def reject_unsigned(why: str) -> Rejection:
    """Reject an image without the required signatures."""
    return Rejection(HoldReason.NOT_SIGNED, why, why)


def mark_rejected(update: Update, rejected: Mapping[str, str]) -> Update:
    """Mark the rejected tags as not kept, with the reason."""
    if not rejected:
        return update
    evaluated_tags = tuple(
        EvaluatedTag(each.tag, kept=False, reason=rejected[each.tag]) if each.tag in rejected and each.kept else each
        for each in update.evaluated_tags
    )
    return replace(update, evaluated_tags=evaluated_tags)
