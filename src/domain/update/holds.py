"""Why a workload is not updated now: it cannot be, or its owner's settings hold the update."""

from __future__ import annotations

from datetime import datetime

from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.schedule.window import WindowState
from watch_cluster.domain.update.decision import Held, HoldReason, Update
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import ManagedFromGit, Workload


def hold_controlled(workload: Workload) -> Held | None:
    """Hold a workload that another object controls: it would revert the update."""
    if workload.owner is None:
        return None
    message = f"it is controlled by {workload.owner}, which would revert the update: set the image there"
    return Held(HoldReason.CONTROLLED_BY_OWNER, message)


def hold_paused(workload: Workload) -> Held | None:
    """Hold a paused workload: a new image would roll out as soon as it is resumed."""
    if not workload.paused:
        return None
    how = "" if workload.resume_command is None else f": {workload.resume_command}"
    return Held(HoldReason.PAUSED, f"it is paused, and no rollout starts until somebody resumes it{how}")


def hold_during_rollout(workload: Workload) -> Held | None:
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


def hold_proposed(workload: Workload, update: Update) -> Held | None:
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


def hold_for_owner(update: Update, workload: Workload, policy: Policy, window: WindowState | None) -> Held | None:
    """Return which setting of the owner holds the update now, None if none does. `window` is None without windows."""
    what = f"container {update.container}: {update.target} is available"

    def hold(reason: HoldReason, why: str) -> Held:
        return Held(reason, f"{what}, {why}", update.container, update.evaluated_tags, update)

    if policy.notify_only:
        return hold(HoldReason.NOTIFY_ONLY, f"and {annotation.MODE}: notify leaves it to you")
    manager = None if policy.ignores_gitops or policy.write_back is not None else workload.managed_from_git
    if manager is not None:
        return hold(HoldReason.MANAGED_FROM_GIT, _remedies(manager))
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
    if window is not None and not window.is_open:
        when = (
            "no window opens any more"
            if window.next_opening is None
            else f"the window opens at {_minute(window.next_opening)}"
        )
        return hold(HoldReason.OUTSIDE_WINDOW, f"and {when}")
    return None


def hold_for_slot(update: Update, why: str) -> Held:
    """Hold an update that nothing speaks against until fewer rollouts are in progress."""
    what = f"container {update.container}: {update.target} is available, and waits for a rollout slot"
    message = f"{what}: {why}; it starts by itself when a slot is free"
    return Held(HoldReason.WAITING_FOR_SLOT, message, update.container, update.evaluated_tags, update)


def _remedies(manager: ManagedFromGit) -> str:
    exception = f"add an exception to {manager.exception} and set {annotation.GITOPS}: ignore"
    return (
        f"but {manager.tool} ({manager.source}) would undo the update: set {annotation.WRITE_BACK}: git, or change the"
        f" image in Git (watch-cluster git), or {exception}, or set {annotation.MODE}: notify"
    )


def _minute(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")
