"""Whether the windows of a workload are open, as the clock of its time zone has it."""

from __future__ import annotations

from datetime import datetime

from watch_cluster.application.ports.clock import Scheduler
from watch_cluster.domain.policy.policy import Policy
from watch_cluster.domain.schedule.window import Opening


def window_opening(policy: Policy, now: datetime, scheduler: Scheduler) -> Opening | None:
    """Look at all windows of the policy, None when it has none. A window is open from its fire time to its end."""
    if not policy.windows:
        return None
    began = (scheduler.next_after(each.opens, policy.zone, now - each.duration) for each in policy.windows)
    coming = (scheduler.next_after(each.opens, policy.zone, now) for each in policy.windows)
    following = min((each for each in coming if each is not None), default=None)
    return Opening(
        now=any(each is not None and each <= now for each in began),
        following=None if following is None else following.astimezone(policy.zone),
    )
