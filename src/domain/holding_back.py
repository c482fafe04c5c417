"""What holds back an update that the registry has and the strategy would take: its owner's wishes, and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from watch_cluster.domain import annotation
from watch_cluster.domain.decision import HeldBack, Hold, Update
from watch_cluster.domain.platform import Platform
from watch_cluster.domain.policy import Policy
from watch_cluster.domain.rollout import RolloutRecord
from watch_cluster.domain.strategy import Considered
from watch_cluster.domain.window import Opening
from watch_cluster.domain.workload import Workload


def held_by_owner(workload: Workload) -> HeldBack | None:
    """Hold back what another object controls: it would revert what we change."""
    if workload.owner is None:
        return None
    message = f"it is controlled by {workload.owner}, which would revert a new image: set the image there"
    return HeldBack(Hold.CONTROLLED_BY_OWNER, message)


def held_by_pause(workload: Workload) -> HeldBack | None:
    """Hold back what is paused: a new image would wait there unseen, and come at a moment that nobody chose."""
    if not workload.paused:
        return None
    name = f"{workload.key.kind.lower()} {workload.key.name}"
    return HeldBack(Hold.PAUSED, f"it is paused, and nothing moves until somebody says kubectl rollout resume {name}")


def held_by_rollout(workload: Workload) -> HeldBack | None:
    """Hold back a workload whose last rollout has not ended."""
    record = RolloutRecord.of(workload)
    if record is None or not record.running:
        return None
    return HeldBack(Hold.ROLLOUT_IN_PROGRESS, f"the rollout {record.change} has not ended yet")


def worth_a_look(policy: Policy, updates: Sequence[Update]) -> tuple[Update, ...]:
    """Leave of the candidates those that may come into question: the approved one, when there is one."""
    if not policy.approval_required:
        return tuple(updates)
    return tuple(each for each in updates if each.approval in policy.approved)[:1] or tuple(updates)


def too_young(age: timedelta, policy: Policy) -> str | None:
    """Tell what is missing of the age that a candidate must have, None when it is old enough."""
    if age >= policy.min_age:
        return None
    return (
        f"seen for {_rounded(age)} of the {_rounded(policy.min_age)} that {annotation.short(annotation.MIN_AGE)} wants"
    )


def held_by_age(update: Update, why: str) -> HeldBack:
    """Hold back everything, since even the oldest candidate is too young; `update` is the best of them."""
    message = f"container {update.container}: {update.target} is available, and too young: {why}"
    return HeldBack(Hold.TOO_YOUNG, message, update.container, update.considered, update)


def not_built_for(missing: Sequence[Platform]) -> str | None:
    """Tell which platforms a candidate lacks, None when it lacks none."""
    return f"not built for {', '.join(str(each) for each in missing)}" if missing else None


def held_by_platforms(update: Update, why: str) -> HeldBack:
    """Hold back what some of the workload's nodes could not run."""
    message = f"container {update.container}: {update.target} is available, and {why}, on which the workload may run"
    return HeldBack(Hold.NOT_BUILT_FOR, message, update.container, update.considered, update)


def rejecting(update: Update, rejected: Mapping[str, str]) -> Update:
    """Say of the tags that were rejected after all that they were not kept, and why."""
    if not rejected:
        return update
    considered = tuple(
        Considered(each.tag, kept=False, reason=rejected[each.tag]) if each.tag in rejected and each.kept else each
        for each in update.considered
    )
    return replace(update, considered=considered)


def held_back(update: Update, workload: Workload, policy: Policy, opening: Opening | None) -> HeldBack | None:
    """Say which wish of the owner holds the update back now, None when none does. `opening` is None without windows."""
    what = f"container {update.container}: {update.target} is available"

    def hold(reason: Hold, why: str) -> HeldBack:
        return HeldBack(reason, f"{what}, {why}", update.container, update.considered, update)

    if policy.notify_only:
        return hold(Hold.NOTIFY_ONLY, f"and {annotation.MODE}: notify leaves it to you")
    if policy.approval_required and update.approval not in policy.approved:
        found = (
            ""
            if not policy.approved
            else f" (what is approved now, {', '.join(sorted(policy.approved))}, is no candidate)"
        )
        return hold(Hold.WAITING_FOR_APPROVAL, f"and waits for {annotation.APPROVED}: {update.approval}{found}")
    if workload.freeze is not None:
        where = f"namespace {workload.freeze.namespace} is frozen"
        return hold(Hold.FROZEN, f"and {where}: {workload.freeze.reason or 'no reason is given'}")
    if opening is not None and not opening.now:
        when = (
            "no window opens any more"
            if opening.following is None
            else f"the window opens at {_minute(opening.following)}"
        )
        return hold(Hold.OUTSIDE_WINDOW, f"and {when}")
    return None


def _rounded(duration: timedelta) -> timedelta:
    return timedelta(seconds=int(duration.total_seconds()))


def _minute(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")
