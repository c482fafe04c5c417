"""Why a candidate is rejected, or an update held: the owner's settings, earlier failures, and age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.rollout.manual_change import reverted_from
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.schedule.window import WindowState
from watch_cluster.domain.update.backoff import tried_lately
from watch_cluster.domain.update.decision import Held, HoldReason, Update
from watch_cluster.domain.versions.choice import EvaluatedTag
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import ManagedFromGit, Workload, WorkloadKey

ENOUGH_FAILURES: Final = 3
"""On how many workloads of a namespace, or in how many others, an image must have failed to be kept from the rest."""
_LONG_BEFORE: Final = timedelta(days=90)
_DAY: Final = timedelta(days=1)
_FIRST_IMAGES: Final = datetime(2013, 3, 1, tzinfo=UTC)
"""Docker was released in this month: earlier dates are not real."""


def held_by_owner(workload: Workload) -> Held | None:
    """Hold a workload that another object controls: it would revert the update."""
    if workload.owner is None:
        return None
    message = f"it is controlled by {workload.owner}, which would revert the update: set the image there"
    return Held(HoldReason.CONTROLLED_BY_OWNER, message)


def held_by_pause(workload: Workload) -> Held | None:
    """Hold a paused workload: a new image would roll out as soon as it is resumed."""
    if not workload.paused:
        return None
    how = "" if workload.resume_command is None else f": {workload.resume_command}"
    return Held(HoldReason.PAUSED, f"it is paused, and no rollout starts until somebody resumes it{how}")


def held_by_rollout(workload: Workload) -> Held | None:
    """Hold a workload whose last rollout has not ended."""
    record = RolloutRecord.of(workload)
    if record is None or not record.is_open:
        return None
    proposal = record.proposed
    if proposal is None:
        return Held(HoldReason.ROLLOUT_IN_PROGRESS, f"the rollout {record.change} has not ended yet")
    if proposal.replaceable and record.failure is None:
        return None
    changes = ", ".join(str(step) for step in record.target_changes)
    where = "" if proposal.reference is None else f" in {proposal.reference}"
    return Held(HoldReason.PROPOSED, f"{changes} is proposed{where} and not applied yet")


def held_by_proposal(workload: Workload, update: Update) -> Held | None:
    """Hold an update that is proposed already, and waits for a person's consent."""
    record = RolloutRecord.of(workload)
    proposal = None if record is None else record.proposed
    if record is None or proposal is None:
        return None
    if (update.container, update.target) not in {(step.container, step.after) for step in record.target_changes}:
        return None
    message = f"container {update.container}: {update.target} is available, and proposed in {proposal.reference}"
    return Held(HoldReason.PROPOSED, message, update.container, update.evaluated_tags, update)


def hold_unproposed(update: Update, why: str) -> Held:
    """Hold an update that cannot be written where another tool reads it."""
    message = f"container {update.container}: {update.target} is available, but cannot be proposed: {why}"
    return Held(HoldReason.CANNOT_BE_PROPOSED, message, update.container, update.evaluated_tags, update)


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


def quarantined(workload: Workload, policy: Policy, update: Update) -> Rejection | None:
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


def failing_elsewhere(failures: FailuresElsewhere, policy: Policy, update: Update) -> Rejection | None:
    """Reject an image that failed in several other places and succeeded in none, unless the owner approves it.

    Another namespace counts once, however many of its workloads fail.
    """
    if len(failures.workloads) + failures.namespaces < ENOUGH_FAILURES or update.approval in policy.approved:
        return None
    how = f"approve it with {annotation.APPROVED} to roll it out anyway"
    message = f"it failed {failures} and succeeded on no workload: {how}"
    return Rejection(HoldReason.FAILING_ELSEWHERE, "fails elsewhere", message)


def tried_too_lately(workload: Workload, update: Update, now: datetime) -> Rejection | None:
    """Reject an image that is not retried yet, or no longer; an older one would fail as well."""
    why = tried_lately(workload, update, now)
    return None if why is None else Rejection(HoldReason.TRIED_LATELY, "tried lately", why, final=True)


def too_young(age: timedelta, policy: Policy) -> Rejection | None:
    """Reject a candidate that is younger than the minimum age."""
    if age >= policy.min_age:
        return None
    wanted = f"the {_rounded(policy.min_age)} that {annotation.short(annotation.MIN_AGE)} wants"
    why = f"seen for {_rounded(age)} of {wanted}"
    return Rejection(HoldReason.TOO_YOUNG, why, f"too young: {why}")


def built_before(built: datetime | None, running: datetime | None, now: datetime) -> Rejection | None:
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


def not_built_for(missing: Sequence[Platform]) -> Rejection | None:
    """Reject an image that some of the workload's nodes cannot run."""
    if not missing:
        return None
    why = f"not built for {', '.join(str(each) for each in missing)}"
    return Rejection(HoldReason.NOT_BUILT_FOR, why, f"{why}, on which the workload may run")


def not_signed(why: str) -> Rejection:
    """Reject an image without the signatures that are wanted."""
    return Rejection(HoldReason.NOT_SIGNED, why, why)


def rejecting(update: Update, rejected: Mapping[str, str]) -> Update:
    """Mark the rejected tags as not kept, with the reason."""
    if not rejected:
        return update
    evaluated_tags = tuple(
        EvaluatedTag(each.tag, kept=False, reason=rejected[each.tag]) if each.tag in rejected and each.kept else each
        for each in update.evaluated_tags
    )
    return replace(update, evaluated_tags=evaluated_tags)


def hold_for_owner(update: Update, workload: Workload, policy: Policy, opening: WindowState | None) -> Held | None:
    """Return which setting of the owner holds the update now, None if none does. `opening` is None without windows."""
    what = f"container {update.container}: {update.target} is available"

    def hold(reason: HoldReason, why: str) -> Held:
        return Held(reason, f"{what}, {why}", update.container, update.evaluated_tags, update)

    if policy.notify_only:
        return hold(HoldReason.NOTIFY_ONLY, f"and {annotation.MODE}: notify leaves it to you")
    manager = None if policy.ignores_gitops or policy.write_back is not None else workload.managed_from_git
    if manager is not None:
        return hold(HoldReason.MANAGED_FROM_GIT, _ways_out(manager))
    if policy.approval_required and update.approval not in policy.approved:
        found = (
            ""
            if not policy.approved
            else f" (what is approved now, {', '.join(sorted(policy.approved))}, is no candidate)"
        )
        return hold(HoldReason.WAITING_FOR_APPROVAL, f"and waits for {annotation.APPROVED}: {update.approval}{found}")
    if workload.freeze is not None:
        where = f"namespace {workload.freeze.namespace} is frozen"
        return hold(HoldReason.FROZEN, f"and {where}: {workload.freeze.reason or 'no reason is given'}")
    if opening is not None and not opening.is_open:
        when = (
            "no window opens any more"
            if opening.next_opening is None
            else f"the window opens at {_minute(opening.next_opening)}"
        )
        return hold(HoldReason.OUTSIDE_WINDOW, f"and {when}")
    return None


def _ways_out(manager: ManagedFromGit) -> str:
    exception = f"add an exception to {manager.exception} and set {annotation.GITOPS}: ignore"
    return (
        f"but {manager.tool} ({manager.source}) would undo the update: set {annotation.WRITE_BACK}: git, or change the"
        f" image in Git (watch-cluster git), or {exception}, or set {annotation.MODE}: notify"
    )


def hold_for_slot(update: Update, why: str) -> Held:
    """Hold an update that nothing speaks against until fewer rollouts are in progress."""
    what = f"container {update.container}: {update.target} is available, and waits for a rollout slot"
    message = f"{what}: {why}; it starts by itself when a slot is free"
    return Held(HoldReason.WAITING_FOR_SLOT, message, update.container, update.evaluated_tags, update)


def _rounded(duration: timedelta) -> timedelta:
    return timedelta(seconds=int(duration.total_seconds()))


def _minute(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")
